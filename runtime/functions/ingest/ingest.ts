import type { Database } from '@azure/cosmos';
import { app, trigger, type InvocationContext } from '@azure/functions';
import { blobContainer } from '../../clients/blobContainer.ts';
import type { Environment } from '../../clients/connection.ts';
import type { RecommenderSettings } from '../../contracts/model.ts';
import { BLOB_CONTAINERS, CONSUMER_GROUPS, CONTAINERS, FUNCTIONS, HUBS } from '../../contracts/names.ts';
import { CONNECTIONS } from '../../contracts/settings.ts';
import { defaultRetryPolicy } from '../stores/retry.ts';
import { blobDeadLetterStore } from './blobDeadLetterStore.ts';
import { cosmosProfileStore } from './cosmosProfileStore.ts';
import { cosmosSignalStore } from './cosmosSignalStore.ts';
import { hubBatch } from './hubBatch.ts';
import { interestIn } from './interest.ts';
import { InteractionProcessor } from './interactionProcessor.ts';
import { partitionMemory } from './partitionMemory.ts';

const PROFILE_MEMORY_BYTES = 96 * 1024 * 1024;

export interface IngestOptions {
  env: Environment;
  settings: RecommenderSettings;
  database: Database;
}

/**
 * Function `ingest`: applies the interactions of the hub to profiles and signals. The bodies come as bytes, so that a
 * dead letter holds exactly what was received. When a store stays away the function throws, and its retry policy, which
 * never gives up, keeps the partition waiting: without one the host would move on and the batch would be lost.
 */
export function registerIngest({ env, settings, database }: IngestOptions): void {
  const processor = new InteractionProcessor({
    profiles: cosmosProfileStore(database.container(CONTAINERS.profiles.name)),
    signals: cosmosSignalStore(database.container(CONTAINERS.signals.name)),
    deadLetters: blobDeadLetterStore(blobContainer(env, BLOB_CONTAINERS.deadLetter)),
    memory: partitionMemory(PROFILE_MEMORY_BYTES),
    rules: { interest: interestIn(settings), transitionWindow: settings.transitionWindow },
    retry: defaultRetryPolicy,
  });

  app.generic(FUNCTIONS.ingest, {
    trigger: trigger.generic({
      type: 'eventHubTrigger',
      connection: CONNECTIONS.eventHubs.name,
      eventHubName: HUBS.interactions,
      consumerGroup: CONSUMER_GROUPS.interactions[0],
      cardinality: 'many',
      dataType: 'binary',
    }),
    retry: {
      strategy: 'exponentialBackoff',
      maxRetryCount: -1,
      minimumInterval: { seconds: 1 },
      maximumInterval: { minutes: 1 },
    },
    handler: async (messages: Uint8Array[], context: InvocationContext) => {
      const batch = hubBatch(messages, context);
      const deadLettered = await processor.process(batch);
      if (deadLettered > 0) context.warn(`${deadLettered} of ${messages.length} events went to the dead letters`);
    },
  });
}
