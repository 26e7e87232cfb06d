import { expect, test } from 'vitest';
import { indexingPolicy, requireOrderIndex, type SortPath } from './indexingPolicy.ts';
import { IndexTree } from './indexTree.ts';

const by = (path: string, descending = false): SortPath => ({ path: path.split('.'), descending });

function checkOrder(input: object, order: SortPath[]): void {
  const policy = indexingPolicy(input as never);
  requireOrderIndex(policy, new IndexTree(policy), order);
}

test('fills in what Cosmos DB fills in', () => {
  expect(indexingPolicy({})).toEqual({
    indexingMode: 'consistent',
    automatic: true,
    includedPaths: [{ path: '/*' }],
    excludedPaths: [{ path: '/"_etag"/?' }],
  });
});

test.each<[string, object, SortPath, boolean]>([
  ['everything by default', {}, by('a.b'), true],
  ['not the entity tag', {}, by('_etag'), false],
  ['id and time of change always', { excludedPaths: [{ path: '/*' }], includedPaths: [] }, by('_ts'), true],
  ['not below an excluded path', { excludedPaths: [{ path: '/a/*' }] }, by('a.b'), false],
  ['beside an excluded path', { excludedPaths: [{ path: '/a/*' }] }, by('b'), true],
  [
    'the longer path wins',
    { excludedPaths: [{ path: '/a/*' }], includedPaths: [{ path: '/*' }, { path: '/a/b/?' }] },
    by('a.b'),
    true,
  ],
  [
    'only what is included',
    { excludedPaths: [{ path: '/*' }], includedPaths: [{ path: '/time/?' }] },
    by('other'),
    false,
  ],
  ['what is included', { excludedPaths: [{ path: '/*' }], includedPaths: [{ path: '/time/?' }] }, by('time'), true],
  ['a path with a quoted name', { excludedPaths: [{ path: '/"x y"/?' }] }, by('x y'), false],
  ['nothing without an index', { indexingMode: 'none', automatic: false }, by('a'), false],
])('orders by one property: %s', (_name, input, order, allowed) => {
  const check = () => checkOrder(input, [order]);
  if (allowed) expect(check).not.toThrow();
  else expect(check).toThrow('The index path corresponding to the specified order-by item is excluded.');
});

const composite = {
  compositeIndexes: [
    [
      { path: '/a', order: 'ascending' },
      { path: '/b/c', order: 'descending' },
    ],
  ],
};

test.each<[SortPath[], boolean]>([
  [[by('a'), by('b.c', true)], true],
  [[by('a', true), by('b.c')], true],
  [[by('a'), by('b.c')], false],
  [[by('b.c', true), by('a')], false],
  [[by('a'), by('b.c', true), by('d')], false],
])('orders by several properties with a composite index: %j', (order, allowed) => {
  const check = () => checkOrder(composite, order);
  if (allowed) expect(check).not.toThrow();
  else expect(check).toThrow('does not have a corresponding composite index');
});

test.each([
  [{ indexingMode: 'sometimes' }, 'indexing mode'],
  [{ includedPaths: [{ path: '/a/?' }], excludedPaths: [] }, 'special mandatory indexing path'],
  [{ includedPaths: 'all' }, '"includedPaths"'],
  [{ compositeIndexes: [[{ path: '/a' }]] }, 'at least two paths'],
  [{ compositeIndexes: [{ path: '/a' }] }, '"compositeIndexes"'],
])('refuses %j', (input, message) => {
  expect(() => indexingPolicy(input as never)).toThrow(message);
});
