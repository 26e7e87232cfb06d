import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TransitionTable, transitionsInto } from './transitions.ts';

const DAY_MS = 86_400_000;

interface Transition {
  from: string;
  to: string;
  weight: number;
  day: number;
}

const item = fc.constantFrom('a', 'b', 'c');
const transitions = fc.array(
  fc.record({
    from: item,
    to: item,
    weight: fc.double({ min: 0.01, max: 10, noNaN: true }),
    day: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 3000 })),
  }),
  { maxLength: 30 },
);

/** Half-life of one day: 3,000 days make the landmark of the decay move. */
function tableOf(list: readonly Transition[]): TransitionTable {
  const table = new TransitionTable(1);
  for (const { from, to, weight, day } of list) table.add(from, to, weight, day * DAY_MS);
  return table;
}

function expectEqual(table: TransitionTable, list: readonly Transition[]): void {
  const now = Math.max(0, ...list.map(({ day }) => day));
  for (const from of ['a', 'b', 'c']) {
    const wanted = new Map<string, number>();
    for (const { to, weight, day } of list.filter((entry) => entry.from === from)) {
      wanted.set(to, (wanted.get(to) ?? 0) + weight * 0.5 ** (now - day));
    }
    const actual = new Map(table.row(from));
    expect([...actual.keys()].sort()).toEqual([...wanted.keys()].sort());
    for (const [to, weight] of wanted)
      expect(Math.abs(actual.get(to)! - weight)).toBeLessThanOrEqual(1e-9 * weight + 1e-100);
  }
}

describe('transitionsInto', () => {
  it('weighs each earlier item in the window by 1 / gap', () => {
    expect(transitionsInto(['a', 'b', 'c', 'd'], 'e', 3)).toEqual([
      ['d', 1],
      ['c', 1 / 2],
      ['b', 1 / 3],
    ]);
  });

  it('lets no item lead to itself, and the gap of the others stands', () => {
    expect(transitionsInto(['a', 'b', 'a', 'b'], 'b', 4)).toEqual([
      ['a', 1 / 2],
      ['a', 1 / 4],
    ]);
  });

  it('knows nothing before the first item', () => {
    expect(transitionsInto([], 'a', 5)).toEqual([]);
  });
});

describe('TransitionTable', () => {
  it('follows the definition of exponential forgetting whatever the order of adding', () => {
    fc.assert(
      fc.property(
        transitions.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([list, shuffled]) => {
          expectEqual(tableOf(list), list);
          expectEqual(tableOf(shuffled), list);
        },
      ),
    );
  });

  it('merges like adding everything to one table, in any grouping', () => {
    fc.assert(
      fc.property(transitions, transitions, transitions, (a, b, c) => {
        const left = tableOf(a);
        left.merge(tableOf(b));
        left.merge(tableOf(c));
        const inner = tableOf(b);
        inner.merge(tableOf(c));
        const right = tableOf(a);
        right.merge(inner);
        expectEqual(left, [...a, ...b, ...c]);
        expectEqual(right, [...a, ...b, ...c]);
      }),
    );
  });

  it('survives a round trip through JSON text exactly and goes on learning', () => {
    fc.assert(
      fc.property(transitions, transitions, (before, after) => {
        const restored = TransitionTable.fromJSON(JSON.parse(JSON.stringify(tableOf(before))));
        expect(restored.toJSON()).toEqual(tableOf(before).toJSON());
        for (const { from, to, weight, day } of after) restored.add(from, to, weight, day * DAY_MS);
        expectEqual(restored, [...before, ...after]);
      }),
    );
  });

  it('gives neighbours with their weights as of the latest event, strongest first', () => {
    const table = tableOf([
      { from: 'a', to: 'b', weight: 2, day: 0 },
      { from: 'a', to: 'c', weight: 1.5, day: 1 },
      { from: 'c', to: 'a', weight: 1, day: 2 },
    ]);
    expect(table.neighbours('a', 5)).toEqual([
      ['c', 0.75],
      ['b', 0.5],
    ]);
    expect(table.neighbours('a', 1)).toEqual([['c', 0.75]]);
    expect(table.neighbours('unknown', 5)).toEqual([]);
    expect(table.size).toBe(2);
  });

  it('prunes to the strongest targets and drops what has decayed to nothing', () => {
    const table = tableOf([
      { from: 'old', to: 'b', weight: 1, day: 0 },
      { from: 'a', to: 'b', weight: 3, day: 3000 },
      { from: 'a', to: 'c', weight: 2, day: 3000 },
      { from: 'a', to: 'd', weight: 1, day: 3000 },
    ]);
    table.prune(2);
    expect([...table.row('a')].map(([to]) => to).sort()).toEqual(['b', 'c']);
    expect(table.size).toBe(1);
  });

  it('refuses a half-life that is none', () => {
    expect(() => new TransitionTable(-1)).toThrow(RangeError);
  });
});
