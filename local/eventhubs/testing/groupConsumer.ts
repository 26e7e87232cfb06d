import { EventHubConsumerClient, earliestEventPosition, RetryMode, type ReceivedEventData } from '@azure/event-hubs';
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import { BlobServiceClient } from '@azure/storage-blob';

export interface GroupConsumerOptions {
  connectionString: string;
  hub: string;
  group: string;
  blobConnectionString: string;
  container: string;
  /** Told about every batch after it was processed and before it is checkpointed. */
  onBatch(partition: string, numbers: number[]): void;
}

/** Partitions of a consumer that is gone are free after this time. */
const OWNERSHIP_MS = 3_000;

/**
 * One of several consumers of a group, as the official client makes them with checkpoints in Blob Storage: it processes
 * numbered events and checkpoints after every batch.
 */
export class GroupConsumer {
  readonly errors: Error[] = [];
  readonly partitions = new Set<string>();
  readonly #client: EventHubConsumerClient;
  readonly #subscription: { close(): Promise<void> };

  constructor({ connectionString, hub, group, blobConnectionString, container, onBatch }: GroupConsumerOptions) {
    const blobs = BlobServiceClient.fromConnectionString(blobConnectionString).getContainerClient(container);
    this.#client = new EventHubConsumerClient(group, connectionString, hub, new BlobCheckpointStore(blobs), {
      // Enough to live through a restart of the broker: one that gives a partition up takes it again only after the
      // client's fixed 30 s between two tries of a management request.
      retryOptions: { maxRetries: 200, retryDelayInMs: 50, timeoutInMs: 2_000, mode: RetryMode.Fixed },
      loadBalancingOptions: {
        strategy: 'greedy',
        updateIntervalInMs: 300,
        partitionOwnershipExpirationIntervalInMs: OWNERSHIP_MS,
      },
    });
    this.#subscription = this.#client.subscribe(
      {
        processEvents: async (events: ReceivedEventData[], context) => {
          const last = events.at(-1);
          if (!last) return;
          onBatch(
            context.partitionId,
            events.map(({ body }) => (body as { number: number }).number),
          );
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
