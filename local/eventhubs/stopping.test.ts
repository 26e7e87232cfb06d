import { EventHubProducerClient, RetryMode } from '@azure/event-hubs';
import { expect, it, onTestFinished } from 'vitest';
import { AmqpPeer } from './testing/amqpPeer.ts';
import { collect, Listener } from './testing/receiving.ts';
import { TestBroker } from './testing/testBroker.ts';

/** The client's own 60 s for each attempt: what these tests wait for must not depend on running into it. */
const DEFAULT_TIMEOUT = {
  retryOptions: { maxRetries: 50, retryDelayInMs: 50, maxRetryDelayInMs: 100, mode: RetryMode.Fixed },
};

async function startBroker(options: Parameters<typeof TestBroker.start>[0] = {}): Promise<TestBroker> {
  const test = await TestBroker.start(options);
  onTestFinished(() => test.end());
  return test;
}

it('senders lose nothing over a stop and start, and store nothing twice', async () => {
  const test = await startBroker();
  const hub = await test.hub({ partitionCount: 2 });
  const { port } = test.broker;
  const producer = new EventHubProducerClient(test.connectionString(), hub, DEFAULT_TIMEOUT);
  let sent = 0;
  let stopped = false;
  const sending = (async () => {
    while (!stopped || sent < 400) {
      await producer.sendBatch([{ body: sent }], { partitionId: String(sent % 2) });
      sent += 1;
    }
  })();
  for (const threshold of [100, 200, 300]) {
    await expect.poll(() => sent, { timeout: 20_000 }).toBeGreaterThan(threshold);
    await test.broker.stop();
    await test.restart(port);
  }
  stopped = true;
  await sending;
  await producer.close();
  const events = await collect(test.consumer(hub), { count: sent });
  const numbers = events.map(({ body }) => Number(body)).sort((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: sent }, (_, number) => number));
});

it('receivers that wait for their usual minute go on at once after a stop and start', async () => {
  const test = await startBroker();
  const hub = await test.hub();
  const { port } = test.broker;
  const listener = new Listener(test.consumer(hub), '0', { maxWaitTimeInSeconds: 60 });
  await test.producer(hub).sendBatch([{ body: 'before' }]);
  await listener.until(({ events }) => events.length === 1);
  await test.broker.stop();
  await test.restart(port);
  const producer = new EventHubProducerClient(test.connectionString(), hub, DEFAULT_TIMEOUT);
  await producer.sendBatch([{ body: 'after' }]);
  await listener.until(({ events }) => events.length === 2);
  expect(listener.events.map(({ body }) => body as unknown)).toEqual(['before', 'after']);
  await Promise.all([producer.close(), listener.close()]);
});

it('a peer hears detach-forced for its links and connection:forced for its connection, in this order', async () => {
  const test = await startBroker({ accessKey: undefined });
  const hub = await test.hub();
  const { port } = test.broker;
  const peer = await AmqpPeer.open(port);
  const sender = await peer.sender(hub);
  const receiver = await peer.receiver(`${hub}/ConsumerGroups/$Default/Partitions/0`);
  const heard: string[] = [];
  sender.on('sender_close', () => heard.push((sender.error as { condition: string }).condition));
  receiver.on('receiver_close', () => heard.push((receiver.error as { condition: string }).condition));
  peer.connection.on('connection_close', () => heard.push((peer.connection.error as { condition: string }).condition));
  await test.broker.stop();
  await test.restart(port);
  expect(heard).toEqual(['amqp:link:detach-forced', 'amqp:link:detach-forced', 'amqp:connection:forced']);
});
