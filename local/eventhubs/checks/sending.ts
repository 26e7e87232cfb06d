import { once } from 'node:events';
import { EventHubBufferedProducerClient, type EventData } from '@azure/event-hubs';
import rhea from 'rhea';
import { expect } from 'vitest';
import { hashPartitionKey, partitionOf } from '../../../runtime/contracts/partitionKey.ts';
import { collect } from '../testing/receiving.ts';
import { spyOnFiles } from '../testing/spyOnFiles.ts';
import { QUICK_RETRIES } from '../testing/testBroker.ts';
import { remoteAttach } from '../amqp/rheaInternals.ts';
import { bodies, type Check } from './check.ts';

const { data_section, encode } = rhea.message;

export const sendingChecks: Check[] = [
  {
    name: 'the attach of a sender is answered with its source, target, max-message-size and credit',
    async run(stage) {
      const hub = await stage.open.hub();
      const peer = await stage.peer();
      const sender = await peer.sender(`${hub}/Partitions/0`, { source: { address: 'me' } });
      const { source, target, max_message_size } = remoteAttach(sender) as Record<string, { address?: string }>;
      expect([source.address, target.address]).toEqual(['me', `${hub}/Partitions/0`]);
      expect(Number(max_message_size)).toBe(1_048_576);
      expect(sender.sendable()).toBe(true);
    },
  },
  {
    name: 'createBatch takes 1 MiB as its limit, and a batch filled to it is stored',
    async run({ test }) {
      const hub = await test.hub();
      const producer = test.producer(hub);
      const batch = await producer.createBatch();
      expect(batch.maxSizeInBytes).toBe(1_048_576);
      while (batch.tryAdd({ body: Buffer.alloc(10_000, 'x') }));
      await producer.sendBatch(batch);
      expect(await collect(test.consumer(hub), { count: batch.count })).toHaveLength(batch.count);
    },
  },
  {
    name: 'events of a batch are stored in order, with consecutive sequence numbers, growing offsets and their time',
    async run({ test }) {
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
      for (const { enqueuedTimeUtc } of events) {
        expect(Math.abs(Date.now() - enqueuedTimeUtc.getTime())).toBeLessThan(60_000);
      }
    },
  },
  {
    name: 'a partition key leads to the partition that the hash of Azure gives, and comes back with the event',
    async run({ test }) {
      const hub = await test.hub({ partitionCount: 4 });
      const samples = { a: [-16_220, 0], 'pk-1': [-23_265, 1], alphabet: [-23_478, 2], TestKey: [11_417, 1] } as const;
      for (const [key, [hash, partition]] of Object.entries(samples)) {
        expect([hashPartitionKey(key), partitionOf(key, 4)]).toEqual([hash, partition]);
        await test.producer(hub).sendBatch([{ body: key }, { body: key }], { partitionKey: key });
        const events = await collect(test.consumer(hub), { count: 2, partition: String(partition) });
        expect(events.slice(-2).map(({ body, partitionKey }) => [body as unknown, partitionKey])).toEqual([
          [key, key],
          [key, key],
        ]);
      }
    },
  },
  {
    name: 'batches without a key go to the partitions in turn',
    async run({ test }) {
      const hub = await test.hub({ partitionCount: 4 });
      const producer = test.producer(hub);
      for (let number = 0; number < 8; number += 1) await producer.sendBatch([{ body: number }]);
      const partitions = await Promise.all(['0', '1', '2', '3'].map((id) => producer.getPartitionProperties(id)));
      expect(partitions.map(({ lastEnqueuedSequenceNumber }) => lastEnqueuedSequenceNumber)).toEqual([1, 1, 1, 1]);
    },
  },
  {
    name: 'every part of an event reaches the receiver as it was sent, whatever the kind of its body',
    async run({ test }) {
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
      const annotations = { messageAnnotations: { mine: 'kept' } };
      await test.producer(hub).sendBatch([
        { body: [1, 'two'], bodyType: 'sequence', ...annotations },
        {
          body: 42,
          bodyType: 'value',
          applicationProperties: { a: 1 },
          footer: { f: 1 },
          deliveryAnnotations: { d: 1 },
        },
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
    },
  },
  {
    name: 'a single message of format 0 is an event too',
    async run(stage) {
      const hub = await stage.open.hub();
      const sender = await (await stage.peer()).sender(hub);
      sender.send({ body: data_section(Buffer.from('one')), message_annotations: { 'x-opt-partition-key': 'k' } });
      await once(sender, 'accepted');
      const [event] = await collect(stage.open.consumer(hub), { count: 1 });
      expect([String(event.body), event.partitionKey]).toEqual(['one', 'k']);
    },
  },
  {
    name: 'a header section, as the client writes it with a key, may stand in front of the annotations',
    async run(stage) {
      const hub = await stage.open.hub();
      const sender = await (await stage.peer()).sender(hub);
      sender.send({
        durable: true,
        ttl: 1_000,
        message_annotations: { mine: 1 },
        body: data_section(Buffer.from('x')),
      });
      await once(sender, 'accepted');
      const [event] = await collect(stage.open.consumer(hub), { count: 1 });
      expect(event.getRawAmqpMessage()).toMatchObject({ header: { durable: true }, messageAnnotations: { mine: 1 } });
    },
  },
  {
    name: 'large events may come in small frames',
    async run(stage) {
      const hub = await stage.open.hub();
      const peer = await stage.peer();
      // rhea cuts its messages by what the other side has announced.
      (peer.connection as unknown as { remote: { open: object } }).remote.open = { max_frame_size: 2_000 };
      const sender = await peer.sender(hub);
      const texts = ['a'.repeat(50_000), 'b'.repeat(70_000)];
      for (const text of texts) sender.send({ body: data_section(Buffer.from(text)) });
      await once(sender, 'accepted');
      const events = await collect(stage.open.consumer(hub), { count: 2 });
      expect(events.map(({ body }) => String(body))).toEqual(texts);
    },
  },
  {
    name: 'a message that the sender aborts is not stored, and those after it are',
    async run(stage) {
      const hub = await stage.open.hub();
      const sender = await (await stage.peer()).sender(hub);
      const { local, session } = sender as unknown as {
        local: { handle: number };
        session: { output(frame: unknown, payload?: Buffer): void; outgoing: { next_delivery_id: number } };
      };
      const frames = (await import('rhea/lib/frames.js' as string)) as {
        default: { transfer(fields: object): unknown };
      };
      const part = encode({ body: data_section(Buffer.from('never finished')) }).subarray(0, 10);
      const start = { handle: local.handle, delivery_id: 0, delivery_tag: Buffer.from('t'), message_format: 0 };
      session.output(frames.default.transfer({ ...start, more: true }), part);
      session.output(frames.default.transfer({ handle: local.handle, aborted: true }));
      session.outgoing.next_delivery_id = 1;
      Object.assign(session.outgoing, { next_pending_delivery: 1 });
      sender.send({ body: data_section(Buffer.from('stored')) });
      await once(sender, 'accepted');
      const events = await collect(stage.open.consumer(hub), { count: 1 });
      expect(events.map(({ body }) => String(body))).toEqual(['stored']);
    },
  },
  {
    name: 'hubs, groups and partitions are found whatever the case of their names',
    async run({ test }) {
      const hub = await test.hub();
      await test.producer(hub.toUpperCase()).sendBatch([{ body: 'up' }]);
      expect(bodies(await collect(test.consumer(hub.toLowerCase(), '$default'), { count: 1 }))).toEqual(['up']);
    },
  },
  {
    name: 'with durability batch a send is accepted only once its events are on the device',
    async run(stage) {
      const test = await stage.broker({ durability: 'batch' });
      const hub = await test.hub();
      await test.producer(hub).sendBatch([{ body: 'opens the link' }]);
      const datasync = await spyOnFiles(test.dataDir, 'datasync');
      let release = () => undefined as void;
      const synced = new Promise<void>((resolve) => (release = resolve));
      datasync.mockImplementationOnce(() => synced);
      let accepted = false;
      const sending = test
        .producer(hub)
        .sendBatch([{ body: 1 }])
        .then(() => (accepted = true));
      await expect.poll(() => datasync.mock.calls.length).toBe(1);
      expect(accepted).toBe(false);
      release();
      await sending;
    },
  },
  {
    name: 'a refused sender link is attached and detached with the error, so that the client reports it',
    async run({ test }) {
      const hub = await test.hub({ partitionCount: 2 });
      await expect(test.producer('missing').sendBatch([{ body: 1 }])).rejects.toMatchObject({
        code: 'MessagingEntityNotFoundError',
      });
      const toUnknown = test.producer(hub).sendBatch([{ body: 1 }], { partitionId: '2' });
      await expect(toUnknown).rejects.toMatchObject({ code: 'ArgumentOutOfRangeError' });
    },
  },
  {
    name: 'the buffered producer keeps the order of each key over all partitions and loses nothing',
    async run({ test }) {
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
    },
  },
];
