import { describe, expect, test } from 'vitest';
import type { Json } from '../json.ts';
import { queryObjects } from '../operations/metadataQuery.ts';

const NOW = Date.UTC(2025, 10, 23, 12, 30, 15, 250);
const DOCUMENT = {
  id: '1',
  n: 5,
  s: 'Text',
  t: true,
  z: null,
  a: [1, 'two', { three: 3 }],
  o: { inner: { deep: [10, 20] }, 'with space': 1 },
};

/** The value of an expression over the document; `undefined` when it has none. */
function valueOf(expression: string, parameters: { name: string; value?: Json }[] = []): Json | undefined {
  return queryObjects(`SELECT VALUE ${expression} FROM c`, parameters, [DOCUMENT], NOW)[0];
}

function table(name: string, cases: [expression: string, expected: Json | undefined][]): void {
  describe(name, () => {
    test.each(cases)('%s', (expression, expected) => {
      expect(valueOf(expression)).toEqual(expected);
    });
  });
}

table('literals and paths', [
  ['1.5e3', 1500],
  ['0x1F', 31],
  ["'it\\'s \"q\" \\u00e9\\n'", 'it\'s "q" é\n'],
  ['[1, undefined, null]', [1, null]],
  ['{a: c.n, "b c": c.missing, d: {}}', { a: 5, d: {} }],
  ['c.o.inner.deep[1]', 20],
  ['c.o["with space"]', 1],
  ['c["o"]["inner"].deep', [10, 20]],
  ['c.a[2].three', 3],
  ['c.a[9]', undefined],
  ['c.a["length"]', undefined],
  ['c.s["length"]', undefined],
  ['c.constructor', undefined],
  ['c.__proto__', undefined],
  ['c.n.x.y', undefined],
]);

table('three-valued logic', [
  ['true AND c.missing', undefined],
  ['c.missing AND true', undefined],
  ['false AND c.missing', false],
  ['c.missing AND false', false],
  ['true OR c.missing', true],
  ['c.missing OR true', true],
  ['false OR c.missing', undefined],
  ['NOT c.missing', undefined],
  ['NOT true', false],
  ['NOT 1', undefined],
  ['1 AND true', undefined],
  ['c.missing ? 1 : 2', 2],
  ['null ? 1 : 2', 2],
  ['c.missing ?? c.other ?? 3', 3],
  ['null ?? 3', null],
]);

table('equality', [
  ['1 = 1.0', true],
  ['1 = "1"', false],
  ['1 != "1"', true],
  ['null = null', true],
  ['null = c.missing', undefined],
  ['c.missing != 1', undefined],
  ['{a: 1, b: [2]} = {b: [2], a: 1}', true],
  ['[1, 2] = [2, 1]', false],
  ['[] = {}', false],
  ['"a" <> "b"', true],
]);

table('comparison', [
  ['1 < 2', true],
  ['"a" < "b"', true],
  ['false < true', true],
  ['null <= null', true],
  ['1 < "2"', undefined],
  ['null < 1', undefined],
  ['[1] < [2]', undefined],
  ['c.missing >= 1', undefined],
  ['5 BETWEEN 1 AND 5', true],
  ['"b" BETWEEN 1 AND 5', undefined],
  ['5 NOT BETWEEN 1 AND 4', true],
  ['c.n IN (1, 5)', true],
  ['c.n IN (1, c.missing)', false],
  ['c.missing IN (1)', undefined],
  ['c.n NOT IN (1, 2)', true],
]);

table('arithmetic and precedence', [
  ['1 + 2 * 3', 7],
  ['(1 + 2) * 3', 9],
  ['-c.n + +2', -3],
  ['10 - 4 - 3', 3],
  ['7 % 4', 3],
  ['1 / 0', undefined],
  ['"a" + "b"', undefined],
  ['"a" || "b" || "c"', 'abc'],
  ['"a" || 1', undefined],
  ['6 & 3 | 8', 10],
  ['6 ^ 3', 5],
  ['~5', -6],
  ['1 << 4', 16],
  ['-8 >> 1', -4],
  ['-8 >>> 28', 15],
  ['NOT 1 = 2', true],
  ['1 = 1 AND 2 = 2 OR false', true],
  ['true ? false ? 1 : 2 : 3', 2],
]);

table('LIKE', [
  ['c.s LIKE "T_xt"', true],
  ['c.s LIKE "t%"', false],
  ['c.s LIKE "%[w-y]t"', true],
  ['c.s LIKE "%[^a]t"', true],
  ['"a.b" LIKE "a.b"', true],
  ['"axb" LIKE "a.b"', false],
  ['"a%b" LIKE "a\\\\%b" ESCAPE "\\\\"', true],
  ['"line\\nbreak" LIKE "line%"', true],
  ['"b" LIKE "[z-a]"', false],
  ['c.n LIKE "5"', undefined],
]);

table('subqueries', [
  ['EXISTS(SELECT VALUE d FROM d IN c.o.inner.deep WHERE d > 15)', true],
  ['EXISTS(SELECT VALUE d FROM d IN c.missing)', false],
  ['ARRAY(SELECT VALUE d * 2 FROM d IN c.o.inner.deep)', [20, 40]],
  ['ARRAY(SELECT d, c.n FROM d IN c.o.inner.deep WHERE d = 10)', [{ d: 10, n: 5 }]],
  ['(SELECT VALUE SUM(d) FROM d IN c.o.inner.deep)', 30],
  ['(SELECT VALUE COUNT(1) FROM d IN c.missing)', 0],
  ['ARRAY(SELECT DISTINCT VALUE x > 0 FROM (SELECT VALUE y FROM y IN c.o.inner.deep) x)', [true]],
  ['ARRAY(SELECT VALUE x FROM x IN (SELECT VALUE c.o.inner.deep))', [10, 20]],
  ['ARRAY(SELECT VALUE x FROM x IN (SELECT VALUE y FROM y IN c.o.inner.deep))', []],
  [
    'ARRAY(SELECT VALUE u.of FROM d IN c.o.inner.deep JOIN u IN (SELECT VALUE [{of: 10}, {of: 30}]) WHERE u.of = d)',
    [10],
  ],
  [
    'ARRAY(SELECT VALUE {i: i, d: d} FROM i IN c.o.inner.deep JOIN d IN c.o.inner.deep WHERE i < d)',
    [{ i: 10, d: 20 }],
  ],
]);

test('parameters may be any JSON, missing in value, but not unknown', () => {
  expect(valueOf('@p.x[0]', [{ name: '@p', value: { x: [7] } }])).toBe(7);
  expect(valueOf('IS_DEFINED(@p)', [{ name: '@p' }])).toBe(false);
  expect(() => valueOf('@q')).toThrow("The parameter '@q' is used in the query but not provided.");
});
