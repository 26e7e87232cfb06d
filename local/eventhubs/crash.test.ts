import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EventHubConsumerClient, EventHubProducerClient, RetryMode } from '@azure/event-hubs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceProcess } from '../process/serviceProcess.ts';
import type { BrokerDescription } from './broker.ts';
import { collect } from './testing/receiving.ts';
import { ACCESS_KEY } from './testing/testBroker.ts';

const HUB = 'crash';
const PARTITIONS = 2;
const KILLS = 3;
const BATCH = 20;

/** After a kill the client waits for this timeout before it notices. */
const RETRIES = {
  retryOptions: { maxRetries: 100, retryDelayInMs: 50, timeoutInMs: 1_500, mode: RetryMode.Fixed },
};

let folder: string;
let broker: ServiceProcess;
let connectionString: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'attune-crash-'));
  broker = new ServiceProcess({
    name: 'eventhubs',
    entry: fileURLToPath(new URL('main.ts', import.meta.url)),
    dataDir: join(folder, 'data'),
    logDir: join(folder, 'logs'),
    options: { keyName: ACCESS_KEY.name, key: ACCESS_KEY.key },
    ports: { amqp: 0 },
  });
  await broker.start();
  await broker.call('putHub', { name: HUB, partitionCount: PARTITIONS, retentionHours: 1 });
  const endpoint = `Endpoint=sb://127.0.0.1:${broker.ports.amqp}`;
  const credentials = `SharedAccessKeyName=${ACCESS_KEY.name};SharedAccessKey=${ACCESS_KEY.key}`;
  connectionString = `${endpoint};${credentials};UseDevelopmentEmulator=true`;
});

afterAll(async () => {
  await broker.stop();
  rmSync(folder, { recursive: true });
});

/** Sends numbered batches to one partition until it is told to stop; `accepted` are those that were acknowledged. */
class Sender {
  readonly accepted: number[] = [];
  readonly #running: Promise<void>;
  #stopping = false;

  constructor(partitionId: string) {
    this.#running = this.#run(partitionId);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  async #run(partitionId: string): Promise<void> {
    const client = new EventHubProducerClient(connectionString, HUB, RETRIES);
    for (let next = 0; !this.#stopping; next += BATCH) {
      const numbers = Array.from({ length: BATCH }, (_, index) => next + index);
      await client.sendBatch(
        numbers.map((body) => ({ body })),
        { partitionId },
      );
      this.accepted.push(...numbers);
    }
    await client.close();
  }
}

describe('a broker that is killed under load', () => {
  it('has every event that it accepted, in order, with a contiguous sequence', async () => {
    const senders = Array.from({ length: PARTITIONS }, (_, id) => new Sender(String(id)));
    const port = broker.ports.amqp;
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const before = senders.map(({ accepted }) => accepted.length);
      await expect
        .poll(() => senders.every(({ accepted }, id) => accepted.length > before[id] + 500), { timeout: 20_000 })
        .toBe(true);
      broker.process.kill('SIGKILL');
      await expect.poll(() => broker.process.restarts, { timeout: 20_000 }).toBe(kill);
      await broker.process.settled();
    }
    await Promise.all(senders.map((sender) => sender.stop()));
    expect(broker.ports.amqp).toBe(port);

    const { hubs } = await broker.call<BrokerDescription>('describe');
    for (const [id, { accepted }] of senders.entries()) {
      const count = hubs[0].partitions[id].lastSequence + 1;
      const consumer = new EventHubConsumerClient('$Default', connectionString, HUB, RETRIES);
      const events = await collect(consumer, { count, partition: String(id), maxBatchSize: 1_000 });
      await consumer.close();
      expect(events.map(({ sequenceNumber }) => sequenceNumber)).toEqual(events.map((_, index) => index));
      // A batch whose acknowledgement was lost is sent again: whole, and behind the first copy of itself.
      const bodies = events.map(({ body }) => Number(body));
      expect([...new Set(bodies)]).toEqual(accepted);
      expect(bodies.length - accepted.length).toBeLessThanOrEqual(KILLS * BATCH);
    }
  });
});
