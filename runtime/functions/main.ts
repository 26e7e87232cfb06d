import { extname } from 'node:path';
import { blobContainer } from '../clients/blobContainer.ts';
import { cosmosDatabase } from '../clients/cosmosDatabase.ts';
import { eventGridPublisher } from '../clients/eventGridPublisher.ts';
import { BLOB_CONTAINERS, CONTAINERS } from '../contracts/names.ts';
import { SETTINGS } from '../contracts/settings.ts';
import { recommenderSettings } from '../scoring/settings.ts';
import { registerHealth } from './health.ts';
import { registerIngest } from './ingest/ingest.ts';
import { cosmosDeltaSource } from './learner/deltaSource.ts';
import { readLearned } from './learner/learned.ts';
import { blobSnapshotStore } from './learner/snapshotStore.ts';
import { defaultSnapshotPolicy, StreamLearner } from './learner/streamLearner.ts';
import { registerTransitions } from './learner/transitions.ts';
import { blobModelRegistry } from './training/modelRegistry.ts';
import { registerRefresh } from './training/refresh.ts';
import { registerTrain } from './training/train.ts';
import { Trainer } from './training/trainer.ts';
import { readTrainingUsers } from './training/trainingUsers.ts';
import { trainInWorker } from './training/workerTrainer.ts';

/** Entry of the function app: builds the parts from the app settings and registers the functions. */

const env = process.env;
const settings = recommenderSettings(env[SETTINGS.recommender]);
const database = cosmosDatabase(env);
const learnerContainer = blobContainer(env, BLOB_CONTAINERS.learner);
const snapshots = blobSnapshotStore(learnerContainer, settings.transitionHalfLifeDays);
const deltas = cosmosDeltaSource(database.container(CONTAINERS.signals.name));
const learner = new StreamLearner({ snapshots, deltas, policy: defaultSnapshotPolicy, now: Date.now });
const registry = blobModelRegistry(blobContainer(env, BLOB_CONTAINERS.models));
// Beside this file, with its extension: `.ts` from the sources, `.mjs` in the bundle.
const worker = new URL(`./trainWorker${extname(import.meta.filename)}`, import.meta.url);
const trainer = new Trainer({
  settings,
  lockContainer: learnerContainer,
  registry,
  events: eventGridPublisher(env),
  readUsers: () => readTrainingUsers(database.container(CONTAINERS.profiles.name)),
  readLearned: () => readLearned({ snapshots, deltas }, settings.transitionHalfLifeDays),
  train: (input) => trainInWorker(worker, input),
});

registerIngest({ env, settings, database });
registerTransitions(env, learner);
registerTrain(trainer);
registerRefresh({ trainer, registry, deltas, learner });
registerHealth();
