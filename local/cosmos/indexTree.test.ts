import { expect, test } from 'vitest';
import { indexingPolicy } from './indexingPolicy.ts';
import { IndexTree } from './indexTree.ts';
import type { JsonObject } from './json.ts';

const DOCUMENT: JsonObject = {
  id: '1',
  name: 'kettle',
  empty: {},
  address: { city: 'Oslo', street: { name: 'Gata', number: 5 } },
  tags: ['a', 'b'],
  sizes: [{ unit: 'l', amount: 1 }, { unit: 'cl' }],
  _etag: '"x"',
  _rid: 'r',
  _ts: 5,
};

const paths = (...names: string[]) => names.map((path) => ({ path }));

test.each<[string, object, number]>([
  ['everything: id, time of change and nine values', {}, 11],
  ['nothing without an index', { indexingMode: 'none' }, 0],
  ['id and time of change alone', { includedPaths: [], excludedPaths: paths('/*') }, 2],
  ['not what is excluded', { excludedPaths: paths('/address/*') }, 8],
  [
    'what is included within what is excluded',
    { includedPaths: paths('/*', '/address/street/name/?'), excludedPaths: paths('/address/*') },
    9,
  ],
  ['array elements alone', { includedPaths: paths('/tags/[]/?'), excludedPaths: paths('/*') }, 4],
  ['a member of array elements', { includedPaths: paths('/sizes/[]/unit/?'), excludedPaths: paths('/*') }, 4],
  ['a value but not what is below it', { includedPaths: paths('/address/?'), excludedPaths: paths('/*') }, 2],
])('counts the terms of a document: %s', (_name, policy, terms) => {
  expect(new IndexTree(indexingPolicy(policy as never)).terms(DOCUMENT)).toBe(terms);
});

test('a property named like one of every object is a property', () => {
  const tree = new IndexTree(indexingPolicy({ excludedPaths: paths('/constructor/*') } as never));
  expect(tree.terms({ id: '1', constructor: 'x' as never, toString: 'y' as never })).toBe(3);
});
