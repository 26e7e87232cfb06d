import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { transitionsOf } from './evaluation.ts';
import { DecayedCounts } from './popularity.ts';
import { loadRecommender, type ModelArtefacts } from './recommender.ts';
import { defaultRecommenderSettings as settings } from './settings.ts';
import { orderlyUsers } from './testing/syntheticShop.ts';
import { trainRecommender, type TrainingInput, type TrainingUser } from './trainer.ts';
import { trainItemModel } from './training/itemModel.ts';
import { TransitionTable } from './transitions.ts';

const DAY_MS = 86_400_000;

function inputOf(users: TrainingUser[]): TrainingInput {
  const popularity = new DecayedCounts(30 * DAY_MS);
  for (const { items } of users) for (const [item, count, , last] of items) popularity.add(item, count, last);
  return {
    users,
    transitions: transitionsOf(users, settings),
    popularity,
    settings,
    version: '2026-01-01-a',
    createdAt: '2026-01-01T00:00:00.000Z',
    cursors: { 'interactions-0': 41 },
  };
}

function names(ranked: readonly { item: string }[]): string[] {
  return ranked.map(({ item }) => item);
}

describe('trainRecommender', () => {
  it('makes a model that recommends what comes next, with a complete manifest', async () => {
    const users = orderlyUsers({ users: 300, items: 60, length: 8, seed: 2 });
    const { artefacts } = await trainRecommender(inputOf(users));
    const { manifest } = artefacts;
    expect(manifest).toMatchObject({
      version: '2026-01-01-a',
      kind: 'recommender',
      createdAt: '2026-01-01T00:00:00.000Z',
      graph: { path: 'recommender/2026-01-01-a/graph.onnx', bytes: artefacts.graph.length, opset: 18 },
      vocabulary: { path: 'recommender/2026-01-01-a/vocabulary.json', items: 60 },
      popularity: { path: 'recommender/2026-01-01-a/popularity.f32' },
      settings,
      trainedOn: { users: 300, items: 60, interactions: 2400, cursors: { 'interactions-0': 41 } },
    });
    expect(manifest.metrics.users).toBe(300);
    expect(manifest.metrics.hitRateAt10).toBeGreaterThan(0.98);
    expect(manifest.trainSeconds).toBeGreaterThan(0);

    const recommender = await loadRecommender(artefacts);
    const history = ['item-10', 'item-11', 'item-12'].map((item) => ({ item, action: 'purchase' }));
    const [best] = await recommender.rank({ history, limit: 1 });
    expect(best!.item).toBe('item-13');
    expect(best!.because[0]!.item).toBe('item-12');
    expect(Math.max(...recommender.popularity)).toBe(1);
    await recommender.release();
  });

  it('is the same model for the same input', async () => {
    const users = orderlyUsers({ users: 100, items: 40, length: 6, seed: 3 });
    const [one, other] = [await trainRecommender(inputOf(users)), await trainRecommender(inputOf(users))];
    expect(other.artefacts.graph).toEqual(one.artefacts.graph);
    expect(other.artefacts.vocabulary).toEqual(one.artefacts.vocabulary);
  });

  it.each<[string, TrainingUser[], string[]]>([
    ['nobody and nothing', [], []],
    ['a user without items', [{ id: 'a', items: [] }], []],
    ['one user with one item', [{ id: 'a', items: [['x', 1, 0, 0]] }], ['x']],
    [
      'two users below the support',
      [
        {
          id: 'a',
          items: [
            ['x', 1, 0, 0],
            ['y', 1, 1, 1],
          ],
        },
        { id: 'b', items: [['x', 3, 5, 9]] },
      ],
      ['x', 'y'],
    ],
  ])('does not fail with %s', async (_, users, vocabulary) => {
    const { artefacts } = await trainRecommender(inputOf(users));
    const recommender = await loadRecommender(artefacts);
    expect(recommender.vocabulary).toEqual(vocabulary);
    expect(names(await recommender.rank({ history: [], limit: 10 }))).toEqual(vocabulary);
    expect(await recommender.similar('x', 10)).toHaveLength(Math.max(0, vocabulary.length - 1));
    await recommender.release();
  });

  it('falls back to what is popular while there are no users', async () => {
    const input = inputOf([]);
    input.popularity.add('b', 2, 0);
    input.popularity.add('a', 3, 0);
    const recommender = await loadRecommender((await trainRecommender(input)).artefacts);
    expect(names(await recommender.rank({ history: [], limit: 10 }))).toEqual(['a', 'b']);
    await recommender.release();
  });

  it('runs in a worker thread while this thread scores', async () => {
    const users = orderlyUsers({ users: 200, items: 50, length: 8, seed: 4 });
    const here = await loadRecommender((await trainRecommender(inputOf(users))).artefacts);
    const worker = new Worker(new URL('./testing/trainInWorker.ts', import.meta.url), {
      workerData: { users, settings },
    });
    const finished = once(worker, 'message') as Promise<[ModelArtefacts]>;
    const history = [{ item: 'item-20', action: 'purchase' }];
    const expected = names(await here.rank({ history, limit: 5 }));
    for (let round = 0; round < 50; round++) expect(names(await here.rank({ history, limit: 5 }))).toEqual(expected);
    const [artefacts] = await finished;
    const trained = await loadRecommender(artefacts);
    expect(names(await trained.rank({ history, limit: 1 }))).toEqual(['item-21']);
    await Promise.all([here.release(), trained.release(), worker.terminate()]);
  });
});

describe('trainItemModel', () => {
  it('gives items beyond the EASE block their transitions alone, and those within both', async () => {
    const users = orderlyUsers({ users: 100, items: 6, length: 4, seed: 5 });
    const transitions = new TransitionTable(1);
    transitions.add('item-5', 'item-0', 1, 0);
    const { tables } = await trainItemModel({
      users,
      vocabulary: ['item-0', 'item-1', 'item-2', 'item-3', 'item-4', 'item-5'],
      transitions,
      popularity: new DecayedCounts(1),
      settings: { ...settings, easeLambda: 1 },
      easeBlock: 3,
    });
    const { perItem, targets, scores } = tables.neighbours;
    const neighboursOf = (item: number) =>
      [...targets.subarray(item * perItem, (item + 1) * perItem)].filter(
        (_, column) => scores[item * perItem + column]! > 0,
      );
    expect(neighboursOf(5)).toEqual([0]);
    expect(neighboursOf(3)).toEqual([]);
    expect(neighboursOf(0).length).toBeGreaterThan(0);
    expect(neighboursOf(0).every((item) => item < 3)).toBe(true);
  });
});
