import { createHash } from 'node:crypto';
import { earliestEventPosition, EventHubConsumerClient, latestEventPosition, RetryMode } from '@azure/event-hubs';
import type {
  EventHubConsumerClientOptions,
  EventPosition,
  SubscribeOptions,
  Subscription,
  SubscriptionEventHandlers,
} from '@azure/event-hubs';
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import type { ContainerClient } from '@azure/storage-blob';
import { HostError } from '../../hostError.ts';
import type { Connection } from '../../settings/connection.ts';
import type { EventHubsOptions } from '../../settings/hostJson.ts';
import type { HostStorage } from '../../storage/hostStorage.ts';
import { boundCredit } from './creditWindow.ts';

/** The part of `EventHubConsumerClient` that the trigger uses. */
export interface HubConsumer {
  subscribe(handlers: SubscriptionEventHandlers, options: SubscribeOptions): Subscription;
  getPartitionProperties(partitionId: string): Promise<{ lastEnqueuedSequenceNumber: number }>;
  getPartitionIds(): Promise<string[]>;
  /** When the checkpoint of a partition was written; undefined: there is none. */
  checkpointedAt(partitionId: string): Promise<Date | undefined>;
  close(): Promise<void>;
}

/** Which hub a trigger reads, for whom. */
export interface HubSource {
  connection: string;
  eventHubName: string;
  consumerGroup: string;
}

/**
 * Longest try, ms. The JavaScript client does not notice that a connection broke off under a request for the facts of
 * the hub, and takes no partition until that try has ended; Azure's own host notices at once.
 */
const LONGEST_TRY_MS = 5_000;

/** Longest pause before ownerships are looked at again, ms; it is also the client's pause after a failure to do so. */
const LONGEST_BALANCING_MS = 10_000;

/** Container of checkpoints and ownerships, named as on Azure. */
const CHECKPOINTS = 'azure-webjobs-eventhub';

export interface HubConsumerArgs {
  source: HubSource;
  /** How to reach the namespace. */
  target: Connection;
  /** Where checkpoints lie. */
  storage: HostStorage;
  /** Names this host, see `ListenerContext`. */
  instanceId: string;
  options: EventHubsOptions;
}

/**
 * A consumer of the hub whose checkpoints lie in the host storage. Ownerships that this very host left behind when it
 * died are given up first, because nobody could take the partitions before they expire.
 */
export async function openHubConsumer({
  source,
  target,
  storage,
  instanceId,
  options,
}: HubConsumerArgs): Promise<HubConsumer> {
  boundCredit();
  const { connection, consumerGroup } = source;
  const identifier = createHash('sha256').update(`${instanceId}/${connection}`).digest('hex').slice(0, 32);
  const checkpoints = await storage.container(CHECKPOINTS);
  const store = new BlobCheckpointStore(checkpoints);
  const client = consumerClient(source, target, store, clientOptions(identifier, options));
  await giveUpOwnerships(store, client, consumerGroup, identifier);
  const { fullyQualifiedNamespace, eventHubName } = client;
  const folder = [fullyQualifiedNamespace, eventHubName, consumerGroup, 'checkpoint'].join('/').toLowerCase();
  return Object.assign(client, {
    checkpointedAt: (partitionId: string) => writtenAt(checkpoints, `${folder}/${partitionId}`),
  });
}

async function writtenAt(container: ContainerClient, blobName: string): Promise<Date | undefined> {
  const blob = container.getBlobClient(blobName);
  return (await blob.exists()) ? (await blob.getProperties()).lastModified : undefined;
}

/**
 * What host.json says of the client, in the terms of the JavaScript one. The transport stays AMQP over TCP: a local
 * namespace takes WebSockets on another port than the one in its connection string.
 */
export function clientOptions(identifier: string, options: EventHubsOptions): EventHubConsumerClientOptions {
  const { mode, tryTimeoutMs, delayMs, maximumDelayMs, maximumRetries } = options.clientRetry;
  return {
    identifier,
    customEndpointAddress: options.customEndpointAddress,
    retryOptions: {
      mode: mode === 'fixed' ? RetryMode.Fixed : RetryMode.Exponential,
      maxRetries: maximumRetries,
      retryDelayInMs: delayMs,
      maxRetryDelayInMs: maximumDelayMs,
      timeoutInMs: Math.min(tryTimeoutMs, LONGEST_TRY_MS),
    },
    loadBalancingOptions: {
      strategy: 'greedy',
      updateIntervalInMs: Math.min(options.loadBalancingUpdateIntervalMs, LONGEST_BALANCING_MS),
      partitionOwnershipExpirationIntervalInMs: options.partitionOwnershipExpirationIntervalMs,
    },
  };
}

function consumerClient(
  { connection, eventHubName, consumerGroup }: HubSource,
  target: Connection,
  store: BlobCheckpointStore,
  options: EventHubConsumerClientOptions,
): EventHubConsumerClient {
  if (!('connectionString' in target)) {
    const host = target.properties.fullyQualifiedNamespace!;
    return new EventHubConsumerClient(consumerGroup, host, eventHubName, target.credential, store, options);
  }
  const { connectionString } = target;
  try {
    // A hub in the connection string wins over the one of the binding.
    return /(?:^|;)\s*EntityPath\s*=/i.test(connectionString)
      ? new EventHubConsumerClient(consumerGroup, connectionString, store, options)
      : new EventHubConsumerClient(consumerGroup, connectionString, eventHubName, store, options);
  } catch (error) {
    throw new HostError(`Connection "${connection}" is no Event Hubs connection string: ${(error as Error).message}`);
  }
}

/** Where a partition without a checkpoint starts. */
export function startPosition({ initialOffset }: EventHubsOptions): EventPosition {
  if (initialOffset.from === 'start') return earliestEventPosition;
  return initialOffset.from === 'end' ? latestEventPosition : { enqueuedOn: initialOffset.from };
}

async function giveUpOwnerships(
  store: BlobCheckpointStore,
  { fullyQualifiedNamespace, eventHubName }: EventHubConsumerClient,
  consumerGroup: string,
  identifier: string,
): Promise<void> {
  const ownerships = await store.listOwnership(fullyQualifiedNamespace, eventHubName, consumerGroup);
  const own = ownerships.filter(({ ownerId }) => ownerId === identifier);
  await store.claimOwnership(own.map((ownership) => ({ ...ownership, ownerId: '' })));
}
