import { join } from 'node:path';
import { EventHubConsumerClient, earliestEventPosition, type ReceivedEventData } from '@azure/event-hubs';
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import { ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { azuriteProcess, blobConnectionString } from '../cloud/azurite.ts';
import { freePort } from '../cloud/ports.ts';
import type { ManagedProcess } from '../process/managedProcess.ts';
import { QUICK_RETRIES, TestBroker } from './testing/testBroker.ts';

const EVENTS = 100_000;
const PARTITIONS = ['0', '1', '2', '3'];
const PADDING = 'x'.repeat(450);
const ACCOUNT = { name: 'checkpoints', key: Buffer.from('checkpoint-account-key').toString('base64') };

let test: TestBroker;
let azurite: ManagedProcess;
let container: ContainerClient;

beforeAll(async () => {
  test = await TestBroker.start();
  const port = await freePort();
  const folders = { dataDir: join(test.dataDir, 'blobs'), logDir: join(test.dataDir, 'logs') };
  azurite = azuriteProcess({ port, ...folders, accounts: { [ACCOUNT.name]: ACCOUNT.key } });
  await azurite.start();
  container = new ContainerClient(blobConnectionString(ACCOUNT.name, ACCOUNT.key, port), 'checkpoints');
  await container.create();
});

afterAll(async () => {
  await azurite.stop();
  await test.end();
});

/** What all consumers together have processed, by partition, in the order of processing. */
const processed = new Map(PARTITIONS.map((id) => [id, [] as number[]]));
const count = () => [...processed.values()].reduce((sum, numbers) => sum + numbers.length, 0);

/** A consumer that checkpoints after every batch. */
class Consumer {
  readonly errors: Error[] = [];
  readonly partitions = new Set<string>();
  readonly #client: EventHubConsumerClient;
  readonly #subscription: { close(): Promise<void> };

  constructor(hub: string) {
    const store = new BlobCheckpointStore(container);
    this.#client = new EventHubConsumerClient('readers', test.connectionString(), hub, store, {
      ...QUICK_RETRIES,
      loadBalancingOptions: { strategy: 'greedy', updateIntervalInMs: 500 },
    });
    this.#subscription = this.#client.subscribe(
      {
        processEvents: async (events: ReceivedEventData[], context) => {
          const last = events.at(-1);
          if (!last) return;
          processed.get(context.partitionId)?.push(...events.map(({ body }) => (body as { number: number }).number));
          await context.updateCheckpoint(last);
        },
        processInitialize: async ({ partitionId }) => void this.partitions.add(partitionId),
        processClose: async (_, { partitionId }) => void this.partitions.delete(partitionId),
        processError: async (error) => void this.errors.push(error),
      },
      { startPosition: earliestEventPosition, maxBatchSize: 1_000, maxWaitTimeInSeconds: 1 },
    );
  }

  async close(): Promise<void> {
    await this.#subscription.close();
    await this.#client.close();
  }
}

async function send(hub: string, partitionId: string, from: number, to: number): Promise<void> {
  const producer = test.producer(hub);
  let batch = await producer.createBatch({ partitionId });
  for (let number = from; number < to; number += 1) {
    const event = { body: { number, padding: PADDING } };
    if (batch.tryAdd(event)) continue;
    await producer.sendBatch(batch);
    batch = await producer.createBatch({ partitionId });
    batch.tryAdd(event);
  }
  await producer.sendBatch(batch);
}

describe('the loop of official clients: a producer and consumers with checkpoints in Blob Storage', () => {
  it(`brings ${EVENTS} events through a change of consumers: none lost, none twice, in order`, async () => {
    const hub = await test.hub({ partitionCount: PARTITIONS.length, groups: ['readers'] });
    const each = EVENTS / PARTITIONS.length;
    const first = new Consumer(hub);
    const sending = Promise.all(PARTITIONS.map((id) => send(hub, id, 0, each)));
    await expect.poll(count, { timeout: 60_000, interval: 20 }).toBeGreaterThan(EVENTS / 5);
    await first.close();
    const second = new Consumer(hub);
    await sending;
    await expect.poll(count, { timeout: 60_000, interval: 50 }).toBeGreaterThanOrEqual(EVENTS);
    await second.close();

    const expected = Array.from({ length: each }, (_, number) => number);
    for (const id of PARTITIONS) expect(processed.get(id)).toEqual(expected);
    expect([...first.errors, ...second.errors]).toEqual([]);
  }, 120_000);

  it('shares the partitions of a hub between two consumers, and gives all to the one that stays', async () => {
    for (const numbers of processed.values()) numbers.length = 0;
    const hub = await test.hub({ partitionCount: PARTITIONS.length, groups: ['readers'] });
    const first = new Consumer(hub);
    await expect.poll(() => first.partitions.size, { timeout: 20_000 }).toBe(4);
    const second = new Consumer(hub);
    await expect.poll(() => [first.partitions.size, second.partitions.size], { timeout: 20_000 }).toEqual([2, 2]);
    await Promise.all(PARTITIONS.map((id) => send(hub, id, 0, 100)));
    await expect.poll(count, { timeout: 20_000 }).toBe(400);
    await first.close();
    await expect.poll(() => second.partitions.size, { timeout: 20_000 }).toBe(4);
    await Promise.all(PARTITIONS.map((id) => send(hub, id, 100, 110)));
    await expect.poll(count, { timeout: 20_000 }).toBe(440);
    await second.close();
    const expected = Array.from({ length: 110 }, (_, number) => number);
    for (const id of PARTITIONS) expect(processed.get(id)).toEqual(expected);
  }, 60_000);
});
