import rhea, { type Typed } from 'rhea';
import { encode } from './amqpValues.ts';

const { types } = rhea;

export const AMQP_HEADER = Buffer.from('414d515000010000', 'hex');
export const SASL_HEADER = Buffer.from('414d515003010000', 'hex');

interface FrameOptions {
  type?: number;
  channel?: number;
  payload?: Buffer;
}

/** One frame around any bytes. */
export function rawFrame(body: Buffer, { type = 0, channel = 0 }: FrameOptions = {}): Buffer {
  const head = Buffer.from([0, 0, 0, 0, 2, type, channel >> 8, channel & 0xff]);
  head.writeUInt32BE(8 + body.length, 0);
  return Buffer.concat([head, body]);
}

/** A frame with the performative `code` and these fields in order; numbers are AMQP uints. */
export function frame(code: number, fields: unknown[], options: FrameOptions = {}): Buffer {
  const list = types.wrap_list(
    fields.map((field) => (typeof field === 'number' ? types.wrap_uint(field) : types.wrap(field))),
  ) as Typed;
  const performative = encode(types.described(types.wrap_ulong(code), list) as Typed);
  return rawFrame(Buffer.concat([performative, options.payload ?? Buffer.alloc(0)]), options);
}

/** An open with the fewest fields. */
export const OPEN = frame(0x10, ['peer']);

/** A begin with a large window. */
export const BEGIN = frame(0x11, [null, 0, 2048, 2048]);
