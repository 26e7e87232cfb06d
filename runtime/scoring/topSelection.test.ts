import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TopSelection } from './topSelection.ts';

describe('TopSelection', () => {
  it('equals sorting everything by value, then id, and cutting', () => {
    const pair = fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: -3, max: 3 }));
    fc.assert(
      fc.property(fc.uniqueArray(pair, { selector: ([id]) => id }), fc.integer({ min: 0, max: 60 }), (pairs, limit) => {
        const best = new TopSelection<number>(limit);
        for (const [id, value] of pairs) best.offer(id, value);
        const sorted = [...pairs].sort(([a, x], [b, y]) => y - x || a - b);
        expect(best.pairs()).toEqual(sorted.slice(0, limit));
      }),
    );
  });
});
