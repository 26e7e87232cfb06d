import fc from 'fast-check';
import rhea from 'rhea';
import { describe, expect, it } from 'vitest';
import { messageFields } from '../testing/amqpValues.ts';
import { BATCH_FORMAT, readDelivery } from './batch.ts';
import { AmqpError, Condition } from './conditions.ts';

const { encode, data_section, data_sections } = rhea.message;

function keyed(key: string | undefined, body: string): Buffer {
  const annotations = key === undefined ? {} : { message_annotations: { 'x-opt-partition-key': key }, durable: true };
  return encode({ ...annotations, body: data_section(Buffer.from(body)) });
}

describe('readDelivery', () => {
  it('splits a batch into exactly the messages that were put into it', () => {
    fc.assert(
      fc.property(fc.array(messageFields, { minLength: 1, maxLength: 8 }), (messages) => {
        const encoded = messages.map((fields) => encode(fields));
        const batch = encode({ body: data_sections(encoded), message_annotations: { other: 1 } });
        const { events } = readDelivery(batch, BATCH_FORMAT, false);
        expect(events.map(({ buffer, start, end }) => buffer.toString('hex', start, end))).toEqual(
          encoded.map((message) => message.toString('hex')),
        );
      }),
    );
  });

  it('takes a message of format 0 as one event', () => {
    const message = keyed('a key', 'body');
    const { events, partitionKey } = readDelivery(message, 0, false);
    expect(events).toMatchObject([{ start: 0, end: message.length }]);
    expect(partitionKey?.toString()).toBe('a key');
  });

  it('gives events the key of the batch unless they have their own', () => {
    const body = data_sections([keyed('own', 'a'), keyed(undefined, 'b')]);
    const batch = encode({ body, message_annotations: { 'x-opt-partition-key': 'batch' } });
    const { events, partitionKey } = readDelivery(batch, BATCH_FORMAT, false);
    expect(events.map((event) => event.partitionKey?.toString())).toEqual(['own', 'batch']);
    expect(partitionKey?.toString()).toBe('batch');
  });

  it('routes a batch without key by that of its first event', () => {
    const batch = encode({ body: data_sections([keyed('first', 'a'), keyed('second', 'b')]) });
    expect(readDelivery(batch, BATCH_FORMAT, false).partitionKey?.toString()).toBe('first');
  });

  it('reads the stamps of an idempotent producer when asked to', () => {
    const { wrap_long, wrap_short, wrap_int } = rhea.types;
    const message_annotations = {
      'com.microsoft:producer-id': wrap_long(2 ** 40),
      'com.microsoft:producer-epoch': wrap_short(3),
      'com.microsoft:producer-sequence-number': wrap_int(17),
    };
    const batch = encode({ body: data_sections([encode({ body: 'x', message_annotations }), encode({ body: 'y' })]) });
    const stamps = (stamped: boolean) =>
      readDelivery(batch, BATCH_FORMAT, stamped).events.map((event) => event.producer);
    expect(stamps(true)).toEqual([{ id: 2 ** 40, epoch: 3, sequence: 17 }, undefined]);
    expect(stamps(false)).toEqual([undefined, undefined]);
  });

  it.each([
    ['a batch without events', encode({ body: data_sections([]) }), BATCH_FORMAT],
    ['a batch whose body is a value', encode({ body: 'text' }), BATCH_FORMAT],
    ['an event that is no message', encode({ body: data_sections([Buffer.from('hello')]) }), BATCH_FORMAT],
    ['an event without a body', encode({ body: data_sections([Buffer.alloc(0)]) }), BATCH_FORMAT],
    ['another format', keyed(undefined, 'a'), 7],
  ])('refuses %s', (_, payload, format) => {
    expect(() => readDelivery(payload, format, false)).toThrow(
      expect.objectContaining({ condition: Condition.decodeError }),
    );
  });

  it('refuses a partition key that is longer than Azure allows', () => {
    expect(readDelivery(keyed('ü'.repeat(128), 'a'), 0, false).partitionKey?.length).toBe(256);
    expect(() => readDelivery(keyed('x'.repeat(129), 'a'), 0, false)).toThrow(
      expect.objectContaining({ condition: Condition.argumentError }),
    );
  });

  it('refuses a batch that is cut short anywhere', () => {
    const batch = encode({ body: data_sections([keyed('k', 'a'), keyed('k', 'b')]) });
    for (let length = 0; length < batch.length; length += 1) {
      const cut = batch.subarray(0, length);
      // Where a section ends a shorter batch is a valid one, with fewer events.
      try {
        expect(readDelivery(cut, BATCH_FORMAT, false).events.length).toBeLessThan(2);
      } catch (error) {
        expect(error).toBeInstanceOf(AmqpError);
      }
    }
  });
});
