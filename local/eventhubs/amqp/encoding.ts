import { AmqpError, Condition } from './conditions.ts';

/** Constructor codes of AMQP 1.0 (part 1, section 1.6) that the broker reads or writes itself. */
export const Code = {
  described: 0x00,
  null: 0x40,
  true: 0x41,
  false: 0x42,
  uint0: 0x43,
  ulong0: 0x44,
  list0: 0x45,
  ubyte: 0x50,
  byte: 0x51,
  smallUint: 0x52,
  smallUlong: 0x53,
  smallInt: 0x54,
  smallLong: 0x55,
  boolean: 0x56,
  ushort: 0x60,
  short: 0x61,
  uint: 0x70,
  int: 0x71,
  ulong: 0x80,
  long: 0x81,
  timestamp: 0x83,
  binary8: 0xa0,
  string8: 0xa1,
  symbol8: 0xa3,
  binary32: 0xb0,
  string32: 0xb1,
  symbol32: 0xb3,
  list8: 0xc0,
  map8: 0xc1,
  list32: 0xd0,
  map32: 0xd1,
  array8: 0xe0,
  array32: 0xf0,
} as const;

const KNOWN = new Uint8Array(256);
for (const code of [...Object.values(Code), 0x72, 0x73, 0x74, 0x82, 0x84, 0x94, 0x98]) KNOWN[code] = 1;
KNOWN[Code.described] = 0;

/** Bytes that follow the constructor of a fixed-width value, by the high half of its code. */
const FIXED_WIDTH: readonly number[] = [0, 0, 0, 0, 0, 1, 2, 4, 8, 16];

/** Deeper values are refused: decoders of clients recurse and would run out of stack. */
const MAX_DEPTH = 32;

/** An array of values without bytes can claim any length; this many are believed. */
const MAX_EMPTY_ELEMENTS = 65_535;

export function malformed(what: string): AmqpError {
  return new AmqpError(Condition.decodeError, `The AMQP encoding is malformed: ${what}.`);
}

function tooDeep(): AmqpError {
  return malformed(`values are nested more than ${MAX_DEPTH} deep`);
}

/**
 * Walks over one encoded value, nested ones included, and returns the position after it.
 * @throws {AmqpError} `amqp:decode-error` when it is not well formed or does not end by `end`.
 */
export function skipValue(buffer: Buffer, position: number, end: number, depth = 0): number {
  if (position >= end) throw malformed('a value is cut short');
  const code = buffer[position];
  if (code !== Code.described) return skipContent(buffer, position + 1, end, code, depth);
  if (depth >= MAX_DEPTH) throw tooDeep();
  const value = skipValue(buffer, position + 1, end, depth + 1);
  return skipValue(buffer, value, end, depth + 1);
}

function skipContent(buffer: Buffer, position: number, end: number, code: number, depth: number): number {
  if (KNOWN[code] === 0) throw malformed(`there is no type with the code 0x${code.toString(16).padStart(2, '0')}`);
  const group = code >> 4;
  if (group <= 0x9) return within(position + FIXED_WIDTH[group], end);

  const wide = (group & 1) === 1;
  const start = within(position + (wide ? 4 : 1), end);
  const size = wide ? buffer.readUInt32BE(position) : buffer[position];
  const after = within(start + size, end);
  if (group >= 0xe) skipArray(buffer, start, after, wide, depth);
  else if (group >= 0xc) skipCompound(buffer, start, after, code, depth);
  return after;
}

function skipCompound(buffer: Buffer, start: number, after: number, code: number, depth: number): void {
  if (depth >= MAX_DEPTH) throw tooDeep();
  const wide = code === Code.list32 || code === Code.map32;
  let at = within(start + (wide ? 4 : 1), after);
  const count = wide ? buffer.readUInt32BE(start) : buffer[start];
  if ((code === Code.map8 || code === Code.map32) && count % 2 === 1) throw malformed('a map has a key without value');
  for (let index = 0; index < count; index += 1) at = skipValue(buffer, at, after, depth + 1);
  if (at !== after) throw malformed('the size of a list or map is not that of its elements');
}

function skipArray(buffer: Buffer, start: number, after: number, wide: boolean, depth: number): void {
  if (depth >= MAX_DEPTH) throw tooDeep();
  let at = within(start + (wide ? 4 : 1), after);
  const count = wide ? buffer.readUInt32BE(start) : buffer[start];
  while (at < after && buffer[at] === Code.described) at = skipValue(buffer, at + 1, after, depth + 1);
  if (at >= after) throw malformed('an array has no element type');
  const code = buffer[at];
  at += 1;
  if (at === after && count > MAX_EMPTY_ELEMENTS) throw malformed(`an array claims ${count} elements without bytes`);
  for (let index = 0; index < count; index += 1) at = skipContent(buffer, at, after, code, depth + 1);
  if (at !== after) throw malformed('the size of an array is not that of its elements');
}

function within(position: number, end: number): number {
  if (position > end) throw malformed('a value is cut short');
  return position;
}

/** Value of an integer of any width and sign at `position`, or undefined when another type is there. */
export function readInteger(buffer: Buffer, position: number): number | undefined {
  switch (buffer[position]) {
    case Code.uint0:
    case Code.ulong0:
      return 0;
    case Code.ubyte:
    case Code.smallUint:
    case Code.smallUlong:
      return buffer[position + 1];
    case Code.byte:
    case Code.smallInt:
    case Code.smallLong:
      return buffer.readInt8(position + 1);
    case Code.ushort:
      return buffer.readUInt16BE(position + 1);
    case Code.short:
      return buffer.readInt16BE(position + 1);
    case Code.uint:
      return buffer.readUInt32BE(position + 1);
    case Code.int:
      return buffer.readInt32BE(position + 1);
    case Code.ulong:
      return Number(buffer.readBigUInt64BE(position + 1));
    case Code.timestamp:
    case Code.long:
      return Number(buffer.readBigInt64BE(position + 1));
    default:
      return undefined;
  }
}

/** Position of the bytes of a string, symbol or binary behind their length. */
export function contentStart(buffer: Buffer, position: number): number {
  return position + (buffer[position] >= Code.binary32 ? 5 : 2);
}

/** A view of the bytes of a string, symbol or binary at `position`, or undefined when another type is there. */
export function readBytes(buffer: Buffer, position: number): Buffer | undefined {
  switch (buffer[position]) {
    case Code.string8:
    case Code.symbol8:
    case Code.binary8:
      return buffer.subarray(position + 2, position + 2 + buffer[position + 1]);
    case Code.string32:
    case Code.symbol32:
    case Code.binary32:
      return buffer.subarray(position + 5, position + 5 + buffer.readUInt32BE(position + 1));
    default:
      return undefined;
  }
}
