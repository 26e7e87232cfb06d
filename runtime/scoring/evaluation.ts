import { EXCLUDED, type RecommenderSettings } from '../contracts/model.ts';
import { packModel } from './artefacts.ts';
import { DecayedCounts } from './popularity.ts';
import { loadRecommender, type Recommender } from './recommender.ts';
import { trainItemModel } from './training/itemModel.ts';
import { supportedCore, type TrainingUser } from './training/supportedCore.ts';
import { TransitionTable, transitionsInto } from './transitions.ts';

const DAY_MS = 86_400_000;
const CUTOFF = 10;

/** Users that are ranked at most, evenly spread: more would only sharpen the third digit. */
const MOST_RANKED_USERS = 20_000;

export interface LeaveLastOutMetrics {
  /** Share of users whose held-out item is among the first ten. */
  hitRateAt10: number;
  /** Mean of 1 / log2(1 + place) of the held-out item, 0 beyond place ten. */
  ndcgAt10: number;
  /** Users whose last item was held out and ranked. */
  users: number;
}

/** A user's training items, and the one that came last. */
interface Split {
  training: TrainingUser;
  heldOut: string;
}

/**
 * Leave-last-out: within the supported core the last item of every user is held out, a model is trained on the rest
 * (its transitions rebuilt from the shortened sequences) and ranks the whole vocabulary, without the user's other
 * items, through `Recommender.rank`. Zero users where nobody has two items.
 */
export async function evaluateLeaveLastOut(input: {
  users: readonly TrainingUser[];
  settings: RecommenderSettings;
}): Promise<LeaveLastOutMetrics> {
  // A tally does not say by which action: all count alike.
  const settings = { ...input.settings, actionWeights: { custom: 1 } };
  const core = supportedCore(input.users, settings.minimumSupport);
  const splits = core.users.filter(({ items }) => items.length > 1).map(holdOutLast);
  if (splits.length === 0) return { hitRateAt10: 0, ndcgAt10: 0, users: 0 };
  const users = splits.map(({ training }) => training);
  const content = await trainItemModel({
    users,
    vocabulary: core.vocabulary,
    transitions: transitionsOf(users, settings),
    popularity: popularityOf(users, settings),
    settings,
  });
  const record = {
    version: 'leave-last-out',
    createdAt: new Date(0).toISOString(),
    trainedOn: { users: users.length, items: core.vocabulary.length, interactions: 0, cursors: {} },
    metrics: { hitRateAt10: 0, ndcgAt10: 0, users: 0 },
    trainSeconds: 0,
  };
  const recommender = await loadRecommender(packModel(content, record));
  try {
    return await rankHeldOut(recommender, splits);
  } finally {
    await recommender.release();
  }
}

function holdOutLast({ id, items }: TrainingUser): Split {
  return { training: { id, items: items.slice(0, -1) }, heldOut: items.at(-1)![0] };
}

/** Transitions between each user's items in their order, at the time of the later one. */
export function transitionsOf(users: readonly TrainingUser[], settings: RecommenderSettings): TransitionTable {
  const table = new TransitionTable(settings.transitionHalfLifeDays);
  for (const { items } of users) {
    const names = items.map(([item]) => item);
    for (const [position, [item, , first]] of items.entries()) {
      const previous = names.slice(Math.max(0, position - settings.transitionWindow), position);
      for (const [from, weight] of transitionsInto(previous, item, settings.transitionWindow)) {
        table.add(from, item, weight, first);
      }
    }
  }
  return table;
}

function popularityOf(users: readonly TrainingUser[], settings: RecommenderSettings): DecayedCounts {
  const counts = new DecayedCounts(settings.transitionHalfLifeDays * DAY_MS);
  for (const { items } of users) for (const [item, , first] of items) counts.add(item, 1, first);
  return counts;
}

async function rankHeldOut(recommender: Recommender, splits: readonly Split[]): Promise<LeaveLastOutMetrics> {
  const boost = new Float32Array(recommender.vocabulary.length);
  const step = Math.max(1, splits.length / MOST_RANKED_USERS);
  let users = 0;
  let hits = 0;
  let gain = 0;
  for (let next = 0; next < splits.length; next += step) {
    const { training, heldOut } = splits[Math.floor(next)]!;
    for (const [item] of training.items) boost[recommender.indexOf(item)] = EXCLUDED;
    const history = training.items.map(([item]) => ({ item, action: 'custom' }));
    const ranked = await recommender.rank({ history, boost, limit: CUTOFF });
    for (const [item] of training.items) boost[recommender.indexOf(item)] = 0;
    const place = ranked.findIndex(({ item }) => item === heldOut);
    users++;
    if (place < 0) continue;
    hits++;
    gain += 1 / Math.log2(place + 2);
  }
  return { hitRateAt10: hits / users, ndcgAt10: gain / users, users };
}
