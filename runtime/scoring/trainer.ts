import type { RecommenderSettings } from '../contracts/model.ts';
import { packModel, type ModelArtefacts } from './artefacts.ts';
import { evaluateLeaveLastOut } from './evaluation.ts';
import { checkSession, openSession, type SampleHistory } from './graphSession.ts';
import type { DecayedCounts } from './popularity.ts';
import { trainItemModel } from './training/itemModel.ts';
import { supportedCore, type TrainingUser } from './training/supportedCore.ts';
import type { TransitionTable } from './transitions.ts';

export type { TrainingUser } from './training/supportedCore.ts';

/** Histories that the written graph is checked on before it is returned. */
const CHECKED_HISTORIES = 32;

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

/**
 * Trains a model on everything, measures another one on held-out items, and checks that the written graph scores as a
 * plain scorer does, to 1e-5 on users' histories. The artefacts are ready for the registry. Any amount of data will
 * do: without users the vocabulary is what has been popular, without anything it is empty. Blocks its thread for
 * seconds (see `LARGEST_EASE_BLOCK`); keeps no state outside, so that it can run in a worker thread.
 */
export async function trainRecommender(input: TrainingInput): Promise<{ artefacts: ModelArtefacts }> {
  const started = performance.now();
  const { settings, popularity } = input;
  const metrics = await evaluateLeaveLastOut({ users: input.users, settings });
  const core = supportedCore(input.users, settings.minimumSupport);
  const vocabulary = core.vocabulary.length > 0 ? core.vocabulary : popularity.top(Infinity).map(([item]) => item);
  const content = await trainItemModel({ ...input, users: core.users, vocabulary });
  const artefacts = packModel(content, {
    version: input.version,
    createdAt: input.createdAt,
    trainedOn: {
      users: core.users.length,
      items: vocabulary.length,
      interactions: countInteractions(core.users),
      cursors: input.cursors,
    },
    metrics,
    trainSeconds: (performance.now() - started) / 1000,
  });
  const session = await openSession(artefacts.graph);
  try {
    await checkSession(session, content.tables, sampleHistories(core.users, vocabulary));
  } finally {
    await session.release();
  }
  return { artefacts };
}

function countInteractions(users: readonly TrainingUser[]): number {
  let sum = 0;
  for (const { items } of users) for (const [, count] of items) sum += count;
  return sum;
}

/** The last items of users spread over the whole input, the more recent the heavier. */
function sampleHistories(users: readonly TrainingUser[], vocabulary: readonly string[]): SampleHistory[] {
  const indexOf = new Map(vocabulary.map((item, index) => [item, index]));
  const step = Math.max(1, Math.ceil(users.length / CHECKED_HISTORIES));
  return users
    .filter((_, position) => position % step === 0)
    .map(({ items }) => {
      const ids = items.slice(-20).map(([item]) => indexOf.get(item)!);
      return { ids, weights: ids.map((_, position) => 0.5 ** (ids.length - 1 - position)) };
    });
}
