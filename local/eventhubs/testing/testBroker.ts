import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  EventHubConsumerClient,
  EventHubProducerClient,
  RetryMode,
  type EventHubClientOptions,
} from '@azure/event-hubs';
import { EventHubsBroker, type EventHubsBrokerOptions } from '../broker.ts';
import type { CaptureSettings } from '../capture/captureSettings.ts';
import type { AccessKey } from '../tokens.ts';

export const ACCESS_KEY: AccessKey = { name: 'test-key', key: 'c2VjcmV0LXZhbHVl' };

/** Tests must not wait for the client's usual minute. */
export const QUICK_RETRIES = {
  retryOptions: { maxRetries: 2, retryDelayInMs: 50, timeoutInMs: 3_000, mode: RetryMode.Fixed },
};

let hubs = 0;

interface HubOptions {
  partitionCount?: number;
  groups?: readonly string[];
  capture?: CaptureSettings;
}

/** A broker in this process with a folder of its own, and official clients for it. */
export class TestBroker {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'attune-eventhubs-'));
  #broker: EventHubsBroker | undefined;
  readonly #options: Partial<EventHubsBrokerOptions>;
  readonly #clients: { close(): Promise<void> }[] = [];

  private constructor(options: Partial<EventHubsBrokerOptions>) {
    this.#options = options;
  }

  static async start(options: Partial<EventHubsBrokerOptions> = {}): Promise<TestBroker> {
    const broker = new TestBroker(options);
    await broker.restart();
    return broker;
  }

  get broker(): EventHubsBroker {
    if (!this.#broker) throw new Error('the broker is not running');
    return this.#broker;
  }

  /** Starts it, after a stop on the same port as before. */
  async restart(port = 0, options: Partial<EventHubsBrokerOptions> = {}): Promise<void> {
    const { dataDir } = this;
    this.#broker = await EventHubsBroker.start({
      dataDir,
      port,
      accessKey: ACCESS_KEY,
      durability: 'none',
      ...this.#options,
      ...options,
    });
  }

  /** Closes all clients, stops and removes everything. */
  async end(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.broker.stop();
    rmSync(this.dataDir, { recursive: true });
  }

  /** Declares a hub that no other test uses. */
  async hub({ partitionCount = 1, groups = [], capture }: HubOptions = {}): Promise<string> {
    hubs += 1;
    const name = `Hub-${hubs}`;
    await this.broker.putHub({ name, partitionCount, retentionHours: 1, capture });
    for (const group of groups) await this.broker.putConsumerGroup({ hub: name, name: group });
    return name;
  }

  connectionString({ name, key }: AccessKey = ACCESS_KEY): string {
    const { port } = this.broker;
    return `Endpoint=sb://127.0.0.1:${port};SharedAccessKeyName=${name};SharedAccessKey=${key};UseDevelopmentEmulator=true`;
  }

  producer(hub: string, options: EventHubClientOptions & { accessKey?: AccessKey } = {}): EventHubProducerClient {
    const connection = this.connectionString(options.accessKey);
    return this.#opened(new EventHubProducerClient(connection, hub, { ...QUICK_RETRIES, ...options }));
  }

  consumer(
    hub: string,
    group = '$Default',
    { connectionString = this.connectionString() } = {},
  ): EventHubConsumerClient {
    return this.#opened(new EventHubConsumerClient(group, connectionString, hub, QUICK_RETRIES));
  }

  #opened<Client extends { close(): Promise<void> }>(client: Client): Client {
    this.#clients.push(client);
    return client;
  }
}
