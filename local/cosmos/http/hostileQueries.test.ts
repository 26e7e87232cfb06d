import type { Container } from '@azure/cosmos';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failure, Stage } from '../checks/check.ts';

// Queries that would keep a naive engine busy for hours or take all its memory.

const ELEMENTS = 400;
const LONG = 'a'.repeat(2000);

let stage: Stage;
let container: Container;
beforeAll(async () => {
  stage = await Stage.set();
  container = await stage.container();
  const list = Array.from({ length: ELEMENTS }, (_, index) => index);
  await container.items.create({ id: '1', pk: 'a', list, text: `${LONG}!`, large: 'x'.repeat(100_000) });
});
afterAll(() => stage.strike());

const joins = (count: number) => Array.from({ length: count }, (_, index) => `JOIN j${index} IN c.list`).join(' ');

test.each<[string, string, string]>([
  [
    'a product of joins without a row',
    `SELECT VALUE 1 FROM c ${joins(4)} WHERE j0 < 0`,
    'combinations of joined values',
  ],
  ['a count over a product of joins', `SELECT VALUE COUNT(1) FROM c ${joins(4)}`, 'combinations of joined values'],
  ['more than ten joins', `SELECT VALUE 1 FROM c ${joins(11)}`, 'at most 10 JOINs'],
  [
    'a subquery over a product',
    'SELECT VALUE ARRAY(SELECT VALUE 1 FROM x IN c.list JOIN y IN c.list JOIN z IN c.list) FROM c',
    'subqueries of one row',
  ],
  [
    'a subquery of a subquery',
    `SELECT VALUE c.id FROM c WHERE EXISTS(SELECT VALUE x FROM x IN c.list
       WHERE EXISTS(SELECT VALUE y FROM y IN c.list WHERE EXISTS(SELECT VALUE z FROM z IN c.list WHERE z < 0)))`,
    'subqueries of one row',
  ],
  ['a row that repeats its document', `SELECT VALUE [${'c,'.repeat(1000)}c] FROM c`, 'a row is larger'],
  [
    'a row that repeats it by a subquery',
    'SELECT VALUE ARRAY(SELECT VALUE c FROM x IN c.list) FROM c',
    'a row is larger',
  ],
  ['a text without end', `SELECT VALUE CONCAT(${'c.large,'.repeat(200)}c.large) FROM c`, 'makes a text of'],
  ['a replacement without end', 'SELECT VALUE REPLACE(c.large, "x", c.large) FROM c', 'makes a text of'],
  ['an array without end', `SELECT VALUE ARRAY_CONCAT(${'c.list,'.repeat(5000)}c.list) FROM c`, 'makes an array of'],
  [
    'a search that goes back and forth',
    'SELECT VALUE c.id FROM c WHERE RegexMatch(c.text, "(a+)+$")',
    'took longer than',
  ],
  [
    'a search that looks ahead',
    'SELECT VALUE c.id FROM c WHERE RegexMatch(c.text, "(?=(a+))(a|aa)+$")',
    'took longer than',
  ],
  [
    'rows that have to be kept',
    `SELECT DISTINCT VALUE CONCAT(c.large, ToString(j0), "-", ToString(j1)) FROM c ${joins(2)}`,
    'before the first can be put out',
  ],
])('%s is refused, and others are served meanwhile', async (_name, query, reason) => {
  const refused = failure(container.items.query(query, { partitionKey: 'a' }).fetchAll());
  const { statusCode } = await container.item('1', 'a').read();
  expect(statusCode).toBe(200);
  expect(await refused).toMatchObject({ code: 400, message: expect.stringContaining(reason) as string });
});

test('LIKE with many wildcards is answered', async () => {
  const pattern = `${'%a'.repeat(50)}%b`;
  const { resources } = await container.items.query(`SELECT VALUE c.text LIKE "${pattern}" FROM c`).fetchAll();
  expect(resources).toEqual([false]);
});

test('a query of many rows gives its first page and lets others in between', async () => {
  const query = container.items.query(`SELECT VALUE j0 + j1 + j2 FROM c ${joins(3)}`, {
    partitionKey: 'a',
    maxItemCount: 3,
  });
  expect((await query.fetchNext()).resources).toEqual([0, 1, 2]);
  expect((await query.fetchNext()).resources).toEqual([3, 4, 5]);
});
