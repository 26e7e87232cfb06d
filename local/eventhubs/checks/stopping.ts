import { EventHubProducerClient, RetryMode } from '@azure/event-hubs';
import { expect, onTestFinished } from 'vitest';
import { AmqpPeer } from '../testing/amqpPeer.ts';
import { BrokerProcess } from '../testing/brokerProcess.ts';
import { collect, Listener } from '../testing/receiving.ts';
import { bodies, firstPartition, type Check } from './check.ts';

/** The client's own 60 s for each attempt: what waits for a graceful stop must not depend on running into it. */
const DEFAULT_TIMEOUT = {
  retryOptions: { maxRetries: 50, retryDelayInMs: 50, maxRetryDelayInMs: 100, mode: RetryMode.Fixed },
};
/** After a kill the client waits for its timeout before it notices. */
const SHORT_TIMEOUT = { retryOptions: { ...DEFAULT_TIMEOUT.retryOptions, timeoutInMs: 1_000 } };

/** Sends numbers one after the other until it is told to stop. */
class NumberSender {
  readonly #client: EventHubProducerClient;
  readonly #partitions: number;
  readonly #running: Promise<void>;
  #stopping = false;
  /** How many have been accepted: all below. */
  accepted = 0;

  constructor(client: EventHubProducerClient, partitions: number) {
    this.#client = client;
    this.#partitions = partitions;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
    await this.#client.close();
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const partitionId = String(this.accepted % this.#partitions);
      await this.#client.sendBatch([{ body: this.accepted }], { partitionId });
      this.accepted += 1;
    }
  }
}

export const stoppingChecks: Check[] = [
  {
    name: 'a graceful stop detaches links with amqp:link:detach-forced, then closes with amqp:connection:forced',
    async run(stage) {
      const test = await stage.broker({ accessKey: undefined });
      const hub = await test.hub();
      const { port } = test.broker;
      const peer = await AmqpPeer.open(port);
      const sender = await peer.sender(hub);
      const receiver = await peer.receiver(firstPartition(hub));
      const heard: string[] = [];
      const hear = (error: unknown) => heard.push((error as { condition: string }).condition);
      sender.on('sender_close', () => hear(sender.error));
      receiver.on('receiver_close', () => hear(receiver.error));
      peer.connection.on('connection_close', () => hear(peer.connection.error));
      await test.broker.stop();
      await test.restart(port);
      expect(heard).toEqual(['amqp:link:detach-forced', 'amqp:link:detach-forced', 'amqp:connection:forced']);
    },
  },
  {
    name: 'senders lose nothing over graceful stops and starts, and store nothing twice',
    async run(stage) {
      const test = await stage.broker();
      const hub = await test.hub({ partitionCount: 2 });
      const { port } = test.broker;
      const sender = new NumberSender(new EventHubProducerClient(test.connectionString(), hub, DEFAULT_TIMEOUT), 2);
      for (const threshold of [100, 200, 300]) {
        await expect.poll(() => sender.accepted, { timeout: 20_000 }).toBeGreaterThan(threshold);
        await test.broker.stop();
        await test.restart(port);
      }
      await sender.stop();
      const events = await collect(test.consumer(hub), { count: sender.accepted });
      const numbers = events.map(({ body }) => Number(body)).sort((a, b) => a - b);
      expect(numbers).toEqual(Array.from({ length: sender.accepted }, (_, number) => number));
    },
  },
  {
    name: 'a receiver that waits for its usual minute goes on at once after a graceful stop and start',
    async run(stage) {
      const test = await stage.broker();
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
      expect(bodies(listener.events)).toEqual(['before', 'after']);
      await Promise.all([producer.close(), listener.close()]);
    },
  },
  {
    name: 'a broker that is killed under load keeps every event that it accepted, in order, without a gap',
    async run() {
      const broker = await BrokerProcess.start();
      onTestFinished(() => broker.end());
      await broker.process.call('putHub', { name: 'crash', partitionCount: 1, retentionHours: 1 });
      const sender = new NumberSender(broker.producer('crash', SHORT_TIMEOUT), 1);
      for (let kill = 1; kill <= 2; kill += 1) {
        const before = sender.accepted;
        await expect.poll(() => sender.accepted, { timeout: 20_000 }).toBeGreaterThan(before + 100);
        await broker.kill();
      }
      await sender.stop();
      const count = await broker.stored('crash');
      const events = await collect(broker.consumer('crash', SHORT_TIMEOUT), { count, partition: '0' });
      expect(events.map(({ sequenceNumber }) => sequenceNumber)).toEqual(events.map((_, index) => index));
      // An event whose acknowledgement was lost is sent again, right behind the first copy of itself.
      const numbers = events.map(({ body }) => Number(body));
      expect([...new Set(numbers)]).toEqual(Array.from({ length: sender.accepted }, (_, number) => number));
      expect(numbers.length - sender.accepted).toBeLessThanOrEqual(2);
    },
  },
  {
    name: 'a receiver whose broker is killed goes on where it was, without an event twice or left out',
    async run() {
      const broker = await BrokerProcess.start();
      onTestFinished(() => broker.end());
      await broker.process.call('putHub', { name: 'crash', partitionCount: 1, retentionHours: 1 });
      const producer = broker.producer('crash', SHORT_TIMEOUT);
      const listener = new Listener(broker.consumer('crash', SHORT_TIMEOUT), '0', { maxWaitTimeInSeconds: 1 });
      await producer.sendBatch([{ body: 0 }, { body: 1 }]);
      await listener.until(({ events }) => events.length === 2);
      await broker.kill();
      await producer.sendBatch([{ body: 2 }]);
      await listener.until(({ events }) => events.length === 3);
      expect(bodies(listener.events)).toEqual([0, 1, 2]);
      await Promise.all([listener.close(), producer.close()]);
    },
  },
];
