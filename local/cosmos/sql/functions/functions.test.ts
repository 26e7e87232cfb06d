import { describe, expect, test } from 'vitest';
import type { Json } from '../../json.ts';
import { queryObjects } from '../../operations/metadataQuery.ts';
import { FUNCTIONS } from './index.ts';

const NOW = Date.UTC(2025, 10, 23, 12, 30, 15, 250);
const DATE = '"2025-11-23T12:30:15.2500000Z"';

/** At least one case for each function; `undefined`: it has no value. */
const CASES: Record<string, [expression: string, expected: Json | undefined][]> = {
  types: [
    ['IS_ARRAY([])', true],
    ['IS_BOOL(false)', true],
    ['IS_DEFINED(c.missing)', false],
    ['IS_FINITE_NUMBER(1.5)', true],
    ['IS_INTEGER(1.5)', false],
    ['IS_NULL(null)', true],
    ['IS_NULL(c.missing)', false],
    ['IS_NUMBER("1")', false],
    ['IS_OBJECT([])', false],
    ['IS_PRIMITIVE(null)', true],
    ['IS_STRING("")', true],
    ['IIF(1 = 1, "yes", "no")', 'yes'],
    ['IIF(1, "yes", "no")', 'no'],
  ],
  math: [
    ['ABS(-2)', 2],
    ['ACOS(1)', 0],
    ['ASIN(0)', 0],
    ['ATAN(0)', 0],
    ['ATN2(0, 1)', 0],
    ['CEILING(1.2)', 2],
    ['COS(0)', 1],
    ['ROUND(COT(1), 4)', 0.6421],
    ['DEGREES(PI())', 180],
    ['EXP(0)', 1],
    ['FLOOR(-1.2)', -2],
    ['LOG(1)', 0],
    ['LOG(8, 2)', 3],
    ['LOG(-1)', undefined],
    ['LOG10(1000)', 3],
    ['NumberBin(37, 10)', 30],
    ['POWER(2, 10)', 1024],
    ['RADIANS(180) = PI()', true],
    ['RAND() < 1', true],
    ['ROUND(-2.5)', -3],
    ['ROUND(2.345, 2)', 2.35],
    ['SIGN(-4)', -1],
    ['SIN(0)', 0],
    ['SQRT(9)', 3],
    ['SQRT("9")', undefined],
    ['SQUARE(3)', 9],
    ['TAN(0)', 0],
    ['TRUNC(-1.7)', -1],
    ['IntAdd(2, 3)', 5],
    ['IntSub(2, 3)', -1],
    ['IntMul(4, 3)', 12],
    ['IntDiv(7, 2)', 3],
    ['IntDiv(7, 0)', undefined],
    ['IntMod(7, 2)', 1],
    ['IntMod(7, 0)', undefined],
    ['IntBitAnd(6, 3)', 2],
    ['IntBitOr(6, 3)', 7],
    ['IntBitXor(6, 3)', 5],
  ],
  strings: [
    ['CONCAT("a", "b", "c")', 'abc'],
    ['CONCAT("a", 1)', undefined],
    ['CONTAINS("Text", "EX")', false],
    ['CONTAINS("Text", "EX", true)', true],
    ['ENDSWITH("Text", "xt")', true],
    ['STARTSWITH("Text", "te", true)', true],
    ['StringEquals("a", "A", true)', true],
    ['INDEX_OF("banana", "an", 2)', 3],
    ['LEFT("Text", 2)', 'Te'],
    ['RIGHT("Text", 2)', 'xt'],
    ['RIGHT("Text", 0)', ''],
    ['LENGTH("é")', 1],
    ['LOWER("ÄB")', 'äb'],
    ['UPPER("äb")', 'ÄB'],
    ['LTRIM("  a ")', 'a '],
    ['RTRIM("  a ")', '  a'],
    ['TRIM("..a.", ".")', 'a'],
    ['TRIM(" a ")', 'a'],
    ['REPLACE("a$b$", "$", "$&")', 'a$&b$&'],
    ['REPLICATE("ab", 3)', 'ababab'],
    ['REVERSE("abc")', 'cba'],
    ['SUBSTRING("Text", 1, 2)', 'ex'],
    ['RegexMatch("abcd", "^A.c", "i")', true],
    ['StringJoin(["a", "b"], "-")', 'a-b'],
    ['StringSplit("a-b", "-")', ['a', 'b']],
    ['ToString({a: 1})', '{"a":1}'],
    ['ToString(c.missing)', undefined],
    ['StringToArray("[1]")', [1]],
    ['StringToBoolean(" true ")', true],
    ['StringToNull("null")', null],
    ['StringToNumber("1e2")', 100],
    ['StringToNumber("x")', undefined],
    ['StringToObject("[]")', undefined],
  ],
  arrays: [
    ['ARRAY_CONCAT([1], [2, [3]])', [1, 2, [3]]],
    ['ARRAY_CONTAINS([1, {a: 1}], {a: 1})', true],
    ['ARRAY_CONTAINS([{a: {b: 1, c: 2}}], {a: {b: 1}}, true)', true],
    ['ARRAY_CONTAINS("text", 1)', undefined],
    ['ARRAY_CONTAINS_ANY([1, 2], 3, 2)', true],
    ['ARRAY_CONTAINS_ALL([1, 2], 1, 3)', false],
    ['ARRAY_LENGTH([1, 2])', 2],
    ['ARRAY_SLICE([1, 2, 3, 4], 1, 2)', [2, 3]],
    ['ARRAY_SLICE([1, 2, 3], -1)', [3]],
    ['CHOOSE(2, "a", "b")', 'b'],
    ['ObjectToArray({a: 1})', [{ k: 'a', v: 1 }]],
    ['ObjectToArray({a: 1}, "name", "value")', [{ name: 'a', value: 1 }]],
    ['SetIntersect([1, 2, 2], [2, 3])', [2]],
    ['SetUnion([1, 2], [2, 3])', [1, 2, 3]],
    ['SetDifference([1, 2], [2])', [1]],
  ],
  dates: [
    ['GetCurrentDateTime()', '2025-11-23T12:30:15.2500000Z'],
    ['GetCurrentDateTimeStatic()', '2025-11-23T12:30:15.2500000Z'],
    ['GetCurrentTimestamp()', NOW],
    ['GetCurrentTimestampStatic()', NOW],
    ['GetCurrentTicks()', NOW * 10_000],
    ['GetCurrentTicksStatic()', NOW * 10_000],
    [`DateTimeToTimestamp(${DATE})`, NOW],
    [`DateTimeToTicks(${DATE})`, NOW * 10_000],
    ['TimestampToDateTime(0)', '1970-01-01T00:00:00.0000000Z'],
    ['TicksToDateTime(10000)', '1970-01-01T00:00:00.0010000Z'],
    ['DateTimeAdd("month", 1, "2024-01-31T00:00:00.0000000Z")', '2024-02-29T00:00:00.0000000Z'],
    [`DateTimeAdd("hh", -13, ${DATE})`, '2025-11-22T23:30:15.2500000Z'],
    [`DateTimeDiff("day", "2025-11-20", ${DATE})`, 3],
    ['DateTimeDiff("year", "2024-12-31", "2025-01-01")', 1],
    [`DateTimePart("ms", ${DATE})`, 250],
    ['DateTimePart("month", "no date")', undefined],
    ['DateTimeFromParts(2025, 11, 23, 12, 30, 15, 2500000)', '2025-11-23T12:30:15.2500000Z'],
    ['DateTimeFromParts(2025, 2, 31)', undefined],
  ],
  vectors: [
    ['VectorDistance([1, 0], [0, 1])', 0],
    ['VectorDistance([1, 2], [3, 4], true, {distanceFunction: "dotproduct"})', 11],
    ['VectorDistance([1, 2], [3])', undefined],
  ],
};

describe.each(Object.entries(CASES))('%s', (_group, cases) => {
  test.each(cases)('%s', (expression, expected) => {
    expect(queryObjects(`SELECT VALUE ${expression} FROM c`, [], [{ id: '1' }], NOW)[0]).toEqual(expected);
  });
});

test('no function is without a case', () => {
  const used = Object.values(CASES)
    .flat()
    .map(([expression]) => expression.toUpperCase());
  const untested = Object.keys(FUNCTIONS).filter((name) => !used.some((expression) => expression.includes(`${name}(`)));
  expect(untested).toEqual([]);
});
