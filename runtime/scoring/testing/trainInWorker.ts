import { parentPort, workerData } from 'node:worker_threads';
import { transitionsOf } from '../evaluation.ts';
import { DecayedCounts } from '../popularity.ts';
import { trainRecommender } from '../trainer.ts';
import { untrainedRecord } from './randomModel.ts';
import type { RecommenderSettings } from '../../contracts/model.ts';
import type { TrainingUser } from '../training/supportedCore.ts';

/** Worker thread: trains a model on the users in `workerData` and posts its artefacts. */
const { users, settings } = workerData as { users: TrainingUser[]; settings: RecommenderSettings };
const { artefacts } = await trainRecommender({
  users,
  transitions: transitionsOf(users, settings),
  popularity: new DecayedCounts(1000),
  settings,
  version: 'worker',
  createdAt: untrainedRecord.createdAt,
  cursors: {},
});
parentPort!.postMessage(artefacts);
