import { EventHubBufferedProducerClient } from '@azure/event-hubs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect } from './testing/receiving.ts';
import { QUICK_RETRIES, TestBroker } from './testing/testBroker.ts';

let test: TestBroker;
beforeAll(async () => void (test = await TestBroker.start()));
afterAll(() => test.end());

/** The client has all of this, but opens only a part of it, through its buffered producer. */
interface IdempotentProducer {
  _enableIdempotentRetries: boolean;
  _partitionOptions: Record<string, { producerGroupId?: number; ownerLevel?: number; startingSequenceNumber?: number }>;
  sendBatch(events: { body: unknown }[], options: { partitionId: string }): Promise<void>;
  getPartitionPublishingProperties(id: string): Promise<{
    producerGroupId: number;
    ownerLevel: number;
    lastPublishedSequenceNumber: number;
  }>;
}

function idempotentProducer(
  hub: string,
  options?: IdempotentProducer['_partitionOptions'][string],
): IdempotentProducer {
  const producer = test.producer(hub) as unknown as IdempotentProducer;
  producer._enableIdempotentRetries = true;
  if (options) producer._partitionOptions = { '0': options };
  return producer;
}

const toFirst = { partitionId: '0' };

describe('the idempotent producer of the official client', () => {
  it('is given an id and counts its events', async () => {
    const hub = await test.hub();
    const producer = idempotentProducer(hub);
    await producer.sendBatch([{ body: 1 }, { body: 2 }], toFirst);
    const first = await producer.getPartitionPublishingProperties('0');
    expect(first).toMatchObject({ ownerLevel: 0, lastPublishedSequenceNumber: 2 });
    const other = await idempotentProducer(hub).getPartitionPublishingProperties('0');
    expect(other.producerGroupId).not.toBe(first.producerGroupId);
  });

  it('has a batch that it sends again stored once, also after a restart of the broker', async () => {
    const hub = await test.hub();
    const batch = [{ body: 'a' }, { body: 'b' }, { body: 'c' }];
    const first = idempotentProducer(hub);
    await first.sendBatch(batch, toFirst);
    const { producerGroupId } = await first.getPartitionPublishingProperties('0');
    const same = { producerGroupId, ownerLevel: 0, startingSequenceNumber: 0 };
    const fresh = () => batch.map(({ body }) => ({ body }));
    await idempotentProducer(hub, same).sendBatch(fresh(), toFirst);

    const { port } = test.broker;
    await test.broker.stop();
    await test.restart(port);
    const third = idempotentProducer(hub, same);
    await third.sendBatch(fresh(), toFirst);
    await third.sendBatch([{ body: 'd' }], toFirst);
    const properties = await test.producer(hub).getPartitionProperties('0');
    expect(properties.lastEnqueuedSequenceNumber).toBe(3);
    const events = await collect(test.consumer(hub), { count: 4 });
    expect(events.map(({ body }) => body as unknown)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('is refused when it leaves a number out', async () => {
    const hub = await test.hub();
    const first = idempotentProducer(hub);
    await first.sendBatch([{ body: 1 }], toFirst);
    const { producerGroupId } = await first.getPartitionPublishingProperties('0');
    const ahead = idempotentProducer(hub, { producerGroupId, ownerLevel: 0, startingSequenceNumber: 7 });
    await expect(ahead.sendBatch([{ body: 2 }], toFirst)).rejects.toMatchObject({ code: 'SequenceOutOfOrderError' });
  });

  it('loses its place to one with the same id and a higher epoch', async () => {
    const hub = await test.hub();
    const first = idempotentProducer(hub);
    await first.sendBatch([{ body: 1 }], toFirst);
    const { producerGroupId } = await first.getPartitionPublishingProperties('0');
    const second = idempotentProducer(hub, { producerGroupId, ownerLevel: 5 });
    await second.sendBatch([{ body: 2 }], toFirst);
    await expect(first.sendBatch([{ body: 3 }], toFirst)).rejects.toMatchObject({ code: 'ProducerDisconnectedError' });
    const events = await collect(test.consumer(hub), { count: 2 });
    expect(events.map(({ body }) => body as unknown)).toEqual([1, 2]);
  });

  it('stores everything once and in order through the buffered producer', async () => {
    const hub = await test.hub({ partitionCount: 2 });
    const client = new EventHubBufferedProducerClient(test.connectionString(), hub, {
      ...QUICK_RETRIES,
      enableIdempotentRetries: true,
      maxWaitTimeInMs: 20,
      onSendEventsErrorHandler: async ({ error }) => {
        throw error;
      },
    });
    for (let number = 0; number < 150; number += 1) await client.enqueueEvent({ body: number }, { partitionId: '1' });
    await client.close({ flush: true });
    const events = await collect(test.consumer(hub), { count: 150, partition: '1' });
    expect(events.map(({ body }) => body as unknown)).toEqual(Array.from({ length: 150 }, (_, number) => number));
  });
});
