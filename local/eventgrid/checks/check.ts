import { onTestFinished } from 'vitest';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { TestBroker } from '../../eventhubs/testing/testBroker.ts';
import type { EventSchema } from '../model.ts';
import type { EventGridArgs } from '../service.ts';
import { startAzurite, type BlobStorage } from '../testing/startAzurite.ts';
import { TestGrid, type TestTopic } from '../testing/testGrid.ts';
import { startWebhook, type WebhookArgs, type WebhookReceiver } from '../testing/webhookReceiver.ts';

/** One behaviour of the service that publishers and subscribers rely on; its name reads as a sentence. */
export interface Check {
  name: string;
  /**
   * `differs`: Azure behaves in another way, which the sentence tells, or Microsoft does not say how it does. `refused`:
   * Azure can do it, this service says by name that it cannot. Absent: like Azure.
   */
  fidelity?: 'differs' | 'refused';
  run(stage: Stage): Promise<void>;
}

/** The service under check, and real endpoints to deliver to. */
export class Stage {
  readonly grid: TestGrid;
  #blobs: Promise<BlobStorage> | undefined;
  #broker: Promise<TestBroker> | undefined;
  #containers = 0;

  private constructor(grid: TestGrid) {
    this.grid = grid;
  }

  static async set(): Promise<Stage> {
    return new Stage(await TestGrid.start());
  }

  async strike(): Promise<void> {
    await this.grid.end();
    await (await this.#blobs)?.stop();
    await (await this.#broker)?.end();
  }

  get clock() {
    return this.grid.clock;
  }

  /** A topic until the end of the check, of CloudEvents unless told otherwise. */
  async topic(schema?: EventSchema): Promise<TestTopic> {
    const topic = await this.grid.topic(schema);
    onTestFinished(() => this.grid.service.deleteTopic({ name: topic.name }));
    return topic;
  }

  /** A service with settings of its own, until the end of the check. */
  async otherGrid(args: Partial<EventGridArgs>): Promise<TestGrid> {
    const grid = await TestGrid.start(args);
    onTestFinished(() => grid.end());
    return grid;
  }

  /** A webhook until the end of the check. */
  async hook(args: WebhookArgs = {}): Promise<WebhookReceiver> {
    const hook = await startWebhook(args);
    onTestFinished(() => hook.close());
    return hook;
  }

  /** Blob Storage for all checks, started by the first that needs it. */
  blobs(): Promise<BlobStorage> {
    this.#blobs ??= startAzurite();
    return this.#blobs;
  }

  /** Event Hubs for all checks, started by the first that needs it. */
  broker(): Promise<TestBroker> {
    this.#broker ??= TestBroker.start();
    return this.#broker;
  }

  /** A new blob container, as the dead-letter destination of a subscription. */
  async deadLetters(): Promise<DeadLetters> {
    const { connectionString } = await this.blobs();
    this.#containers += 1;
    const container = `dead-${this.#containers}`;
    const service = BlobServiceClient.fromConnectionString(connectionString);
    await service.createContainer(container);
    return {
      destination: { connectionString, container },
      read: () => readBlobs(service.getContainerClient(container)),
    };
  }
}

export interface DeadLetters {
  destination: { connectionString: string; container: string };
  /** The blobs of the container. */
  read(): Promise<DeadLetterBlob[]>;
}

export interface DeadLetterBlob {
  name: string;
  events: Record<string, unknown>[];
}

/** Name and events of each blob of a container. */
export async function readBlobs(container: ContainerClient): Promise<DeadLetterBlob[]> {
  const blobs: DeadLetterBlob[] = [];
  for await (const { name } of container.listBlobsFlat()) {
    const content = await container.getBlobClient(name).downloadToBuffer();
    blobs.push({ name, events: JSON.parse(content.toString()) as Record<string, unknown>[] });
  }
  return blobs;
}

/** The destination of a subscription that delivers to a webhook, here also in the place of a function. */
export function to(hook: { url: string }, type: 'WebHook' | 'AzureFunction' = 'WebHook') {
  return { type, url: hook.url };
}

/** The ids of the events that a webhook got, one per notification that carries a single CloudEvent. */
export function idsOf(hook: WebhookReceiver): string[] {
  return hook.notifications().map(({ body }) => (body as { id: string }).id);
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** When a dead letter is surely due: the documented five minutes, and what is gathered into one blob. */
export const DEAD_LETTER_DELAY_MS = 5 * MINUTE + 10_000;
