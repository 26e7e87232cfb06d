import { Code, malformed, readBytes, readInteger, skipValue } from './encoding.ts';

/** Sections of a message (AMQP 1.0, part 3, section 3.2) by descriptor, in the order they must have. */
export const Section = {
  header: 0x70,
  deliveryAnnotations: 0x71,
  messageAnnotations: 0x72,
  properties: 0x73,
  applicationProperties: 0x74,
  data: 0x75,
  sequence: 0x76,
  value: 0x77,
  footer: 0x78,
} as const;

const LIST = [Code.list0, Code.list8, Code.list32];
const MAP = [Code.map8, Code.map32];
const BINARY = [Code.binary8, Code.binary32];

/** Type codes that the value of a section may have, by descriptor from `header` on; undefined where any may. */
const SECTION_TYPES = [LIST, MAP, MAP, LIST, MAP, BINARY, LIST, undefined, MAP].map(codeTable);

const SYMBOLIC: Readonly<Record<string, number>> = {
  'amqp:header:list': Section.header,
  'amqp:delivery-annotations:map': Section.deliveryAnnotations,
  'amqp:message-annotations:map': Section.messageAnnotations,
  'amqp:properties:list': Section.properties,
  'amqp:application-properties:map': Section.applicationProperties,
  'amqp:data:binary': Section.data,
  'amqp:amqp-sequence:list': Section.sequence,
  'amqp:value:*': Section.value,
  'amqp:footer:map': Section.footer,
};

/** Positions of the leading sections of one encoded message; made once and filled again for every message. */
export interface MessageLayout {
  /** After the header section, or the start of the message when it has none. */
  headerEnd: number;
  /** Of the message annotations map itself (behind its descriptor), or -1 when the message has none. */
  annotations: number;
  /** After header, delivery annotations and message annotations: what the broker passes on untouched. */
  rest: number;
}

export function emptyLayout(): MessageLayout {
  return { headerEnd: 0, annotations: -1, rest: 0 };
}

/**
 * Checks that `buffer[start, end)` is one well-formed message with a body and fills in where its sections lie. Behind
 * the leading sections their order is not insisted on: rhea, and so the official client, writes the footer before the body.
 * @throws {AmqpError} `amqp:decode-error`
 */
export function readMessage(buffer: Buffer, start: number, end: number, layout: MessageLayout): void {
  readLeadingSections(buffer, start, end, layout);
  let at = layout.rest;
  let previous = 0;
  let body = 0;
  let seen = 0;
  while (at < end) {
    const code = sectionCode(buffer, at, end);
    if (code <= Section.messageAnnotations) throw malformed('message sections are out of order');
    const repeated = code === previous && (code === Section.data || code === Section.sequence);
    if ((seen & bit(code)) !== 0 && !repeated) throw malformed('a message has a section twice');
    if (code >= Section.data && code <= Section.value) {
      if (body !== 0 && !repeated) throw malformed('a message has two bodies of different kinds');
      body = code;
    }
    at = sectionEnd(buffer, at, end, code);
    seen |= bit(code);
    previous = code;
  }
  if (body === 0) throw malformed('a message has no body');
}

/**
 * Fills in where the leading sections (header, annotations) of a message lie. Reads no further, so it is cheap on
 * messages that were checked before.
 */
export function readLeadingSections(buffer: Buffer, start: number, end: number, layout: MessageLayout): void {
  layout.headerEnd = start;
  layout.annotations = -1;
  let at = start;
  let previous = 0;
  while (at < end) {
    const code = sectionCode(buffer, at, end);
    if (code > Section.messageAnnotations) break;
    if (code <= previous) throw malformed('message sections are out of order');
    const after = sectionEnd(buffer, at, end, code);
    if (code === Section.header) layout.headerEnd = after;
    if (code === Section.messageAnnotations) layout.annotations = descriptorEnd(buffer, at, end);
    at = after;
    previous = code;
  }
  layout.rest = at;
}

function bit(code: number): number {
  return 1 << (code - Section.header);
}

/** Descriptor of the section that starts at `at`, in its numeric or its symbolic form. */
export function sectionCode(buffer: Buffer, at: number, end: number): number {
  if (buffer[at] !== Code.described || at + 3 > end) throw malformed('a message section has no descriptor');
  if (buffer[at + 1] === Code.smallUlong) return known(buffer[at + 2]);
  skipValue(buffer, at + 1, end);
  const symbol = readBytes(buffer, at + 1);
  return known(symbol ? SYMBOLIC[symbol.toString('latin1')] : readInteger(buffer, at + 1));
}

/** Position of the value of the section that starts at `at`. */
export function descriptorEnd(buffer: Buffer, at: number, end: number): number {
  return buffer[at + 1] === Code.smallUlong ? at + 3 : skipValue(buffer, at + 1, end);
}

/** Position after the section that starts at `at`; its value is checked. */
export function sectionEnd(buffer: Buffer, at: number, end: number, code: number): number {
  const value = descriptorEnd(buffer, at, end);
  const types = SECTION_TYPES[code - Section.header];
  if (types && types[buffer[value]] === 0) throw malformed('a message section has a value of the wrong type');
  return skipValue(buffer, value, end);
}

/** One byte per type code, 1 for those that are allowed. */
function codeTable(codes: readonly number[] | undefined): Uint8Array | undefined {
  if (!codes) return undefined;
  const table = new Uint8Array(256);
  for (const code of codes) table[code] = 1;
  return table;
}

function known(code: number | undefined): number {
  if (code === undefined || code < Section.header || code > Section.footer) {
    throw malformed('a message has a section that AMQP does not know');
  }
  return code;
}
