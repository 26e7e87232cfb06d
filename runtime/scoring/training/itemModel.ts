import type { RecommenderSettings } from '../../contracts/model.ts';
import type { ModelContent } from '../artefacts.ts';
import type { DecayedCounts } from '../popularity.ts';
import type { TransitionTable } from '../transitions.ts';
import { blendNeighbours, type TransitionRow } from './blend.ts';
import { trainEase } from './ease.ts';
import type { TrainingUser } from './supportedCore.ts';

/**
 * Items that EASE is trained for: the most supported ones. Its time grows with the cube and its memory with the square
 * of this number (12 bytes each: 300 MB); the items after them have transitions alone.
 */
export const LARGEST_EASE_BLOCK = 5000;

/** Weight of the most popular item's popularity; a strong neighbour of the last click scores about a hundred times it. */
const PRIOR_WEIGHT = 0.005;

/** Pseudo-observations without a known follower: keeps one lone transition from being a certainty. */
const UNSEEN_TRANSITIONS = 1;

/** Trains the item-item table and the popularity prior for a vocabulary in order of support. */
export async function trainItemModel(input: {
  users: readonly TrainingUser[];
  vocabulary: readonly string[];
  transitions: TransitionTable;
  popularity: DecayedCounts;
  settings: RecommenderSettings;
  /** Items that EASE is trained for; `LARGEST_EASE_BLOCK` by default. */
  easeBlock?: number;
}): Promise<ModelContent> {
  const { vocabulary, settings } = input;
  const indexOf = new Map(vocabulary.map((item, index) => [item, index]));
  const ease = await trainEase({
    sequences: input.users.map((user) => indices(user, indexOf)),
    items: Math.min(vocabulary.length, input.easeBlock ?? LARGEST_EASE_BLOCK),
    lambda: settings.easeLambda,
  });
  const neighbours = blendNeighbours({
    ease,
    transitions: vocabulary.map((item) => transitionRow(input.transitions, item, indexOf)),
    easeShare: settings.easeShare,
    perItem: Math.min(settings.neighbours, Math.max(vocabulary.length - 1, 0)),
  });
  const popularity = normalisedPopularity(input.popularity, vocabulary);
  const prior = popularity.map((value) => PRIOR_WEIGHT * value);
  return { tables: { neighbours, prior }, vocabulary, popularity, settings };
}

function indices(user: TrainingUser, indexOf: ReadonlyMap<string, number>): Int32Array {
  const known: number[] = [];
  for (const [item] of user.items) {
    const index = indexOf.get(item);
    if (index !== undefined) known.push(index);
  }
  return Int32Array.from(known);
}

/** Probabilities of what follows an item, among the items of the vocabulary. */
function transitionRow(table: TransitionTable, item: string, indexOf: ReadonlyMap<string, number>): TransitionRow {
  const targets: number[] = [];
  const weights: number[] = [];
  let total = UNSEEN_TRANSITIONS;
  for (const [to, weight] of table.row(item)) {
    const index = indexOf.get(to);
    if (index === undefined) continue;
    targets.push(index);
    weights.push(weight);
    total += weight;
  }
  return { targets: Int32Array.from(targets), probabilities: Float32Array.from(weights, (weight) => weight / total) };
}

/** Popularity as of the latest event, divided by the largest; all zero where nothing was counted. */
function normalisedPopularity(counts: DecayedCounts, vocabulary: readonly string[]): Float32Array {
  const values = vocabulary.map((item) => Math.max(counts.value(item, counts.latest), 0));
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  return Float32Array.from(values, (value) => (largest > 0 ? value / largest : 0));
}
