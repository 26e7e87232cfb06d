import { expect } from 'vitest';
import { collect } from '../../eventhubs/testing/receiving.ts';
import { TestBroker } from '../../eventhubs/testing/testBroker.ts';
import { DEAD_LETTER_DELAY_MS, type Check } from './check.ts';

const destination = (broker: TestBroker, eventHub: string, connectionString = broker.connectionString()) =>
  ({ type: 'EventHub', connectionString, eventHub }) as const;

export const eventHubChecks: Check[] = [
  {
    name: 'an event hub gets each CloudEvent as a message of its own, with the aeg- properties',
    async run(stage) {
      const broker = await stage.broker();
      const hub = await broker.hub();
      const topic = await stage.topic();
      await topic.subscribe({ name: 'to-hub', destination: destination(broker, hub) });
      await topic.publish({ id: '1', data: { a: 1 } }, '2');
      const received = await collect(broker.consumer(hub), { count: 2 });
      const first = received.find(({ body }) => (body as { id: string }).id === '1')!;
      expect(first.body).toMatchObject({ specversion: '1.0', source: '/shop', type: 'order.placed', data: { a: 1 } });
      expect(first.contentType).toBe('application/cloudevents+json');
      expect(first.properties).toEqual({
        'aeg-event-type': 'Notification',
        'aeg-subscription-name': 'TO-HUB',
        'aeg-delivery-count': '0',
        'aeg-metadata-version': '1.0',
        'aeg-output-event-id': '1',
      });
      await topic.settled({ delivered: 2, pending: 0 }, 'to-hub');
    },
  },
  {
    name: 'an event hub gets an event in the Event Grid schema in an array of one, with its data version',
    async run(stage) {
      const broker = await stage.broker();
      const hub = await broker.hub();
      const topic = await stage.topic('EventGridSchema');
      await topic.subscribe({ destination: destination(broker, hub) });
      await topic
        .client('EventGrid')
        .send([{ id: '7', eventType: 't', subject: 's', dataVersion: '2', data: { a: 1 } }]);
      const [event] = await collect(broker.consumer(hub), { count: 1 });
      expect(event.body).toMatchObject([{ id: '7', eventType: 't', data: { a: 1 }, metadataVersion: '1' }]);
      expect(event).toMatchObject({
        contentType: 'application/json',
        properties: { 'aeg-data-version': '2', 'aeg-metadata-version': '1' },
      });
    },
  },
  {
    name: 'a delivery attribute PartitionKey becomes the partition key, every other one a property',
    async run(stage) {
      const broker = await stage.broker();
      const hub = await broker.hub({ partitionCount: 4 });
      const topic = await stage.topic();
      await topic.subscribe({
        destination: destination(broker, hub),
        deliveryAttributeMappings: [
          { name: 'PartitionKey', type: 'Dynamic', sourceField: 'data.userId' },
          { name: 'shop', type: 'Static', value: 'main' },
          { name: 'total', type: 'Dynamic', sourceField: 'data.total' },
        ],
      });
      const users = ['u1', 'u2', 'u3', 'u1', 'u2', 'u3'];
      await topic.publish(...users.map((userId, id) => ({ id: String(id), data: { userId, total: id } })));
      const producer = broker.producer(hub);
      for (const user of new Set(users)) await producer.sendBatch([{ body: { of: user } }], { partitionKey: user });
      const partitions = new Map<string, Set<string>>();
      for (const partition of await producer.getPartitionIds()) {
        const { isEmpty, lastEnqueuedSequenceNumber } = await producer.getPartitionProperties(partition);
        if (isEmpty) continue;
        const events = await collect(broker.consumer(hub), { count: lastEnqueuedSequenceNumber + 1, partition });
        for (const event of events) {
          const { id, of: user = users[Number(id)] } = event.body as { id?: string; of?: string };
          partitions.set(user!, (partitions.get(user!) ?? new Set()).add(partition));
          expect(event.partitionKey).toBe(user);
          if (id !== undefined) expect(event.properties).toMatchObject({ shop: 'main', total: id });
          expect(event.properties ?? {}).not.toHaveProperty('PartitionKey');
        }
      }
      expect([...partitions.values()].map(({ size }) => size)).toEqual([1, 1, 1]);
      await topic.settled({ delivered: 6 });
    },
  },
  {
    name: 'an event hub that is not there is tried again after at least 5 min, with the outcome NotFound',
    async run(stage) {
      const broker = await stage.broker();
      const topic = await stage.topic();
      await topic.subscribe({ destination: destination(broker, 'not-yet') });
      await topic.publish('1');
      await topic.settled({ retrying: 1, lastError: expect.stringMatching(/^NotFound: /) as string });
      await broker.broker.putHub({ name: 'not-yet', partitionCount: 1, retentionHours: 1 });
      expect(await topic.passToNextAttempt()).toBeGreaterThanOrEqual(300);
      await topic.settled({ delivered: 1, pending: 0 });
    },
  },
  {
    name: 'an event hub that does not let Event Grid in is tried again after at least 5 min, with the outcome Unauthorized',
    async run(stage) {
      const broker = await stage.broker();
      const hub = await broker.hub();
      const topic = await stage.topic();
      const wrong = broker.connectionString({ name: 'test-key', key: 'd3Jvbmc=' });
      await topic.subscribe({ destination: destination(broker, hub, wrong) });
      await topic.publish('1');
      await topic.settled({ retrying: 1, lastError: expect.stringMatching(/^Unauthorized: /) as string });
      expect(await topic.passToNextAttempt()).toBeGreaterThanOrEqual(300);
    },
  },
  {
    name: 'while Event Hubs is away events wait, with the outcome SocketError, and are delivered when it is back',
    async run(stage) {
      const broker = await TestBroker.start();
      try {
        const hub = await broker.hub();
        const topic = await stage.topic();
        const { port } = broker.broker;
        await topic.subscribe({ destination: destination(broker, hub) });
        await broker.broker.stop();
        await topic.publish('1', '2');
        await topic.settled({ retrying: 2, lastError: expect.stringMatching(/^SocketError: /) as string });
        await broker.restart(port);
        await topic.passToNextAttempt();
        await topic.settled({ delivered: 2, pending: 0 });
        expect(await collect(broker.consumer(hub), { count: 2 })).toHaveLength(2);
      } finally {
        await broker.end();
      }
    },
  },
  {
    name: 'an event that is too large for the hub is dead-lettered at once with the outcome PayloadTooLarge',
    async run(stage) {
      const broker = await stage.broker();
      const hub = await broker.hub();
      const deadLetters = await stage.deadLetters();
      const topic = await stage.topic();
      await topic.subscribe({ destination: destination(broker, hub), deadLetter: deadLetters.destination });
      await topic.publish({ id: 'large', data: { text: 'x'.repeat(1_048_200) } });
      await topic.publish('small');
      await topic.settled({ delivered: 1, undeliverable: 1 });
      stage.clock.advance(DEAD_LETTER_DELAY_MS);
      await topic.settled({ deadLettered: 1, pending: 0 });
      expect((await deadLetters.read())[0]?.events).toMatchObject([
        { id: 'large', deliveryattempts: 1, lastdeliveryoutcome: 'PayloadTooLarge' },
      ]);
    },
  },
];
