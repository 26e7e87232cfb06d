import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EventHubConsumerClient, EventHubProducerClient, type EventHubClientOptions } from '@azure/event-hubs';
import { expect } from 'vitest';
import { ServiceProcess } from '../../process/serviceProcess.ts';
import type { BrokerDescription } from '../broker.ts';
import { ACCESS_KEY } from './testBroker.ts';

/** A broker in a process of its own, as the local stack runs it: one that is killed comes back at the same address. */
export class BrokerProcess {
  readonly process: ServiceProcess;
  readonly #folder: string;
  readonly #clients: { close(): Promise<void> }[] = [];
  #ends = 0;

  private constructor(process: ServiceProcess, folder: string) {
    this.process = process;
    this.#folder = folder;
  }

  static async start(): Promise<BrokerProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'attune-crash-'));
    const broker = new ServiceProcess({
      name: 'eventhubs',
      entry: fileURLToPath(new URL('../main.ts', import.meta.url)),
      dataDir: join(folder, 'data'),
      logDir: join(folder, 'logs'),
      options: { keyName: ACCESS_KEY.name, key: ACCESS_KEY.key },
      ports: { amqp: 0, http: 0 },
    });
    await broker.start();
    return new BrokerProcess(broker, folder);
  }

  get connectionString(): string {
    const credentials = `SharedAccessKeyName=${ACCESS_KEY.name};SharedAccessKey=${ACCESS_KEY.key}`;
    return `Endpoint=sb://127.0.0.1:${this.process.ports.amqp};${credentials};UseDevelopmentEmulator=true`;
  }

  producer(hub: string, options: EventHubClientOptions): EventHubProducerClient {
    const client = new EventHubProducerClient(this.connectionString, hub, options);
    this.#clients.push(client);
    return client;
  }

  consumer(hub: string, options: EventHubClientOptions): EventHubConsumerClient {
    const client = new EventHubConsumerClient('$Default', this.connectionString, hub, options);
    this.#clients.push(client);
    return client;
  }

  /** Kills it in the middle of whatever it does and waits until it is back. */
  kill(): Promise<void> {
    return this.#endWith('SIGKILL');
  }

  /** Makes it stop gracefully and waits until it is back. */
  restart(): Promise<void> {
    return this.#endWith('SIGTERM');
  }

  /** Events in the hub's first partition. */
  async stored(hub: string): Promise<number> {
    const { hubs } = await this.process.call<BrokerDescription>('describe');
    return (hubs.find(({ name }) => name === hub)?.partitions[0].lastSequence ?? -1) + 1;
  }

  async #endWith(signal: NodeJS.Signals): Promise<void> {
    this.#ends += 1;
    this.process.process.kill(signal);
    await expect.poll(() => this.process.process.restarts, { timeout: 20_000 }).toBe(this.#ends);
    await this.process.process.settled();
  }

  async end(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.process.stop();
    rmSync(this.#folder, { recursive: true });
  }
}
