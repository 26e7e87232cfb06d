import { Worker } from 'node:worker_threads';
import { DecayedCounts, type DecayedCountsState } from '../../scoring/popularity.ts';
import type { ModelArtefacts } from '../../scoring/recommender.ts';
import { trainRecommender, type TrainingInput } from '../../scoring/trainer.ts';
import { TransitionTable, type TransitionTableState } from '../../scoring/transitions.ts';

/** Training input as it goes to another thread: tables in their JSON form. */
export type TrainingTask = Omit<TrainingInput, 'transitions' | 'popularity'> & {
  transitions: TransitionTableState;
  popularity: DecayedCountsState;
};

/** Trains in a thread of its own, because training computes for seconds and other functions share this process. */
export async function trainInWorker(worker: URL, input: TrainingInput): Promise<ModelArtefacts> {
  const { transitions, popularity, ...rest } = input;
  const task: TrainingTask = { ...rest, transitions: transitions.toJSON(), popularity: popularity.toJSON() };
  const thread = new Worker(worker, { workerData: task });
  try {
    return await new Promise<ModelArtefacts>((resolve, reject) => {
      thread.once('message', resolve);
      thread.once('error', reject);
      thread.once('exit', (code) => reject(new Error(`The training thread ended with code ${code} and no model.`)));
    });
  } finally {
    await thread.terminate();
  }
}

/** What the thread does. */
export async function trainTask({ transitions, popularity, ...rest }: TrainingTask): Promise<ModelArtefacts> {
  const { artefacts } = await trainRecommender({
    ...rest,
    transitions: TransitionTable.fromJSON(transitions),
    popularity: DecayedCounts.fromJSON(popularity),
  });
  return artefacts;
}
