import type { ItemTally } from '../contracts/documents.ts';
import type { RecommenderSettings } from '../contracts/model.ts';
import type { DecayedCounts } from './popularity.ts';
import type { ModelArtefacts } from './recommender.ts';
import type { TransitionTable } from './transitions.ts';

/** A user's positive interactions, one entry per item in order of the first. */
export interface TrainingUser {
  id: string;
  items: readonly ItemTally[];
}

export interface TrainingInput {
  users: TrainingUser[];
  transitions: TransitionTable;
  popularity: DecayedCounts;
  settings: RecommenderSettings;
  version: string;
  /** RFC 3339. */
  createdAt: string;
  /** Hub partition to the sequence number that the training data reaches. */
  cursors: Record<string, number>;
}

/** Trains, evaluates and verifies a model; the artefacts are ready to be written to the registry. */
export async function trainRecommender(_input: TrainingInput): Promise<{ artefacts: ModelArtefacts }> {
  throw new Error('trainRecommender is being written');
}
