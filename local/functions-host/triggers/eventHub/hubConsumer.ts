import { createHash } from 'node:crypto';
import { earliestEventPosition, EventHubConsumerClient, latestEventPosition } from '@azure/event-hubs';
import type { EventPosition, SubscribeOptions, Subscription, SubscriptionEventHandlers } from '@azure/event-hubs';
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import { HostError } from '../../hostError.ts';
import { readConnection } from '../../settings/connection.ts';
import type { EventHubsOptions } from '../../settings/hostJson.ts';
import type { ListenerContext } from '../listener.ts';
import { boundCredit } from './creditWindow.ts';

/** The part of `EventHubConsumerClient` that the trigger uses. */
export interface HubConsumer {
  subscribe(handlers: SubscriptionEventHandlers, options: SubscribeOptions): Subscription;
  getPartitionProperties(partitionId: string): Promise<{ lastEnqueuedSequenceNumber: number }>;
  close(): Promise<void>;
}

/** Which hub a trigger reads, for whom. */
export interface HubSource {
  connection: string;
  eventHubName: string;
  consumerGroup: string;
}

/** Container of checkpoints and ownerships, named as on Azure. */
const CHECKPOINTS = 'azure-webjobs-eventhub';

/**
 * A consumer of the hub whose checkpoints lie in the host storage. Ownerships that this very host left behind when it
 * died are given up first, because nobody could take the partitions before they expire.
 */
export async function openHubConsumer(source: HubSource, context: ListenerContext): Promise<HubConsumer> {
  boundCredit();
  const { connection, consumerGroup } = source;
  const options = context.hostJson.eventHubs;
  const identifier = createHash('sha256').update(`${context.instanceId}/${connection}`).digest('hex').slice(0, 32);
  const target = await readConnection(context.settings, connection, ['fullyQualifiedNamespace']);
  const store = new BlobCheckpointStore(await context.storage.container(CHECKPOINTS));
  const clientOptions = {
    identifier,
    loadBalancingOptions: {
      strategy: 'greedy',
      updateIntervalInMs: options.loadBalancingUpdateIntervalMs,
      partitionOwnershipExpirationIntervalInMs: options.partitionOwnershipExpirationIntervalMs,
    },
  } as const;
  let client: EventHubConsumerClient;
  if ('connectionString' in target) {
    const { connectionString } = target;
    // A hub in the connection string wins over the one of the binding.
    const hub = /(?:^|;)\s*EntityPath\s*=/i.test(connectionString) ? [] : ([source.eventHubName] as const);
    try {
      client = hub.length
        ? new EventHubConsumerClient(consumerGroup, connectionString, hub[0], store, clientOptions)
        : new EventHubConsumerClient(consumerGroup, connectionString, store, clientOptions);
    } catch (error) {
      throw new HostError(`Connection "${connection}" is no Event Hubs connection string: ${(error as Error).message}`);
    }
  } else {
    const { properties, credential } = target;
    const host = properties.fullyQualifiedNamespace!;
    client = new EventHubConsumerClient(consumerGroup, host, source.eventHubName, credential, store, clientOptions);
  }
  await giveUpOwnerships(store, client, consumerGroup, identifier);
  return client;
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
