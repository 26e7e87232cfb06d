import { expect, test } from 'vitest';
import type { JsonObject } from '../json.ts';
import { parsePatch } from './patch.ts';
import { applyPatch } from './patchOperations.ts';

function patch(document: JsonObject, ...operations: object[]): JsonObject {
  const copy = structuredClone(document);
  for (const [index, operation] of parsePatch(operations as never).operations.entries())
    applyPatch(copy, operation, index);
  return copy;
}

test.each<[string, JsonObject, object, JsonObject]>([
  ['adds a member', {}, { op: 'add', path: '/a', value: 1 }, { a: 1 }],
  ['overwrites a member by add', { a: 0 }, { op: 'add', path: '/a', value: 1 }, { a: 1 }],
  ['inserts into an array', { a: [1, 3] }, { op: 'add', path: '/a/1', value: 2 }, { a: [1, 2, 3] }],
  ['appends by index', { a: [1] }, { op: 'add', path: '/a/1', value: 2 }, { a: [1, 2] }],
  ['appends by set', { a: [1] }, { op: 'set', path: '/a/1', value: 2 }, { a: [1, 2] }],
  ['appends by -', { a: [1] }, { op: 'set', path: '/a/-', value: 2 }, { a: [1, 2] }],
  ['sets an element', { a: [1, 2] }, { op: 'set', path: '/a/0', value: 9 }, { a: [9, 2] }],
  ['replaces null', { a: null }, { op: 'replace', path: '/a', value: 1 }, { a: 1 }],
  ['removes an element', { a: [1, 2] }, { op: 'remove', path: '/a/0' }, { a: [2] }],
  ['creates by increment', {}, { op: 'incr', path: '/n', value: 2 }, { n: 2 }],
  ['increments in an array', { a: [1] }, { op: 'incr', path: '/a/0', value: 2 }, { a: [3] }],
  ['unescapes pointers', { 'a/b': { '~': 1 } }, { op: 'set', path: '/a~1b/~0', value: 2 }, { 'a/b': { '~': 2 } }],
  ['moves into an array', { a: 1, b: [0] }, { op: 'move', from: '/a', path: '/b/0' }, { b: [1, 0] }],
  ['moves over a member', { a: 1, b: 2 }, { op: 'move', from: '/a', path: '/b' }, { b: 1 }],
  ['moves to itself', { a: 1 }, { op: 'move', from: '/a', path: '/a' }, { a: 1 }],
])('%s', (_name, before, operation, after) => {
  expect(patch(before, operation)).toEqual(after);
});

test('keeps a member named __proto__ a member', () => {
  const after = patch({}, { op: 'add', path: '/__proto__', value: { polluted: true } });
  expect(JSON.stringify(after)).toBe('{"__proto__":{"polluted":true}}');
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test.each<[string, object, RegExp]>([
  ['a missing parent', { op: 'add', path: '/x/y', value: 1 }, /Operation\(1\).*"x" does not exist/],
  ['a scalar parent', { op: 'add', path: '/n/y', value: 1 }, /parent is no object or array/],
  ['an index behind the end', { op: 'add', path: '/a/5', value: 1 }, /no place in an array of 2/],
  ['a name in an array', { op: 'set', path: '/a/x', value: 1 }, /no place in an array/],
  ['replace of what is missing', { op: 'replace', path: '/x', value: 1 }, /existing path/],
  ['remove of what is missing', { op: 'remove', path: '/x' }, /existing path/],
  ['move of what is missing', { op: 'move', from: '/x', path: '/y' }, /existing path/],
  ['move into itself', { op: 'move', from: '/o', path: '/o/inner' }, /must not lie in its source/],
  ['increment of a text', { op: 'incr', path: '/s', value: 1 }, /is no number/],
  ['increment by a text', { op: 'incr', path: '/n', value: '1' }, /must be a number/],
  ['an unknown operation', { op: 'test', path: '/n', value: 1 }, /allowed are add, set/],
  ['no value', { op: 'add', path: '/n' }, /needs a "value"/],
  ['a path without slash', { op: 'remove', path: 'n' }, /must start with "\/"/],
])('refuses %s', (_name, operation, message) => {
  expect(() => patch({ n: 1, s: 'text', a: [1, 2], o: {} }, operation)).toThrow(message);
});

test('refuses none and more than ten operations', () => {
  const operation = { op: 'incr', path: '/n', value: 1 };
  expect(patch({ n: 0 }, ...Array<object>(10).fill(operation))).toEqual({ n: 10 });
  expect(() => patch({ n: 0 }, ...Array<object>(11).fill(operation))).toThrow("can't exceed '10'");
  expect(() => patch({ n: 0 })).toThrow('must not be 0');
});
