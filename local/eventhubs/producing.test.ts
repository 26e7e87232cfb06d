import { EventHubBufferedProducerClient, type EventData } from '@azure/event-hubs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { partitionOf } from '../../runtime/contracts/partitionKey.ts';
import { collect } from './testing/receiving.ts';
import { failNextWrite } from './testing/spyOnFiles.ts';
import { QUICK_RETRIES, TestBroker } from './testing/testBroker.ts';

let test: TestBroker;
beforeAll(async () => void (test = await TestBroker.start()));
afterAll(() => test.end());

const bodies = (events: { body: unknown }[]) => events.map(({ body }) => body);

describe('sending with the official client', () => {
  it('stores batches of a partition in order, with sequence numbers, offsets and times', async () => {
    const hub = await test.hub({ partitionCount: 2 });
    const producer = test.producer(hub);
    for (const first of [0, 10, 20]) {
      const batch = await producer.createBatch({ partitionId: '1' });
      for (let number = first; number < first + 10; number += 1) batch.tryAdd({ body: { number } });
      await producer.sendBatch(batch);
    }
    const events = await collect(test.consumer(hub), { count: 30 });
    expect(bodies(events)).toEqual(Array.from({ length: 30 }, (_, number) => ({ number })));
    expect(events.map(({ sequenceNumber }) => sequenceNumber)).toEqual(events.map((_, index) => index));
    const offsets = events.map(({ offset }) => Number(offset));
    expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
    for (const { enqueuedTimeUtc } of events)
      expect(Math.abs(Date.now() - enqueuedTimeUtc.getTime())).toBeLessThan(60_000);
  });

  it('puts events with a key into the partition that Azure would choose', async () => {
    const hub = await test.hub({ partitionCount: 4 });
    const producer = test.producer(hub);
    const keys = ['a', 'pk-1', 'alphabet', 'TestKey', 'zürich', ''];
    for (const key of keys) await producer.sendBatch([{ body: key }, { body: key }], { partitionKey: key });
    const partitions = await Promise.all(['0', '1', '2', '3'].map((id) => producer.getPartitionProperties(id)));
    const expected = [0, 0, 0, 0];
    for (const key of keys.filter((key) => key !== '')) expected[partitionOf(key, 4)] += 2;
    const stored = partitions.map(({ lastEnqueuedSequenceNumber }) => lastEnqueuedSequenceNumber + 1);
    const [withoutKey] = stored.map((count, id) => count - expected[id]).filter((difference) => difference > 0);
    expect(withoutKey).toBe(2);

    const events = await collect(test.consumer(hub), { count: 12 });
    for (const { body, partitionKey } of events) expect(partitionKey ?? '').toBe(body);
  });

  it('deals batches without a key out to the partitions in turn', async () => {
    const hub = await test.hub({ partitionCount: 4 });
    const producer = test.producer(hub);
    for (let number = 0; number < 8; number += 1) await producer.sendBatch([{ body: number }]);
    const partitions = await Promise.all(['0', '1', '2', '3'].map((id) => producer.getPartitionProperties(id)));
    expect(partitions.map(({ lastEnqueuedSequenceNumber }) => lastEnqueuedSequenceNumber)).toEqual([1, 1, 1, 1]);
  });

  it('brings every part of an event to the receiver as it was sent', async () => {
    const hub = await test.hub();
    const sent: EventData[] = [
      { body: Buffer.from([0, 1, 2, 255]) },
      { body: 'text', messageId: 'm-1', correlationId: 'c-1', contentType: 'text/plain' },
      {
        body: { nested: [1, { two: null }] },
        properties: { text: 'ü', number: 7, date: 1_700_000_000_000, yes: true },
      },
    ];
    await test.producer(hub).sendBatch(sent);
    await test.producer(hub).sendBatch([
      { body: [1, 'two'], bodyType: 'sequence', messageAnnotations: { mine: 'kept' } },
      { body: 42, bodyType: 'value', applicationProperties: { a: 1 }, footer: { f: 1 }, deliveryAnnotations: { d: 1 } },
    ]);
    const [binary, text, nested, sequence, value] = await collect(test.consumer(hub), { count: 5 });
    expect(Buffer.from(binary.body as Buffer)).toEqual(sent[0].body);
    expect(text).toMatchObject(sent[1]);
    expect(nested).toMatchObject(sent[2]);
    expect(sequence).toMatchObject({ body: [1, 'two'], systemProperties: { mine: 'kept' } });
    expect(sequence.getRawAmqpMessage().bodyType).toBe('sequence');
    expect(value).toMatchObject({ body: 42, properties: { a: 1 } });
    expect(value.getRawAmqpMessage()).toMatchObject({ bodyType: 'value', footer: { f: 1 } });
    expect(value.getRawAmqpMessage().deliveryAnnotations).toBeUndefined();
  });

  it('takes the largest batch that the client may fill', async () => {
    const hub = await test.hub();
    const producer = test.producer(hub);
    const batch = await producer.createBatch();
    expect(batch.maxSizeInBytes).toBe(1_048_576);
    while (batch.tryAdd({ body: Buffer.alloc(10_000, 'x') }));
    await producer.sendBatch(batch);
    const events = await collect(test.consumer(hub), { count: batch.count });
    expect(events).toHaveLength(batch.count);
  });

  it('refuses a message above 1 MiB by its condition, and goes on with the next', async () => {
    const hub = await test.hub();
    const producer = test.producer(hub);
    const large = producer.sendBatch([{ body: Buffer.alloc(2_000_000) }]);
    await expect(large).rejects.toMatchObject({ code: 'MessageTooLargeError' });
    await producer.sendBatch([{ body: 'small' }]);
    expect(bodies(await collect(test.consumer(hub), { count: 1 }))).toEqual(['small']);
  });

  it('refuses unknown hubs and partitions as Azure does', async () => {
    const hub = await test.hub({ partitionCount: 2 });
    await expect(test.producer('missing').sendBatch([{ body: 1 }])).rejects.toMatchObject({
      code: 'MessagingEntityNotFoundError',
    });
    await expect(test.producer(hub).sendBatch([{ body: 1 }], { partitionId: '2' })).rejects.toMatchObject({
      code: 'ArgumentOutOfRangeError',
    });
  });

  it('finds hubs without regard to case', async () => {
    const hub = await test.hub();
    await test.producer(hub.toUpperCase()).sendBatch([{ body: 'up' }]);
    expect(bodies(await collect(test.consumer(hub.toLowerCase(), '$default'), { count: 1 }))).toEqual(['up']);
  });

  it('refuses a key that is too long, and tells why', async () => {
    const hub = await test.hub();
    const sent = test.producer(hub).sendBatch([{ body: 1 }], { partitionKey: 'x'.repeat(129) });
    await expect(sent).rejects.toMatchObject({
      code: 'ArgumentError',
      message: expect.stringContaining('128') as string,
    });
  });

  it('rejects what it could not write so that the client sends it again, and stores it once', async () => {
    const hub = await test.hub();
    const producer = test.producer(hub);
    await producer.sendBatch([{ body: 'before' }]);
    const writes = await failNextWrite(test.dataDir, 'small');
    await producer.sendBatch([{ body: 'again' }]);
    expect(writes).toHaveBeenCalledTimes(2);
    expect(bodies(await collect(test.consumer(hub), { count: 2 }))).toEqual(['before', 'again']);
  });

  it('serves the buffered producer over several partitions without loss or disorder', async () => {
    const hub = await test.hub({ partitionCount: 4 });
    const failures: unknown[] = [];
    const client = new EventHubBufferedProducerClient(test.connectionString(), hub, {
      ...QUICK_RETRIES,
      maxWaitTimeInMs: 50,
      onSendEventsErrorHandler: async ({ error }) => void failures.push(error),
    });
    for (let number = 0; number < 400; number += 1) {
      await client.enqueueEvent({ body: number }, { partitionKey: `key-${number % 10}` });
    }
    await client.close({ flush: true });
    expect(failures).toEqual([]);
    const events = await collect(test.consumer(hub), { count: 400 });
    expect(new Set(bodies(events)).size).toBe(400);
    for (let key = 0; key < 10; key += 1) {
      const ofKey = bodies(events).filter((number) => Number(number) % 10 === key);
      expect(ofKey).toEqual(Array.from({ length: 40 }, (_, index) => index * 10 + key));
    }
  });
});
