import { EventHubBufferedProducerClient } from '@azure/event-hubs';
import { expect } from 'vitest';
import { Condition } from '../amqp/conditions.ts';
import { remoteAttach } from '../amqp/rheaInternals.ts';
import { IDEMPOTENT_PRODUCER } from '../idempotence.ts';
import { collect } from '../testing/receiving.ts';
import { QUICK_RETRIES, type TestBroker } from '../testing/testBroker.ts';
import { bodies, refusalOf, type Check } from './check.ts';

/** The client has all of this, but opens only a part of it, through its buffered producer. */
interface IdempotentProducer {
  _enableIdempotentRetries: boolean;
  _partitionOptions: Record<string, PartitionOptions>;
  sendBatch(events: { body: unknown }[], options: { partitionId: string }): Promise<void>;
  getPartitionPublishingProperties(id: string): Promise<{
    producerGroupId: number;
    ownerLevel: number;
    lastPublishedSequenceNumber: number;
  }>;
}

interface PartitionOptions {
  producerGroupId?: number;
  ownerLevel?: number;
  startingSequenceNumber?: number;
}

function idempotentProducer(test: TestBroker, hub: string, options?: PartitionOptions): IdempotentProducer {
  const producer = test.producer(hub) as unknown as IdempotentProducer;
  producer._enableIdempotentRetries = true;
  if (options) producer._partitionOptions = { '0': options };
  return producer;
}

const toFirst = { partitionId: '0' };

export const idempotenceChecks: Check[] = [
  {
    name: 'an idempotent producer is given an id, an epoch and a sequence number with their AMQP types',
    async run(stage) {
      const hub = await stage.open.hub();
      const peer = await stage.peer();
      const desired_capabilities = IDEMPOTENT_PRODUCER;
      const sender = await peer.sender(`${hub}/Partitions/0`, { desired_capabilities });
      const { offered_capabilities, properties } = remoteAttach(sender) as Record<string, Record<string, unknown>>;
      expect([offered_capabilities].flat().map(String)).toEqual([IDEMPOTENT_PRODUCER]);
      expect(properties).toEqual({
        'com.microsoft:producer-id': expect.any(Number) as number,
        'com.microsoft:producer-epoch': 0,
        'com.microsoft:producer-sequence-number': 0,
      });
      const refused = peer.sender(hub, { desired_capabilities });
      await expect(refused).rejects.toMatchObject({ condition: Condition.notAllowed });
    },
  },
  {
    name: 'an idempotent producer counts its events, and another one has another id',
    async run({ test }) {
      const hub = await test.hub();
      const producer = idempotentProducer(test, hub);
      await producer.sendBatch([{ body: 1 }, { body: 2 }], toFirst);
      const first = await producer.getPartitionPublishingProperties('0');
      expect(first).toMatchObject({ ownerLevel: 0, lastPublishedSequenceNumber: 2 });
      const other = await idempotentProducer(test, hub).getPartitionPublishingProperties('0');
      expect(other.producerGroupId).not.toBe(first.producerGroupId);
    },
  },
  {
    name: 'a batch that an idempotent producer sends again is stored once, also after a restart of the broker',
    async run(stage) {
      const test = await stage.broker();
      const hub = await test.hub();
      const batch = [{ body: 'a' }, { body: 'b' }, { body: 'c' }];
      const first = idempotentProducer(test, hub);
      await first.sendBatch(batch, toFirst);
      const { producerGroupId } = await first.getPartitionPublishingProperties('0');
      const same = { producerGroupId, ownerLevel: 0, startingSequenceNumber: 0 };
      const fresh = () => batch.map(({ body }) => ({ body }));
      await idempotentProducer(test, hub, same).sendBatch(fresh(), toFirst);

      const { port } = test.broker;
      await test.broker.stop();
      await test.restart(port);
      const third = idempotentProducer(test, hub, same);
      await third.sendBatch(fresh(), toFirst);
      await third.sendBatch([{ body: 'd' }], toFirst);
      const properties = await test.producer(hub).getPartitionProperties('0');
      expect(properties.lastEnqueuedSequenceNumber).toBe(3);
      expect(bodies(await collect(test.consumer(hub), { count: 4 }))).toEqual(['a', 'b', 'c', 'd']);
    },
  },
  {
    name: 'a sequence number that is left out is refused as SequenceOutOfOrderError',
    async run({ test }) {
      const hub = await test.hub();
      const first = idempotentProducer(test, hub);
      await first.sendBatch([{ body: 1 }], toFirst);
      const { producerGroupId } = await first.getPartitionPublishingProperties('0');
      const ahead = idempotentProducer(test, hub, { producerGroupId, ownerLevel: 0, startingSequenceNumber: 7 });
      await expect(ahead.sendBatch([{ body: 2 }], toFirst)).rejects.toMatchObject({ code: 'SequenceOutOfOrderError' });
    },
  },
  {
    name: 'a producer with the same id and a higher epoch takes the place of the one before',
    async run({ test }) {
      const hub = await test.hub();
      const first = idempotentProducer(test, hub);
      await first.sendBatch([{ body: 1 }], toFirst);
      const { producerGroupId } = await first.getPartitionPublishingProperties('0');
      const second = idempotentProducer(test, hub, { producerGroupId, ownerLevel: 5 });
      await second.sendBatch([{ body: 2 }], toFirst);
      const late = first.sendBatch([{ body: 3 }], toFirst);
      await expect(late).rejects.toMatchObject({ code: 'ProducerDisconnectedError' });
      const lower = idempotentProducer(test, hub, { producerGroupId, ownerLevel: 1 });
      const refusal = await refusalOf(lower.sendBatch([{ body: 4 }], toFirst));
      expect(refusal.message).toContain('one with the higher epoch 5 exists');
      expect(bodies(await collect(test.consumer(hub), { count: 2 }))).toEqual([1, 2]);
    },
  },
  {
    name: 'the buffered producer with idempotent retries stores everything once and in order',
    async run({ test }) {
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
      expect(bodies(events)).toEqual(Array.from({ length: 150 }, (_, number) => number));
    },
  },
];
