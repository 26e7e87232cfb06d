import { once } from 'node:events';
import { latestEventPosition, type EventPosition } from '@azure/event-hubs';
import rhea from 'rhea';
import { expect } from 'vitest';
import { Condition } from '../amqp/conditions.ts';
import { Section } from '../amqp/messageLayout.ts';
import { remoteAttach } from '../amqp/rheaInternals.ts';
import { mapTypes, nextPayload } from '../testing/rawMessages.ts';
import { collect, Listener } from '../testing/receiving.ts';
import type { TestBroker } from '../testing/testBroker.ts';
import { bodies, firstPartition, type Check, type Stage } from './check.ts';

async function hubWith(test: TestBroker, numbers: number[]): Promise<string> {
  const hub = await test.hub({ groups: ['other'] });
  const producer = test.producer(hub);
  for (const number of numbers) await producer.sendBatch([{ body: number }]);
  return hub;
}

/** Types of the message annotations of the first event. */
async function annotationTypes(stage: Stage, hub: string): Promise<Record<string, string>> {
  const peer = await stage.peer();
  const receiver = await peer.receiver(firstPartition(hub));
  const payload = nextPayload(receiver);
  await peer.receive(receiver, 1);
  return mapTypes(await payload, Section.messageAnnotations);
}

export const receivingChecks: Check[] = [
  {
    name: 'a receiver starts at any offset, sequence number or time, with or without the event there',
    async run({ test }) {
      const hub = await hubWith(test, [0, 1, 2, 3, 4, 5]);
      const stored = await collect(test.consumer(hub), { count: 6 });
      const { offset, sequenceNumber } = stored[3];
      const laterTime = Math.min(...stored.slice(3).map(({ enqueuedTimeUtc }) => enqueuedTimeUtc.getTime())) - 1;
      const fromTime = stored.findIndex(({ enqueuedTimeUtc }) => enqueuedTimeUtc.getTime() > laterTime);
      const cases: [EventPosition, number][] = [
        [{ offset: '-1' }, 0],
        [{ offset }, 4],
        [{ offset, isInclusive: true }, 3],
        [{ offset: String(Number(offset) - 1) }, 3],
        [{ sequenceNumber }, 4],
        [{ sequenceNumber, isInclusive: true }, 3],
        [{ sequenceNumber: -1 }, 0],
        [{ enqueuedOn: laterTime }, fromTime],
        [{ enqueuedOn: new Date(0) }, 0],
      ];
      for (const [start, first] of cases) {
        const expected = [0, 1, 2, 3, 4, 5].slice(first);
        const events = await collect(test.consumer(hub), { count: expected.length, partition: '0', start });
        expect(bodies(events), JSON.stringify(start)).toEqual(expected);
      }
    },
  },
  {
    name: 'a receiver at @latest gets what is sent after its attach',
    async run({ test }) {
      const hub = await hubWith(test, [0, 1]);
      const listener = new Listener(test.consumer(hub), '0', { startPosition: latestEventPosition });
      const readers = () => test.broker.describe().hubs.find(({ name }) => name === hub)?.partitions[0].readers;
      await expect.poll(readers).toBe(1);
      await test.producer(hub).sendBatch([{ body: 2 }]);
      await listener.until(({ events }) => events.length > 0);
      expect(bodies(listener.events)).toEqual([2]);
      await listener.close();
    },
  },
  {
    name: 'sequence number, offset, time and partition key are annotations of the types that clients expect',
    async run(stage) {
      const hub = await stage.open.hub();
      const sender = await (await stage.peer()).sender(hub);
      sender.send({ message_annotations: { mine: 'kept', 'x-opt-partition-key': 'k' }, body: 1 });
      await once(sender, 'accepted');
      expect(await annotationTypes(stage, hub)).toEqual({
        'x-opt-sequence-number': 'Long',
        'x-opt-enqueued-time': 'Timestamp',
        'x-opt-offset': 'Str',
        'x-opt-partition-key': 'Str',
        mine: 'Str',
      });
    },
  },
  {
    name: 'the attach of a receiver is answered with its source and target, and filters in any encoding count',
    async run(stage) {
      const hub = await hubWith(stage.open, [0, 1]);
      const peer = await stage.peer();
      const descriptor = rhea.types.wrap_symbol('apache.org:selector-filter:string');
      const filter = rhea.types.described(descriptor, rhea.types.wrap_string("amqp.annotation.x-opt-offset >= '0'"));
      const source = { address: firstPartition(hub), filter: { 'apache.org:selector-filter:string': filter } };
      const receiver = await peer.receiver(firstPartition(hub), { source, target: { address: 'me' } });
      const answer = remoteAttach(receiver) as Record<string, { address?: string }>;
      expect([answer.source.address, answer.target.address]).toEqual([firstPartition(hub), 'me']);
      expect((await peer.receive(receiver, 2)).length).toBe(2);
    },
  },
  {
    name: 'every consumer group gets all events, whatever the case of its name',
    async run({ test }) {
      const hub = await hubWith(test, [0, 1, 2]);
      for (const group of ['$Default', 'other', 'OTHER']) {
        expect(bodies(await collect(test.consumer(hub, group), { count: 3 }))).toEqual([0, 1, 2]);
      }
    },
  },
  {
    name: 'with trackLastEnqueuedEventProperties each event tells the end of its partition',
    async run({ test }) {
      const hub = await hubWith(test, [0, 1, 2]);
      const listener = new Listener(test.consumer(hub), '0', { trackLastEnqueuedEventProperties: true });
      await listener.until(({ events }) => events.length === 1);
      const last = await test.producer(hub).getPartitionProperties('0');
      expect(listener.context?.lastEnqueuedEventProperties).toMatchObject({
        sequenceNumber: 2,
        offset: last.lastEnqueuedOffset,
        enqueuedOn: last.lastEnqueuedOnUtc,
        retrievedOn: expect.any(Date) as Date,
      });
      await listener.close();
    },
  },
  {
    name: 'a reader that is far behind is served from disk while others read the newest events',
    async run(stage) {
      const small = await stage.broker({ cacheBytes: 256 * 1024, segmentBytes: 1024 * 1024 });
      const hub = await small.hub();
      const producer = small.producer(hub);
      const numbers = Array.from({ length: 500 }, (_, number) => number);
      for (let first = 0; first < 500; first += 50) {
        await producer.sendBatch(
          numbers.slice(first, first + 50).map((number) => ({ body: `${number}`.padEnd(8_000) })),
        );
      }
      const events = await collect(small.consumer(hub), { count: 500 });
      expect(events.map(({ body }) => Number(body))).toEqual(numbers);
    },
  },
  {
    name: 'the receivers of a consumer group or hub that is deleted end with MessagingEntityNotFoundError',
    async run({ test }) {
      const hub = await hubWith(test, [0]);
      const listener = new Listener(test.consumer(hub, 'other'), '0');
      await listener.until(({ events }) => events.length === 1);
      await test.broker.deleteConsumerGroup({ hub, name: 'other' });
      await listener.until(({ errors }) => errors.length > 0);
      expect(listener.errors[0]).toMatchObject({ code: 'MessagingEntityNotFoundError' });
      await listener.close();

      const second = new Listener(test.consumer(hub), '0');
      await second.until(({ events }) => events.length === 1);
      await test.broker.deleteHub({ name: hub });
      await second.until(({ errors }) => errors.length > 0);
      expect(second.errors[0]).toMatchObject({ code: 'MessagingEntityNotFoundError' });
      await second.close();
    },
  },
  {
    name: 'the AMQP address of a publisher, {hub}/Publishers/{name}, is refused with amqp:not-found; REST has it',
    fidelity: 'refused',
    async run(stage) {
      const hub = await stage.open.hub();
      const sender = (await stage.peer()).sender(`${hub}/Publishers/dev-01`);
      await expect(sender).rejects.toMatchObject({ condition: Condition.notFound });
    },
  },
  {
    name: 'addresses that do not exist or do not fit are refused with the condition that says why',
    async run(stage) {
      const hub = await stage.open.hub();
      const peer = await stage.peer();
      await expect(peer.sender('$other')).rejects.toMatchObject({ condition: Condition.notFound });
      await expect(peer.sender(firstPartition(hub))).rejects.toMatchObject({ condition: Condition.notAllowed });
      await expect(peer.receiver(hub)).rejects.toMatchObject({ condition: Condition.notFound });
      await expect(peer.receiver(`${hub}/ConsumerGroups/$Default/Partitions/x`)).rejects.toMatchObject({
        condition: Condition.argumentOutOfRange,
      });
    },
  },
];
