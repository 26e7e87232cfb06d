import { expect, test } from 'vitest';
import { containerQuery } from './query.ts';
import { SqlError } from './errors.ts';

/** Query, code and, marked in the query by » «, the place that the error names. */
const REFUSALS: [query: string, code: string, message: string][] = [
  ['SELECT * FROM c WHERE »FOO«', 'SC2001', "Identifier 'FOO' could not be resolved."],
  ['SELECT »FROM« c', 'SC1001', "Syntax error, incorrect syntax near 'FROM'."],
  ['»UPDATE« c', 'SC1001', "Syntax error, incorrect syntax near 'UPDATE'."],
  ['SELECT * FROM c WHERE c.»order« = 1', 'SC1001', "Syntax error, incorrect syntax near 'order'."],
  ['SELECT c.»value« FROM c', 'SC1001', "Syntax error, incorrect syntax near 'value'."],
  ['SELECT * FROM c WHERE c.a = 1 »extra«', 'SC1001', "Syntax error, incorrect syntax near 'extra'."],
  ["SELECT * FROM c WHERE c.a = »'open«", 'SC1001', "Syntax error, incorrect syntax near ''open'."],
  ['SELECT * FROM c WHERE c.a »#« 1', 'SC1001', "Syntax error, incorrect syntax near '#'."],
  ['SELECT * FROM c»;«', 'SC1001', "Syntax error, incorrect syntax near ';'."],
  ['SELECT * FROM c ORDER BY c.a OFFSET 1»«', 'SC1001', "Syntax error, incorrect syntax near ''."],
  ['SELECT TOP »1.5« * FROM c', 'SC1001', "Syntax error, incorrect syntax near '1.5'."],
  ['SELECT »NOPE(1)« FROM c', 'SC2005', "'NOPE' is not a recognized built-in function name."],
  ['SELECT »udf«.f(c) FROM c', 'SC2204', 'User defined functions are not supported by the local service.'],
  ['SELECT »CONTAINS("a")« FROM c', 'SC2050', 'The CONTAINS function requires 2 to 3 argument(s).'],
  ['SELECT »ABS()« FROM c', 'SC2050', 'The ABS function requires 1 argument(s).'],
  ['SELECT »CONCAT("a")« FROM c', 'SC2050', 'The CONCAT function requires 2 to any number of argument(s).'],
  ['SELECT VALUE »COUNT(1, 2)« FROM c', 'SC2050', 'The COUNT function requires 1 argument(s).'],
  ['SELECT »*« FROM c JOIN t IN c.tags', 'SC2040', "'SELECT *' is only valid with a single input set."],
  ['SELECT »*«', 'SC2040', "'SELECT *' is not valid if FROM clause is omitted."],
  [
    'SELECT * FROM c WHERE »COUNT(1)« > 1',
    'SC2104',
    "The aggregate function 'COUNT' is allowed in the SELECT clause only.",
  ],
  ['SELECT »c«.a, COUNT(1) AS n FROM c GROUP BY c.b', 'SC2105', ''],
  ['SELECT c.a FROM c GROUP BY c.a ORDER BY »c.a«', 'SC2106', "'ORDER BY' is not supported in presence of GROUP BY."],
  ['SELECT * FROM c ORDER BY »c.a + 1«', 'SC2106', ''],
  [
    'SELECT VALUE t FROM c JOIN t IN c.tags ORDER BY »t.x«',
    'SC2106',
    'Order-by over correlated collections is not supported.',
  ],
  ['SELECT VALUE ARRAY(SELECT VALUE t FROM t IN c.tags ORDER BY »t.x«) FROM c', 'SC2106', ''],
  [
    'SELECT VALUE 1 FROM c JOIN »c IN c.a«',
    'SC2001',
    "The input alias 'c' is specified more than once in the FROM clause.",
  ],
  ['SELECT VALUE x FROM c JOIN x IN »d«.a', 'SC2001', "Identifier 'd' could not be resolved."],
  ['SELECT VALUE »Families«.a FROM Families f', 'SC2001', "Identifier 'Families' could not be resolved."],
  ['SELECT * FROM »(SELECT VALUE 1) x«', 'SC2204', 'The first source of FROM must be the container.'],
  [`SELECT VALUE ${'('.repeat(300)}1${')'.repeat(300)}`, 'SC1001', ''],
];

test.each(REFUSALS)('%s', (marked, code, message) => {
  const query = marked.replace(/[»«]/g, '');
  const refusal = refusalOf(query);
  expect(refusal.status).toBe(400);
  expect(refusal.sqlCode).toBe(code);
  if (message !== '') expect(refusal.message).toBe(message);
  const { start, end } = refusal.location;
  if (marked.includes('»'))
    expect({ start, end }).toEqual({ start: marked.indexOf('»'), end: marked.indexOf('«') - 1 });
  expect(refusal.detail).toBe(
    `Message: ${JSON.stringify({ errors: [{ severity: 'Error', location: { start, end }, code, message: refusal.message }] })}`,
  );
});

function refusalOf(query: string): SqlError {
  try {
    containerQuery(query);
  } catch (error) {
    if (error instanceof SqlError) return error;
    throw error;
  }
  throw new Error(`the query should have been refused: ${query}`);
}

test.each([
  'select value c.id from c where c.a = 1 -- a comment',
  'SELECT c.id, c.a AS b, c["x y"] FROM c',
  'SELECT VALUE r FROM ROOT r',
  'SELECT f.left, f.offset, f.limit FROM Families AS f',
  'SELECT DISTINCT TOP 5 VALUE c.a FROM c ORDER BY c.a',
  'SELECT * FROM c.children ch',
  'SELECT s.x FROM c JOIN (SELECT VALUE t FROM t IN c.tags) AS s',
  `SELECT * FROM c WHERE ${Array(1500).fill('c.a = 1').join(' OR ')}`,
  `SELECT * FROM c WHERE c.a IN (${Array(10_000).fill('1').join(',')})`,
  'SELECT COUNT(1) AS n, MAX(c.x) - MIN(c.x) AS span, 1 AS one FROM c',
])('accepts %s', (query) => {
  expect(containerQuery(query).plan).toBeDefined();
});
