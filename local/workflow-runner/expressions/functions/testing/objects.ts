import type { Row } from './row.ts';

/** Expressions and their values; many of them are examples of the documentation. */
export const OBJECTS: Row[] = [
  [`addProperty(json('{"a":1}'), 'b', 2)`, { a: 1, b: 2 }],
  [`coalesce(null, 'hello', 'world')`, 'hello'],
  [`coalesce(null, null)`, null],
  [`removeProperty(json('{"a":1,"b":2}'), 'a')`, { b: 2 }],
  [`setProperty(json('{"a":1}'), 'a', createArray())`, { a: [] }],
];
