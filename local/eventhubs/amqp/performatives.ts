import { AmqpError, Condition } from './conditions.ts';
import { Code, malformed, readInteger, skipValue } from './encoding.ts';

/** Codes of the performatives (AMQP 1.0, part 2, section 2.7, and part 5, section 5.3.3). */
export const Performative = {
  open: 0x10,
  begin: 0x11,
  attach: 0x12,
  flow: 0x13,
  transfer: 0x14,
  disposition: 0x15,
  detach: 0x16,
  end: 0x17,
  close: 0x18,
  saslInit: 0x41,
  saslResponse: 0x43,
} as const;

/** As many deliveries may be settled at once; a session never has more of them open. */
const MAX_DISPOSITION_RANGE = 0xffff;

const string = [Code.string8, Code.string32];
const symbol = [Code.symbol8, Code.symbol32];
const symbols = [...symbol, Code.array8, Code.array32];
const boolean = [Code.true, Code.false, Code.boolean];
const ubyte = [Code.ubyte];
const ushort = [Code.ushort];
const uint = [Code.uint, Code.smallUint, Code.uint0];
const ulong = [Code.ulong, Code.smallUlong, Code.ulong0];
const map = [Code.map8, Code.map32];
const binary = [Code.binary8, Code.binary32];
const described = [Code.described];
const LIST: readonly number[] = [Code.list0, Code.list8, Code.list32];

/** Fields in order, each with the type codes that it may have. */
interface Signature {
  name: string;
  fields: [name: string, types: readonly number[], mandatory?: 'mandatory'][];
}

const SIGNATURES: Readonly<Record<number, Signature>> = {
  [Performative.open]: {
    name: 'open',
    fields: [
      ['container-id', string, 'mandatory'],
      ['hostname', string],
      ['max-frame-size', uint],
      ['channel-max', ushort],
      ['idle-time-out', uint],
      ['outgoing-locales', symbols],
      ['incoming-locales', symbols],
      ['offered-capabilities', symbols],
      ['desired-capabilities', symbols],
      ['properties', map],
    ],
  },
  [Performative.begin]: {
    name: 'begin',
    fields: [
      ['remote-channel', ushort],
      ['next-outgoing-id', uint, 'mandatory'],
      ['incoming-window', uint, 'mandatory'],
      ['outgoing-window', uint, 'mandatory'],
      ['handle-max', uint],
      ['offered-capabilities', symbols],
      ['desired-capabilities', symbols],
      ['properties', map],
    ],
  },
  [Performative.attach]: {
    name: 'attach',
    fields: [
      ['name', string, 'mandatory'],
      ['handle', uint, 'mandatory'],
      ['role', boolean, 'mandatory'],
      ['snd-settle-mode', ubyte],
      ['rcv-settle-mode', ubyte],
      ['source', described],
      ['target', described],
      ['unsettled', map],
      ['incomplete-unsettled', boolean],
      ['initial-delivery-count', uint],
      ['max-message-size', ulong],
      ['offered-capabilities', symbols],
      ['desired-capabilities', symbols],
      ['properties', map],
    ],
  },
  [Performative.flow]: {
    name: 'flow',
    fields: [
      ['next-incoming-id', uint],
      ['incoming-window', uint, 'mandatory'],
      ['next-outgoing-id', uint, 'mandatory'],
      ['outgoing-window', uint, 'mandatory'],
      ['handle', uint],
      ['delivery-count', uint],
      ['link-credit', uint],
      ['available', uint],
      ['drain', boolean],
      ['echo', boolean],
      ['properties', map],
    ],
  },
  [Performative.transfer]: {
    name: 'transfer',
    fields: [
      ['handle', uint, 'mandatory'],
      ['delivery-id', uint],
      ['delivery-tag', binary],
      ['message-format', uint],
      ['settled', boolean],
      ['more', boolean],
      ['rcv-settle-mode', ubyte],
      ['state', described],
      ['resume', boolean],
      ['aborted', boolean],
      ['batchable', boolean],
    ],
  },
  [Performative.disposition]: {
    name: 'disposition',
    fields: [
      ['role', boolean, 'mandatory'],
      ['first', uint, 'mandatory'],
      ['last', uint],
      ['settled', boolean],
      ['state', described],
      ['batchable', boolean],
    ],
  },
  [Performative.detach]: {
    name: 'detach',
    fields: [
      ['handle', uint, 'mandatory'],
      ['closed', boolean],
      ['error', described],
    ],
  },
  [Performative.end]: { name: 'end', fields: [['error', described]] },
  [Performative.close]: { name: 'close', fields: [['error', described]] },
  [Performative.saslInit]: {
    name: 'sasl-init',
    fields: [
      ['mechanism', symbol, 'mandatory'],
      ['initial-response', binary],
      ['hostname', string],
    ],
  },
  [Performative.saslResponse]: { name: 'sasl-response', fields: [['response', binary, 'mandatory']] },
};

/**
 * Checks the performative at `at` of a frame that ends at `end`: well formed, known, with fields of the right types.
 * Returns its code. What follows it in the frame, the payload of a transfer, is not looked at.
 * @throws {AmqpError} `amqp:decode-error` or `amqp:invalid-field`
 */
export function checkPerformative(frame: Buffer, at: number, end: number): number {
  if (frame[at] !== Code.described) throw malformed('a frame does not start with a performative');
  const list = skipValue(frame, at + 1, end);
  const code = readInteger(frame, at + 1) ?? -1;
  const signature = SIGNATURES[code];
  if (!signature) throw malformed('a frame starts with an unknown performative');
  if (!LIST.includes(frame[list])) throw malformed(`the fields of ${signature.name} are not a list`);
  skipValue(frame, list, end);
  const fields = fieldPositions(frame, list, end);
  for (const [index, [name, types, mandatory]] of signature.fields.entries()) {
    const type = index < fields.length ? frame[fields[index]] : Code.null;
    if (type === Code.null ? mandatory === undefined : hasType(frame, fields[index], types)) continue;
    const problem = type === Code.null ? 'is missing' : 'has a value of the wrong type';
    throw new AmqpError(Condition.invalidField, `The field ${name} of ${signature.name} ${problem}.`);
  }
  if (code === Performative.disposition) checkRange(frame, fields);
  return code;
}

/** Described values are all lists in performatives: source, target, delivery state, error. */
function hasType(frame: Buffer, at: number, types: readonly number[]): boolean {
  if (!types.includes(frame[at])) return false;
  return frame[at] !== Code.described || LIST.includes(frame[skipValue(frame, at + 1, frame.length)]);
}

function fieldPositions(frame: Buffer, list: number, end: number): number[] {
  if (frame[list] === Code.list0) return [];
  const wide = frame[list] === Code.list32;
  const count = wide ? frame.readUInt32BE(list + 5) : frame[list + 2];
  const positions: number[] = [];
  let at = list + (wide ? 9 : 3);
  for (let index = 0; index < count; index += 1) {
    positions.push(at);
    at = skipValue(frame, at, end);
  }
  return positions;
}

function checkRange(frame: Buffer, fields: number[]): void {
  const first = readInteger(frame, fields[1]) ?? 0;
  const last = fields.length > 2 ? (readInteger(frame, fields[2]) ?? first) : first;
  if ((last - first) >>> 0 <= MAX_DISPOSITION_RANGE) return;
  throw new AmqpError(Condition.invalidField, 'A disposition covers more deliveries than can be open.');
}
