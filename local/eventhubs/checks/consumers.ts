import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { BrokerProcess } from '../testing/brokerProcess.ts';
import { GroupConsumer, type GroupConsumerOptions } from '../testing/groupConsumer.ts';
import type { EventHubProducerClient } from '@azure/event-hubs';
import type { Check, Stage } from './check.ts';

const PARTITIONS = ['0', '1', '2', '3'];
const GROUP = 'readers';
const MANY = 100_000;
const PADDING = 'x'.repeat(450);
const WAIT = { timeout: 25_000, interval: 50 };

/** What all consumers of a group together have processed, by partition, in the order of processing. */
class Ledger {
  readonly #processed = new Map(PARTITIONS.map((id) => [id, [] as number[]]));

  take(partition: string, numbers: number[]): void {
    this.#processed.get(partition)?.push(...numbers);
  }

  get count(): number {
    return [...this.#processed.values()].reduce((sum, numbers) => sum + numbers.length, 0);
  }

  /** Number of different events. */
  get distinct(): number {
    return [...this.#processed.values()].reduce((sum, numbers) => sum + new Set(numbers).size, 0);
  }

  of(partition: string): number[] {
    return this.#processed.get(partition) ?? [];
  }

  expectExactlyOnce(count: number): void {
    const expected = Array.from({ length: count }, (_, number) => number);
    for (const id of PARTITIONS) expect(this.of(id)).toEqual(expected);
  }

  /** Nothing left out; what was processed again follows what was processed before. */
  expectAtLeastOnce(count: number): void {
    const expected = Array.from({ length: count }, (_, number) => number);
    for (const id of PARTITIONS) expect([...new Set(this.of(id))]).toEqual(expected);
  }
}

/** A hub with consumers that keep their checkpoints in a container of their own. */
class Group {
  readonly ledger = new Ledger();
  readonly #options: Omit<GroupConsumerOptions, 'onBatch'>;

  private constructor(options: Omit<GroupConsumerOptions, 'onBatch'>) {
    this.#options = options;
  }

  static async of(stage: Stage, connectionString: string, hub: string): Promise<Group> {
    const blobs = await stage.blobs();
    const { containerName: container } = await blobs.container();
    const blobConnectionString = blobs.connectionString;
    return new Group({ connectionString, hub, group: GROUP, blobConnectionString, container });
  }

  consumer(): GroupConsumer {
    return new GroupConsumer({ ...this.#options, onBatch: (id, numbers) => this.ledger.take(id, numbers) });
  }

  /** A consumer that can be killed. */
  consumerProcess(): { kill(): void; batches: () => number } {
    const entry = fileURLToPath(new URL('../testing/groupConsumerProcess.ts', import.meta.url));
    const flags = ['--disable-warning=ExperimentalWarning'];
    const child = spawn(process.execPath, [...flags, entry, JSON.stringify(this.#options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const kill = () => void child.kill('SIGKILL');
    onTestFinished(kill);
    let batches = 0;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { partition, numbers } = JSON.parse(line) as { partition: string; numbers: number[] };
      batches += 1;
      this.ledger.take(partition, numbers);
    });
    return { kill, batches: () => batches };
  }
}

async function send(producer: EventHubProducerClient, from: number, to: number): Promise<void> {
  await Promise.all(
    PARTITIONS.map(async (partitionId) => {
      let batch = await producer.createBatch({ partitionId });
      for (let number = from; number < to; number += 1) {
        const event = { body: { number, padding: PADDING } };
        if (batch.tryAdd(event)) continue;
        await producer.sendBatch(batch);
        batch = await producer.createBatch({ partitionId });
        batch.tryAdd(event);
      }
      await producer.sendBatch(batch);
    }),
  );
}

async function sharedHub(stage: Stage): Promise<{ group: Group; producer: EventHubProducerClient }> {
  const { test } = stage;
  const hub = await test.hub({ partitionCount: PARTITIONS.length, groups: [GROUP] });
  return { group: await Group.of(stage, test.connectionString(), hub), producer: test.producer(hub) };
}

export const consumerChecks: Check[] = [
  {
    name: `${MANY} events pass a change of consumers with checkpoints: none lost, none twice, in order`,
    async run(stage) {
      const { group, producer } = await sharedHub(stage);
      const each = MANY / PARTITIONS.length;
      const first = group.consumer();
      const sending = send(producer, 0, each);
      await expect.poll(() => group.ledger.count, WAIT).toBeGreaterThan(MANY / 5);
      await first.close();
      const second = group.consumer();
      await sending;
      await expect.poll(() => group.ledger.count, WAIT).toBeGreaterThanOrEqual(MANY);
      await second.close();
      group.ledger.expectExactlyOnce(each);
      expect([...first.errors, ...second.errors]).toEqual([]);
    },
  },
  {
    name: 'two consumers share the partitions of a hub, and one that stays takes those of one that leaves',
    async run(stage) {
      const { group, producer } = await sharedHub(stage);
      const first = group.consumer();
      await expect.poll(() => first.partitions.size, WAIT).toBe(4);
      const second = group.consumer();
      await expect.poll(() => [first.partitions.size, second.partitions.size], WAIT).toEqual([2, 2]);
      await send(producer, 0, 100);
      await expect.poll(() => group.ledger.count, WAIT).toBe(400);
      await first.close();
      await expect.poll(() => second.partitions.size, WAIT).toBe(4);
      await send(producer, 100, 110);
      await expect.poll(() => group.ledger.count, WAIT).toBe(440);
      await second.close();
      group.ledger.expectExactlyOnce(110);
    },
  },
  {
    name: 'the partitions of one of three consumers that is killed move to the others: no event is lost',
    async run(stage) {
      const { group, producer } = await sharedHub(stage);
      const killed = group.consumerProcess();
      await send(producer, 0, 50);
      await expect.poll(() => killed.batches(), WAIT).toBeGreaterThan(0);
      const [second, third] = [group.consumer(), group.consumer()];
      await expect.poll(() => second.partitions.size + third.partitions.size, WAIT).toBeGreaterThanOrEqual(2);
      await send(producer, 50, 2_000);
      killed.kill();
      await send(producer, 2_000, 2_050);
      await expect.poll(() => second.partitions.size + third.partitions.size, WAIT).toBe(4);
      await expect.poll(() => group.ledger.distinct, WAIT).toBe(4 * 2_050);
      await Promise.all([second.close(), third.close()]);
      group.ledger.expectAtLeastOnce(2_050);
    },
  },
  {
    name: 'a consumer that starts again goes on behind its checkpoint with exactly the new events',
    async run(stage) {
      const { group, producer } = await sharedHub(stage);
      const first = group.consumer();
      await send(producer, 0, 25);
      await expect.poll(() => group.ledger.count, WAIT).toBe(100);
      await first.close();
      await send(producer, 25, 35);
      const second = group.consumer();
      await expect.poll(() => group.ledger.count, WAIT).toBe(140);
      await second.close();
      group.ledger.expectExactlyOnce(35);
    },
  },
  {
    name: 'consumers with checkpoints survive a kill and a graceful restart of the broker: no event is lost',
    async run(stage) {
      const broker = await BrokerProcess.start();
      onTestFinished(() => broker.end());
      const hub = 'restarts';
      await broker.process.call('putHub', { name: hub, partitionCount: PARTITIONS.length, retentionHours: 1 });
      await broker.process.call('putConsumerGroup', { hub, name: GROUP });
      const group = await Group.of(stage, broker.connectionString, hub);
      const consumer = group.consumer();
      const retryOptions = { maxRetries: 50, retryDelayInMs: 50, maxRetryDelayInMs: 100, timeoutInMs: 1_000 };
      const producer = broker.producer(hub, { retryOptions });
      await send(producer, 0, 200);
      await expect.poll(() => group.ledger.distinct, WAIT).toBe(800);
      await broker.kill();
      await send(producer, 200, 400);
      await expect.poll(() => group.ledger.distinct, WAIT).toBe(1_600);
      await broker.restart();
      await send(producer, 400, 600);
      await expect.poll(() => group.ledger.distinct, WAIT).toBe(2_400);
      await consumer.close();
      group.ledger.expectAtLeastOnce(600);
    },
  },
];
