import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventHubConsumerClient, type ReceivedEventData } from '@azure/event-hubs';
import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EventHubsBroker } from '../../eventhubs/broker.ts';
import type { SubscriptionDefinition } from '../model.ts';
import { describeSubscription, startService, TEST_KEY, type TestService } from '../testing/startService.ts';

let folder: string;
let broker: EventHubsBroker;
let test: TestService;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'eventgrid-hubs-'));
  broker = await EventHubsBroker.start({ dataDir: folder, port: 0 });
  await broker.putHub({ name: 'outcomes', partitionCount: 4, retentionHours: 1 });
  test = await startService();
});
afterEach(async () => {
  await test.end();
  await broker.stop();
  rmSync(folder, { recursive: true });
});

const connectionString = (port: number) =>
  `Endpoint=sb://127.0.0.1:${port};SharedAccessKeyName=k;SharedAccessKey=${TEST_KEY};UseDevelopmentEmulator=true`;

const put = (definition: Partial<SubscriptionDefinition> = {}) =>
  test.service.putSubscription({
    topic: 'orders',
    name: 'to-hub',
    destination: { type: 'EventHub', connectionString: connectionString(broker.port), eventHub: 'outcomes' },
    ...definition,
  });

const client = <T extends 'CloudEvent' | 'EventGrid'>(schema: T) =>
  new EventGridPublisherClient(test.service.endpoint('orders'), schema, new AzureKeyCredential(TEST_KEY), {
    allowInsecureConnection: true,
  });

/** The first events of the hub, received with the official client. */
async function receive(count: number): Promise<(ReceivedEventData & { partition: string })[]> {
  const received: (ReceivedEventData & { partition: string })[] = [];
  const consumer = new EventHubConsumerClient('$Default', connectionString(broker.port), 'outcomes');
  const subscription = consumer.subscribe(
    {
      processEvents: async (events, { partitionId }) => {
        for (const event of events) received.push({ ...event, partition: partitionId });
      },
      processError: async (error) => console.error(error),
    },
    { startPosition: { offset: '-1' }, maxWaitTimeInSeconds: 1 },
  );
  await vi.waitFor(() => expect(received).toHaveLength(count), { timeout: 15_000, interval: 20 });
  await subscription.close();
  await consumer.close();
  return received;
}

describe('an Event Hubs destination', () => {
  it('gets CloudEvents as JSON with the partition key and properties of the subscription', async () => {
    await test.service.putTopic({ name: 'orders', inputSchema: 'CloudEventSchemaV1_0', key: TEST_KEY });
    await put({
      deliveryAttributeMappings: [
        { name: 'PartitionKey', type: 'Dynamic', sourceField: 'data.userId' },
        { name: 'origin', type: 'Static', value: 'grid' },
      ],
    });
    const users = ['u1', 'u2', 'u3', 'u1', 'u2', 'u3', 'u1', 'u2', 'u3'];
    await client('CloudEvent').send(
      users.map((userId, id) => ({ id: String(id), source: '/s', type: 't', data: { userId } })),
    );
    const received = await receive(users.length);
    const bodies = received.map(({ body }) => body as { id: string; data: { userId: string } });
    expect(bodies.map(({ id }) => id).toSorted()).toEqual(users.map((_, id) => String(id)));
    const first = received.find(({ body }) => (body as { id: string }).id === '0')!;
    expect(first.body).toMatchObject({ specversion: '1.0', source: '/s', type: 't', data: { userId: 'u1' } });
    expect(first).toMatchObject({ contentType: 'application/cloudevents+json', partitionKey: 'u1' });
    expect(first.properties).toEqual({
      origin: 'grid',
      'aeg-event-type': 'Notification',
      'aeg-subscription-name': 'TO-HUB',
      'aeg-delivery-count': '0',
      'aeg-metadata-version': '1.0',
      'aeg-output-event-id': '0',
    });
    for (const user of new Set(users)) {
      const partitions = received.filter(({ partitionKey }) => partitionKey === user).map(({ partition }) => partition);
      expect(new Set(partitions).size).toBe(1);
    }
    await vi.waitFor(() =>
      expect(describeSubscription(test.service, 'to-hub')).toMatchObject({ delivered: 9, pending: 0 }),
    );
  });

  it('gets an array of one in the Event Grid schema', async () => {
    await test.service.putTopic({ name: 'orders', inputSchema: 'EventGridSchema', key: TEST_KEY });
    await put();
    await client('EventGrid').send([{ id: '7', eventType: 't', subject: 's', dataVersion: '2', data: { a: 1 } }]);
    const [event] = await receive(1);
    expect(event?.body).toMatchObject([{ id: '7', eventType: 't', data: { a: 1 }, metadataVersion: '1' }]);
    expect(event).toMatchObject({ contentType: 'application/json', properties: { 'aeg-data-version': '2' } });
  });

  it('is retried until the hub is there, and until the broker runs', async () => {
    await test.service.putTopic({ name: 'orders', inputSchema: 'CloudEventSchemaV1_0', key: TEST_KEY });
    await broker.deleteHub({ name: 'outcomes' });
    await put();
    await client('CloudEvent').send([{ id: '1', source: '/s', type: 't', data: {} }]);
    await vi.waitFor(
      () =>
        expect(describeSubscription(test.service, 'to-hub')).toMatchObject({
          retrying: 1,
          lastError: expect.stringMatching(/^NotFound: /),
        }),
      { timeout: 10_000 },
    );
    const { port } = broker;
    await broker.stop();
    broker = await EventHubsBroker.start({ dataDir: folder, port });
    await broker.putHub({ name: 'outcomes', partitionCount: 1, retentionHours: 1 });
    const [event] = await receive(1);
    expect(event?.body).toMatchObject({ id: '1' });
  });
});
