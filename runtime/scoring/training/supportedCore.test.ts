import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { supportedCore, type TrainingUser } from './supportedCore.ts';

function user(id: string, items: readonly string[]): TrainingUser {
  return { id, items: items.map((item) => [item, 1, 0, 0]) };
}

const someUsers = fc
  .array(fc.uniqueArray(fc.integer({ min: 0, max: 29 }), { maxLength: 30 }), { maxLength: 30 })
  .map((lists) =>
    lists.map((list, id) =>
      user(
        `u${id}`,
        list.map((item) => `i${item}`),
      ),
    ),
  );

describe('supportedCore', () => {
  it('keeps only what supports each other, in the order of the input', () => {
    fc.assert(
      fc.property(someUsers, fc.integer({ min: 1, max: 4 }), (users, minimum) => {
        const { users: core, vocabulary, support } = supportedCore(users, minimum);
        const usersOf = new Map(vocabulary.map((item) => [item, 0]));
        for (const { id, items } of core) {
          expect(items.length).toBeGreaterThanOrEqual(support);
          const before = users.find((one) => one.id === id)!.items;
          expect(items).toEqual(before.filter(([item]) => usersOf.has(item)));
          for (const [item] of items) usersOf.set(item, usersOf.get(item)! + 1);
        }
        const counts = [...usersOf.values()];
        expect(counts.every((count) => count >= support)).toBe(true);
        expect(counts).toEqual([...counts].sort((a, b) => b - a));
      }),
    );
  });

  it('is the largest such core: five users with the same 20 items stay whatever else there is', () => {
    const shared = Array.from({ length: 20 }, (_, item) => `shared${item}`);
    const fans = Array.from({ length: 5 }, (_, id) => user(`fan${id}`, [...shared, `own${id}`]));
    fc.assert(
      fc.property(someUsers, (others) => {
        const { users, vocabulary, support } = supportedCore([...fans, ...others], 5);
        expect(support).toBe(5);
        expect(vocabulary).toEqual(expect.arrayContaining(shared));
        expect(users.filter(({ id }) => id.startsWith('fan'))).toHaveLength(5);
        expect(vocabulary.some((item) => item.startsWith('own'))).toBe(false);
      }),
    );
  });

  it('lowers the support where too few items would be left', () => {
    const users = [user('a', ['x', 'y', 'z']), user('b', ['x', 'y'])];
    expect(supportedCore(users, 5)).toEqual({ users, vocabulary: ['x', 'y', 'z'], support: 1 });
  });

  it('leaves out users without items, and takes no users at all', () => {
    expect(supportedCore([user('a', [])], 5)).toEqual({ users: [], vocabulary: [], support: 5 });
    expect(supportedCore([], 5)).toEqual({ users: [], vocabulary: [], support: 5 });
  });
});
