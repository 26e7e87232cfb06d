import { EventHubProducerClient } from '@azure/event-hubs';
import type { ContainerClient } from '@azure/storage-blob';
import type { LocalServices } from './localServices.ts';
import { waitFor } from './waitFor.ts';

const GROUP = 'group';

/** A hub for one test, with what its trigger has written down about it. */
export class TestHub {
  readonly name: string;
  /** App settings that lead to the hub: `EventHubs`, `HUB`, `AzureWebJobsStorage`. */
  readonly settings: Record<string, string>;
  /** Options of `app.eventHub` in the code of an app, besides the handler. */
  readonly trigger = `connection: 'EventHubs', eventHubName: '%HUB%', consumerGroup: '${GROUP}', cardinality: 'many'`;
  readonly #container: ContainerClient;
  readonly #producer: EventHubProducerClient;

  private constructor(services: LocalServices, name: string) {
    this.name = name;
    this.#container = services.blobs.getContainerClient('azure-webjobs-eventhub');
    this.settings = { ...services.settings, HUB: name };
    this.#producer = new EventHubProducerClient(services.settings.EventHubs, name);
  }

  static async create(services: LocalServices, name: string, partitionCount: number): Promise<TestHub> {
    await services.broker.putHub({ name, partitionCount, retentionHours: 24 });
    await services.broker.putConsumerGroup({ hub: name, name: GROUP });
    return new TestHub(services, name);
  }

  async send(bodies: readonly unknown[], partitionId = '0'): Promise<void> {
    await this.#producer.sendBatch(
      bodies.map((body) => ({ body })),
      { partitionId },
    );
  }

  /** Sequence number of the checkpoint of a partition; undefined: none. */
  async checkpoint(partitionId = '0'): Promise<number | undefined> {
    const blob = this.#container.getBlobClient(`127.0.0.1/${this.name}/${GROUP}/checkpoint/${partitionId}`);
    return (await blob.exists()) ? Number((await blob.getProperties()).metadata?.sequencenumber) : undefined;
  }

  async checkpointAt(sequenceNumber: number, partitionId = '0'): Promise<void> {
    const what = `the checkpoint of partition ${partitionId} at ${sequenceNumber}`;
    await waitFor(what, async () => (await this.checkpoint(partitionId)) === sequenceNumber);
  }

  /** Who owns which partition, by the checkpoint store; an empty text: nobody. */
  async owners(): Promise<Record<string, string>> {
    const owners: Record<string, string> = {};
    const prefix = `127.0.0.1/${this.name}/${GROUP}/ownership/`;
    for await (const { name, metadata } of this.#container.listBlobsFlat({ prefix, includeMetadata: true })) {
      owners[name.slice(prefix.length)] = metadata?.ownerid ?? '';
    }
    return owners;
  }

  /** Lets the next host start as if it were the first. */
  async forgetCheckpoints(): Promise<void> {
    const prefix = `127.0.0.1/${this.name}/${GROUP}/checkpoint/`;
    for await (const { name } of this.#container.listBlobsFlat({ prefix })) await this.#container.deleteBlob(name);
  }

  close(): Promise<void> {
    return this.#producer.close();
  }
}
