import fc from 'fast-check';
import rhea from 'rhea';
import { describe, expect, it } from 'vitest';
import { RecordCursor, recordSize, writeRecord, type LogEvent } from '../log/record.ts';
import { messageFields } from '../testing/amqpValues.ts';
import { EventEncoder, type PartitionEnd } from './eventEncoder.ts';

const { encode, decode, data_section } = rhea.message;

interface Facts {
  offset: number;
  sequence: number;
  time: number;
  partitionKey: string;
}

const facts: fc.Arbitrary<Facts> = fc.record({
  offset: fc.maxSafeNat(),
  sequence: fc.maxSafeNat(),
  time: fc.integer({ min: 0, max: 4_102_444_800_000 }),
  partitionKey: fc.string({ maxLength: 128 }),
});

/** What a receiver decodes of a stored message. */
function delivered(message: Buffer, { offset, sequence, time, partitionKey }: Facts, end?: PartitionEnd) {
  const key = partitionKey === '' ? undefined : Buffer.from(partitionKey);
  const event: LogEvent = { buffer: message, start: 0, end: message.length, partitionKey: key };
  const record = Buffer.alloc(recordSize(event));
  writeRecord(record, 0, sequence, time, event);
  const cursor = new RecordCursor();
  cursor.open({ buffer: record, start: 0, end: record.length, offset });
  cursor.next();

  const encoder = new EventEncoder();
  const size = encoder.measure(cursor, end);
  const target = Buffer.alloc(size + 20, 0xee);
  encoder.write(target, 10);
  expect(target.subarray(0, 10).equals(Buffer.alloc(10, 0xee))).toBe(true);
  expect(target.subarray(10 + size).equals(Buffer.alloc(10, 0xee))).toBe(true);
  return decode(target.subarray(10, 10 + size));
}

describe('EventEncoder', () => {
  it('adds the annotations of the event and keeps everything else of any message', () => {
    fc.assert(
      fc.property(messageFields, facts, (fields, event) => {
        const original = encode(fields);
        const message = delivered(original, event);
        const { message_annotations, ...rest } = message;
        const { message_annotations: own = {}, delivery_annotations, ...originalRest } = decode(original);
        const key = event.partitionKey === '' ? {} : { 'x-opt-partition-key': event.partitionKey };
        expect(message_annotations).toEqual({
          ...own,
          'x-opt-sequence-number': event.sequence,
          'x-opt-offset': String(event.offset),
          'x-opt-enqueued-time': new Date(event.time),
          ...key,
        });
        expect(delivery_annotations).toEqual(fields.delivery_annotations && { ...fields.delivery_annotations });
        expect({ ...rest }).toEqual({ ...originalRest });
      }),
    );
  });

  it('does not let a sender pretend the annotations of the broker', () => {
    const forged = {
      'x-opt-sequence-number': 99,
      'x-opt-offset': 'forged',
      'x-opt-enqueued-time': 0,
      'x-opt-partition-key': 'forged',
      mine: 'kept',
    };
    const message = encode({ body: data_section(Buffer.from('x')), message_annotations: forged });
    const event = { offset: 4096, sequence: 7, time: 1_000, partitionKey: 'real' };
    expect(delivered(message, event).message_annotations).toEqual({
      'x-opt-sequence-number': 7,
      'x-opt-offset': '4096',
      'x-opt-enqueued-time': new Date(1_000),
      'x-opt-partition-key': 'real',
      mine: 'kept',
    });
  });

  it('reports the end of the partition with the runtime metric', () => {
    const message = encode({ body: 'x', delivery_annotations: { theirs: 1 } });
    const event = { offset: 0, sequence: 0, time: 5, partitionKey: '' };
    const end = { sequence: 12, offset: 123_456, time: 1_700_000_000_000 };
    const { delivery_annotations } = delivered(message, event, end);
    expect(delivery_annotations).toEqual({
      last_enqueued_sequence_number: 12,
      last_enqueued_offset: '123456',
      last_enqueued_time_utc: new Date(1_700_000_000_000),
      runtime_info_retrieval_time_utc: expect.any(Date) as Date,
    });
  });
});
