import { app } from '@azure/functions';
import type { SignalDocument } from '../../contracts/documents.ts';
import { CONTAINERS, DATABASE, FUNCTIONS } from '../../contracts/names.ts';
import { CONNECTIONS, SETTINGS } from '../../contracts/settings.ts';
import type { Environment } from '../../clients/connection.ts';
import type { StreamLearner } from './streamLearner.ts';

/** Changes are asked for so often; what a batch taught need not be in the tables sooner. */
const POLL_DELAY_MS = 1000;

/** Function `transitions`: follows the signals that ingest writes and learns from each delta. */
export function registerTransitions(env: Environment, learner: StreamLearner): void {
  app.cosmosDB(FUNCTIONS.transitions, {
    connection: CONNECTIONS.cosmos.name,
    databaseName: env[SETTINGS.database] || DATABASE,
    containerName: CONTAINERS.signals.name,
    leaseContainerName: CONTAINERS.leases.name,
    leaseContainerPrefix: 'transitions-',
    feedPollDelay: POLL_DELAY_MS,
    maxItemsPerInvocation: 100,
    startFromBeginning: true,
    handler: (documents: SignalDocument[]) => learner.learn(documents.filter((document) => document.kind === 'delta')),
  });
}
