import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXCLUDED } from '../contracts/model.ts';
import { packModel, type ModelContent } from './artefacts.ts';
import type { HistoryItem } from './historyEncoder.ts';
import { loadRecommender, type Recommender } from './recommender.ts';
import { randomModel, untrainedRecord } from './testing/randomModel.ts';

const ITEMS = 40;
const content: ModelContent = {
  ...randomModel({ items: ITEMS, perItem: 6, seed: 5 }),
  settings: {
    ...randomModel({ items: 0, perItem: 0, seed: 0 }).settings,
    historyHalfLife: 2,
    historyLength: 4,
    actionWeights: { purchase: 1, click: 0.5, dismiss: 0, custom: 0.25 },
  },
};

let recommender: Recommender;
beforeAll(async () => {
  recommender = await loadRecommender(packModel(content, untrainedRecord));
});
afterAll(async () => recommender.release());

/** The definition, one term at a time: what a history entry adds to each item. */
function termsOf(history: readonly HistoryItem[]): { from: number; to: number; value: number }[] {
  const { targets, scores, perItem } = content.tables.neighbours;
  const { actionWeights } = content.settings;
  const usable = history
    .map(({ item, action }) => ({ index: Number(item.slice(5)), weight: actionWeights[action] ?? 0.25 }))
    .filter(({ index, weight }) => index < ITEMS && weight > 0)
    .reverse()
    .slice(0, 4);
  return usable.flatMap(({ index, weight }, age) =>
    Array.from({ length: perItem }, (_, column) => ({
      from: index,
      to: targets[index * perItem + column]!,
      value: weight * 0.5 ** (age / 2) * scores[index * perItem + column]!,
    })),
  );
}

/** Histories with repeats, unknown items (40 and up) and actions without weight. */
const histories = fc.array(
  fc.record({
    item: fc.integer({ min: 0, max: ITEMS + 5 }).map((index) => `item-${index}`),
    action: fc.constantFrom('purchase', 'click', 'dismiss', 'wish'),
  }),
  { maxLength: 10 },
);
const boosts = fc.array(fc.oneof(fc.constant(EXCLUDED), fc.double({ min: -1, max: 1, noNaN: true })), {
  minLength: ITEMS,
  maxLength: ITEMS,
});

describe('rank', () => {
  it('follows the definition: recency × action × neighbours + prior + boost, best first, excluded items gone', async () => {
    await fc.assert(
      fc.asyncProperty(histories, boosts, fc.integer({ min: 1, max: 50 }), async (history, boostList, limit) => {
        const boost = Float32Array.from(boostList);
        const expected = Float64Array.from(boost, (value, item) => value + content.tables.prior[item]!);
        for (const { to, value } of termsOf(history)) expected[to]! += value;
        const allowed = [...expected].filter((score) => score > EXCLUDED / 2).sort((a, b) => b - a);

        const ranked = await recommender.rank({ history, boost, limit });
        expect(ranked).toHaveLength(Math.min(limit, allowed.length));
        expect(new Set(ranked.map(({ index }) => index)).size).toBe(ranked.length);
        ranked.forEach(({ item, index, score }, place) => {
          expect(item).toBe(`item-${index}`);
          expect(score).toBeCloseTo(expected[index]!, 4);
          expect(score).toBeCloseTo(allowed[place]!, 4);
        });
      }),
    );
  });

  it('explains each item by the history items that added most, with their exact shares', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        const terms = termsOf(history);
        for (const { index, because } of await recommender.rank({ history, limit: ITEMS })) {
          const parts = new Map<number, number>();
          for (const { from, to, value } of terms) if (to === index) parts.set(from, (parts.get(from) ?? 0) + value);
          const total = [...parts.values()].reduce((sum, part) => sum + part, 0);
          const largest = [...parts.values()].sort((a, b) => b - a).slice(0, 3);
          expect(because).toHaveLength(largest.length);
          because.forEach(({ item, share }, place) => {
            expect(share).toBeCloseTo(parts.get(Number(item.slice(5)))! / total, 5);
            expect(share).toBeCloseTo(largest[place]! / total, 5);
          });
        }
      }),
    );
  });

  it('answers overlapping calls each for itself, and a prepared history like the list', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(histories, { minLength: 2, maxLength: 8 }), async (lists) => {
        const alone = [];
        for (const history of lists) alone.push(await recommender.rank({ history, limit: 5 }));
        const together = lists.flatMap((history) => [
          recommender.rank({ history, limit: 5 }),
          recommender.rank({ history: recommender.prepare(history), limit: 5 }),
        ]);
        expect(await Promise.all(together)).toEqual(alone.flatMap((ranked) => [ranked, ranked]));
      }),
    );
  });

  it('explains more items than fit into one pass', async () => {
    const many = await loadRecommender(packModel(randomModel({ items: 700, perItem: 699, seed: 3 }), untrainedRecord));
    const ranked = await many.rank({ history: [{ item: 'item-1', action: 'click' }], limit: 700 });
    const { targets, scores } = randomModel({ items: 700, perItem: 699, seed: 3 }).tables.neighbours;
    const reached = new Set(targets.subarray(699, 2 * 699).filter((_, column) => scores[699 + column]! > 0));
    for (const { index, because } of ranked) {
      expect(because).toEqual(reached.has(index) ? [{ item: 'item-1', share: 1 }] : []);
    }
    await many.release();
  });

  it.each([0, -1, NaN, 0.5])('gives nothing for a limit of %s', async (limit) => {
    expect(await recommender.rank({ history: [], limit })).toEqual([]);
  });

  it('refuses a boost of another length and goes on', async () => {
    await expect(recommender.rank({ history: [], boost: new Float32Array(3), limit: 1 })).rejects.toThrow(
      'The boost has 3 numbers; the vocabulary of random has 40.',
    );
    expect(await recommender.rank({ history: [], limit: 1 })).toHaveLength(1);
  });

  it('refuses a history that another model has prepared', async () => {
    const other = await loadRecommender(packModel(content, untrainedRecord));
    const foreign = other.prepare([{ item: 'item-1', action: 'click' }]);
    await expect(recommender.rank({ history: foreign, limit: 1 })).rejects.toThrow('prepared by another model');
    await other.release();
  });
});

describe('similar', () => {
  it('gives the neighbours of an item without itself, obeying the boost', async () => {
    const { targets } = content.tables.neighbours;
    const boost = new Float32Array(ITEMS);
    boost[targets[6]!] = EXCLUDED;
    const ranked = await recommender.similar('item-1', ITEMS, boost);
    const names = ranked.map(({ item }) => item);
    expect(names).not.toContain('item-1');
    expect(names).not.toContain(`item-${targets[6]}`);
    expect(names).toHaveLength(ITEMS - 2);
    expect(ranked[0]!.because).toEqual([{ item: 'item-1', share: 1 }]);
    expect(await recommender.similar('item-1', 3, boost)).toEqual(ranked.slice(0, 3));
  });

  it('knows nothing of an unknown item', async () => {
    expect(await recommender.similar('item-99', 5)).toEqual([]);
  });
});

describe('release', () => {
  it('waits for the calls that are under way', async () => {
    const model = await loadRecommender(packModel(content, untrainedRecord));
    const answers = Array.from({ length: 20 }, () => model.rank({ history: [], limit: 3 }));
    const released = model.release();
    expect(await Promise.all(answers)).toEqual(
      Array.from({ length: 20 }, () => expect.objectContaining({ length: 3 })),
    );
    await released;
    await expect(model.rank({ history: [], limit: 3 })).rejects.toThrow();
  });
});
