import type { Row } from './row.ts';

/** Expressions and their values; many of them are examples of the documentation. */
export const LOGIC: Row[] = [
  [`and(true, equals(1, 1))`, true],
  [`and(false, div(1, 0))`, false],
  [`or(true, div(1, 0))`, true],
  [`or(false, false)`, false],
  [`if(equals(1, 1), 'yes', div(1, 0))`, 'yes'],
  [`if(equals(1, 2), div(1, 0), 'no')`, 'no'],
  [`not(false)`, true],
  [`equals('a', 'A')`, false],
  [`equals(json('{"a":1,"b":[2]}'), json('{"b":[2],"a":1}'))`, true],
  [`equals(null, 0)`, false],
  [`greater(10, 5)`, true],
  [`greater('apple', 'banana')`, false],
  [`greaterOrEquals(5, 5)`, true],
  [`less(5, 10)`, true],
  [`lessOrEquals('a', 'a')`, true],
  [`equals(true, 1)`, true],
  [`equals(0, true)`, false],
  [`equals('abc', 'abcd')`, false],
  [`equals(null, '')`, true],
  [`equals(null, null)`, true],
  [`less(null, 'a')`, true],
  [`less('banana', 'apple')`, false],
  [`lessOrEquals('apply', 'apple')`, false],
  [`greaterOrEquals('apple', 'banana')`, false],
];
