import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecayedCounts } from './popularity.ts';

const HALF_LIFE = 1000;

interface Event {
  item: string;
  weight: number;
  time: number;
}

/** Times over 2,000 half-lives, so that the landmark of the decay has to move. */
const events = fc.array(
  fc.record({
    item: fc.constantFrom('a', 'b', 'c', 'd'),
    weight: fc.double({ min: 0.01, max: 10, noNaN: true }),
    time: fc.oneof(fc.integer({ min: 0, max: 20 * HALF_LIFE }), fc.integer({ min: 0, max: 2000 * HALF_LIFE })),
  }),
  { maxLength: 30 },
);

function countsOf(list: readonly Event[]): DecayedCounts {
  const counts = new DecayedCounts(HALF_LIFE);
  for (const { item, weight, time } of list) counts.add(item, weight, time);
  return counts;
}

/** The definition: every event halves every half-life. */
function expected(list: readonly Event[], item: string, now: number): number {
  return list
    .filter((event) => event.item === item)
    .reduce((sum, { weight, time }) => sum + weight * 0.5 ** ((now - time) / HALF_LIFE), 0);
}

function expectEqual(actual: DecayedCounts, list: readonly Event[]): void {
  const now = Math.max(0, ...list.map(({ time }) => time));
  for (const item of ['a', 'b', 'c', 'd']) {
    const wanted = expected(list, item, now);
    expect(Math.abs(actual.value(item, now) - wanted)).toBeLessThanOrEqual(1e-9 * wanted + 1e-100);
  }
}

describe('DecayedCounts', () => {
  it('follows the definition of exponential decay whatever the order of adding', () => {
    fc.assert(
      fc.property(
        events.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([list, shuffled]) => {
          expectEqual(countsOf(list), list);
          expectEqual(countsOf(shuffled), list);
        },
      ),
    );
  });

  it('merges like adding everything to one table, in any grouping', () => {
    fc.assert(
      fc.property(events, events, events, (a, b, c) => {
        const left = countsOf(a);
        left.merge(countsOf(b));
        left.merge(countsOf(c));
        const inner = countsOf(b);
        inner.merge(countsOf(c));
        const right = countsOf(a);
        right.merge(inner);
        expectEqual(left, [...a, ...b, ...c]);
        expectEqual(right, [...a, ...b, ...c]);
      }),
    );
  });

  it('survives a round trip through JSON text exactly and goes on counting', () => {
    fc.assert(
      fc.property(events, events, (before, after) => {
        const restored = DecayedCounts.fromJSON(JSON.parse(JSON.stringify(countsOf(before))));
        expect(restored.toJSON()).toEqual(countsOf(before).toJSON());
        for (const { item, weight, time } of after) restored.add(item, weight, time);
        expectEqual(restored, [...before, ...after]);
      }),
    );
  });

  it('ranks by present value, and lets a filter leave items out', () => {
    const counts = countsOf([
      { item: 'a', weight: 3, time: 0 },
      { item: 'b', weight: 2, time: HALF_LIFE },
      { item: 'c', weight: 1, time: 2 * HALF_LIFE },
      { item: 'd', weight: 0, time: 2 * HALF_LIFE },
    ]);
    expect(counts.top(10)).toEqual([
      ['b', 1],
      ['c', 1],
      ['a', 0.75],
    ]);
    expect(counts.top(1, (item) => item !== 'b')).toEqual([['c', 1]]);
    expect(counts.latest).toBe(2 * HALF_LIFE);
    expect(counts.size).toBe(4);
  });

  it('is empty at first', () => {
    const counts = new DecayedCounts(HALF_LIFE);
    expect(counts.value('a', 5)).toBe(0);
    expect(counts.top(3)).toEqual([]);
    expect(counts.latest).toBe(-Infinity);
  });

  it('refuses what would spoil every count', () => {
    expect(() => new DecayedCounts(0)).toThrow('positive number of milliseconds, not 0');
    expect(() => new DecayedCounts(HALF_LIFE).add('a', 1, NaN)).toThrow('finite number of ms, not NaN');
    expect(() => new DecayedCounts(1).merge(countsOf([]))).toThrow('half-lives of 1 and 1000 ms cannot be merged');
  });
});
