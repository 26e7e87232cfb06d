import rhea from 'rhea';
import { describe, expect, it } from 'vitest';
import { checkPerformative, Performative } from './performatives.ts';
import { settlingFrame, TRANSFER_HEAD_BYTES, transferTemplate, writeTransferHead } from './transferFrame.ts';

/** The fields of a performative as rhea's reader sees them. */
function fields(frame: Buffer, end = frame.length): unknown[] {
  const { Reader } = rhea.types as unknown as { Reader: new (bytes: Buffer) => { read(): { value: unknown[] } } };
  const typed = new Reader(frame.subarray(8, end)).read();
  return typed.value.map((field) => rhea.types.unwrap(field as Parameters<typeof rhea.types.unwrap>[0]) as unknown);
}

describe('transfer frames', () => {
  it('are what any reader of AMQP expects', () => {
    const template = transferTemplate({ channel: 258, handle: 70_000 });
    const frame = Buffer.alloc(TRANSFER_HEAD_BYTES + 5);
    const facts = { deliveryId: 4_000_000_000, payloadBytes: 5, settled: true, more: false };
    writeTransferHead(frame, 0, template, facts);
    expect(frame.readUInt32BE(0)).toBe(frame.length);
    expect(frame.readUInt16BE(6)).toBe(258);
    expect(checkPerformative(frame, 8, frame.length)).toBe(Performative.transfer);
    const [handle, id, tag, format, settled, more] = fields(frame, TRANSFER_HEAD_BYTES);
    expect([handle, id, format, settled, more]).toEqual([70_000, 4_000_000_000, 0, true, false]);
    expect(tag).toEqual(Buffer.from('ee6b2800', 'hex'));
  });

  it('say when more follows and when the receiver has to settle', () => {
    const frame = Buffer.alloc(TRANSFER_HEAD_BYTES);
    const template = transferTemplate({ channel: 0, handle: 0 });
    writeTransferHead(frame, 0, template, { deliveryId: 1, payloadBytes: 0, settled: false, more: true });
    expect(fields(frame).slice(4)).toEqual([false, true]);
  });
});

describe('settlingFrame', () => {
  it('settles a range of deliveries as accepted', () => {
    const frame = settlingFrame({ channel: 3, first: 3_999_999_999, last: 4_000_000_000 });
    expect(frame.readUInt32BE(0)).toBe(frame.length);
    expect(frame.readUInt16BE(6)).toBe(3);
    expect(checkPerformative(frame, 8, frame.length)).toBe(Performative.disposition);
    expect(fields(frame).slice(0, 4)).toEqual([false, 3_999_999_999, 4_000_000_000, true]);
  });
});
