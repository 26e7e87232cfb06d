import { describe, expect, it } from 'vitest';
import { disagreement, plainScores } from './plainScorer.ts';
import type { RecommenderTables } from './recommenderGraph.ts';

/** Item 0 leads to 1 (0.5) and 2 (0.25), item 1 to 2 (1); item 3 stands alone. */
const tables: RecommenderTables = {
  neighbours: {
    items: 4,
    perItem: 2,
    targets: Int32Array.of(1, 2, 2, 1, 2, 2, 3, 3),
    scores: Float32Array.of(0.5, 0.25, 1, 0, 0, 0, 0, 0),
  },
  prior: Float32Array.of(0, 0, 0, 0.125),
};
const inputs = { ids: [0, 1], weights: [1, 0.5], boost: Float32Array.of(-1, 0, 0, 0), limit: 3 };
const right = { items: [2, 1, 3], scores: [0.75, 0.5, 0.125] };

describe('plainScores', () => {
  it('adds boost, prior and the weighted neighbours of the history', () => {
    expect([...plainScores(tables, inputs)]).toEqual([-1, 0.5, 0.75, 0.125]);
  });
});

describe('disagreement', () => {
  it('finds nothing wrong with the right answer, also with rounding in the last digits', () => {
    expect(disagreement(tables, inputs, right)).toBeUndefined();
    expect(disagreement(tables, inputs, { ...right, scores: [0.750001, 0.5, 0.125] })).toBeUndefined();
  });

  it.each([
    ['too few items', { items: [2, 1], scores: [0.75, 0.5] }, '2 items and 2 scores instead of 3'],
    ['a wrong score', { ...right, scores: [0.76, 0.5, 0.125] }, 'item 2 scored 0.76 for 0.75'],
    ['a repeated item', { items: [2, 2, 3], scores: [0.75, 0.75, 0.125] }, 'item 2 at place 1 is unknown or repeated'],
    ['an unknown item', { items: [9, 1, 3], scores: right.scores }, 'item 9 at place 0 is unknown or repeated'],
    ['a wrong order', { items: [1, 2, 3], scores: [0.5, 0.75, 0.125] }, 'place 1 is better than the one before'],
    ['a better item left out', { items: [2, 1, 0], scores: [0.75, 0.5, -1] }, 'item 3 with score 0.125 is missing'],
    ['a score that is no number', { ...right, scores: [NaN, 0.5, 0.125] }, 'item 2 scored NaN for 0.75'],
  ])('names %s', (_, answer, difference) => {
    expect(disagreement(tables, inputs, answer)).toBe(difference);
  });
});
