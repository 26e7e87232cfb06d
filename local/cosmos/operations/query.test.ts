import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Json, JsonObject } from '../json.ts';
import { Catalog } from '../store/catalog.ts';
import type { Container } from '../store/container.ts';
import { openDatabase } from '../store/database.ts';
import { GroupCommit } from '../../storage/groupCommit.ts';
import { upsertItem } from './items.ts';
import { queryObjects } from './metadataQuery.ts';
import { runQuery } from './query.ts';
import { ResultCache } from './resultCache.ts';

const folder = mkdtempSync(join(tmpdir(), 'cosmos-query-'));
const now = 1_000_000;
let database: DatabaseSync;
let plain: Container;
let hierarchical: Container;
let catalog: Catalog;
let documents: JsonObject[];

beforeAll(() => {
  database = openDatabase(folder);
  const group = new GroupCommit(database);
  let clock = now;
  catalog = new Catalog({ database, group, now: () => clock });
  catalog.createDatabase({ id: 'db' });
  plain = catalog.createContainer('db', { id: 'plain', partitionKey: { paths: ['/pk'] } });
  hierarchical = catalog.createContainer('db', { id: 'deep', partitionKey: { paths: ['/pk', '/sub/key'] } });
  for (const pk of ['a', 'b', 1, null, undefined]) {
    for (const key of ['x', 2, undefined]) {
      for (let n = 0; n < 4; n += 1) {
        const document = { id: `${key}-${n}`, pk, sub: { key }, n, list: [n, n + 1], tag: n % 2 ? 'odd' : undefined };
        for (const container of [plain, hierarchical]) {
          upsertItem(container, { document: JSON.parse(JSON.stringify(document)) as JsonObject }, undefined);
        }
        clock += 400;
      }
    }
  }
  group.flush();
  documents = plain.table
    .select('body', '1 = 1', [])
    .map(({ body }) => JSON.parse(Buffer.from(body as Uint8Array).toString()));
});

afterAll(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

const constant = fc.constantFrom('"a"', '"b"', '1', 'null', '"x"', '2', '"x-1"', '"2-3"', '@p', '[1]', 'undefined');
const path = fc.constantFrom('c.pk', 'c.sub.key', 'c.id', 'c.n', 'c._ts', 'c.tag');
const comparison = fc.oneof(
  fc.tuple(path, fc.constantFrom('=', '!=', '<', '>='), constant).map((parts) => parts.join(' ')),
  fc.tuple(constant, path).map(([value, property]) => `${value} = ${property}`),
  fc
    .tuple(path, fc.array(constant, { minLength: 1, maxLength: 3 }))
    .map(([property, values]) => `${property} IN (${values.join(', ')})`),
  fc
    .tuple(fc.constantFrom('<', '<=', '>', '>='), fc.integer({ min: 995, max: 1030 }))
    .map(([operator, value]) => `c._ts ${operator} ${value}`),
);
const filter = fc
  .tuple(fc.array(comparison, { minLength: 1, maxLength: 4 }), fc.constantFrom(' AND ', ' OR ', ' AND NOT '))
  .map(([parts, by]) => parts.join(by));
const projection = fc.constantFrom(
  'SELECT *',
  'SELECT VALUE c.id',
  'SELECT VALUE COUNT(1)',
  'SELECT DISTINCT VALUE c.n',
  'SELECT TOP 5 VALUE c.n',
);

async function pages(
  container: Container,
  text: string,
  parameters: { name: string; value: Json }[],
  pageSize: number,
): Promise<Json[]> {
  const results = new ResultCache();
  const rows: Json[] = [];
  let continuation: string | undefined;
  do {
    const page = await runQuery(container, { text, parameters, pageSize, continuation }, results, now);
    expect(page.rows.length).toBeLessThanOrEqual(pageSize);
    rows.push(...page.rows.map((row) => JSON.parse(Buffer.from(row).toString()) as Json));
    continuation = page.continuation;
  } while (continuation);
  return rows;
}

const sorted = (rows: Json[]) => rows.map((row) => JSON.stringify(withoutSystem(row))).sort();

function withoutSystem(row: Json): Json {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return row;
  return Object.fromEntries(Object.entries(row).filter(([name]) => !name.startsWith('_')));
}

test('an index gives the same rows as looking at every document, in pages of any size', async () => {
  const property = fc.asyncProperty(
    projection,
    filter,
    constant,
    fc.integer({ min: 1, max: 9 }),
    async (select, where, value, pageSize) => {
      const text = `${select} FROM c WHERE ${where}`;
      const parameters = [
        { name: '@p', value: value === '@p' || value === 'undefined' ? 'b' : (JSON.parse(value) as Json) },
      ];
      const expected = queryObjects(text, parameters, documents, now);
      for (const container of [plain, hierarchical]) {
        const rows = await pages(container, text, parameters, pageSize);
        // Which of the documents come first is open.
        if (select.includes('TOP')) expect(rows).toHaveLength(expected.length);
        else expect(sorted(rows)).toEqual(sorted(expected));
      }
    },
  );
  await fc.assert(property, { numRuns: 300 });
});

test.each([
  'c.pk = "a" AND c.pk = "b"',
  'c.pk = "a" AND c.id = "x-1" AND c.id = "x-2"',
  'c.pk IN ("a", "b") AND c.pk = "b"',
  'c.pk = "a" AND c.sub.key IN ("x", 2)',
  'c.sub.key = "x"',
  '1010 < c._ts AND c._ts <= 1015',
  '1010 >= c._ts',
  'c.pk = "a" AND c.id > "x-1"',
  '"x-1" > c.id AND c.id >= "2-2"',
  'c.id < 5',
  'c.pk = "b" AND c.id > "\u{10000}"',
  'c.id = "x-1"',
])('the index is asked rightly for %s', async (where) => {
  const text = `SELECT VALUE [c.pk, c.id] FROM c WHERE ${where}`;
  const expected = sorted(queryObjects(text, [], documents, now));
  for (const container of [plain, hierarchical]) expect(sorted(await pages(container, text, [], 4))).toEqual(expected);
  const count = `SELECT VALUE COUNT(1) FROM c WHERE ${where}`;
  expect(await pages(plain, count, [], 4)).toEqual([expected.length]);
});

test('a page goes on within the rows of one document', async () => {
  const text = 'SELECT VALUE [c.id, l, m] FROM c JOIN l IN c.list JOIN m IN c.list WHERE c.pk = "a" OFFSET 3 LIMIT 30';
  const whole = await pages(plain, text, [], 1000);
  expect(whole).toHaveLength(30);
  for (const pageSize of [1, 3, 7]) expect(await pages(plain, text, [], pageSize)).toEqual(whole);
});

test('collected rows that were forgotten are collected again', async () => {
  const text = 'SELECT VALUE c.n FROM c ORDER BY c.n';
  const request = { text, parameters: [], pageSize: 20 };
  const first = await runQuery(plain, request, new ResultCache(), now);
  const second = await runQuery(plain, { ...request, continuation: first.continuation }, new ResultCache(), now);
  expect([...first.rows, ...second.rows].map(Number)).toEqual(
    documents
      .map(({ n }) => n as number)
      .sort()
      .slice(0, 40),
  );
});

test.each([
  ['SELECT VALUE COUNT(1) FROM c JOIN l IN c.list', [120]],
  ['SELECT VALUE COUNT(1) FROM l IN c.list', [120]],
  ['SELECT VALUE COUNT(1) FROM c.missing', [0]],
  ['SELECT VALUE COUNT(undefined) FROM c', [0]],
  ['SELECT VALUE COUNT(null) FROM c', [60]],
  ['SELECT TOP 0 VALUE COUNT(1) FROM c', []],
  ['SELECT VALUE COUNT(1) FROM c OFFSET 1 LIMIT 1', []],
])('%s counts rows, not documents', async (text, expected) => {
  expect(await pages(plain, text, [], 10)).toEqual(expected);
});

test('a page that takes too long ends without a row, and the next goes on', async () => {
  const request = { text: 'SELECT VALUE c.n FROM c WHERE c.n > 1', parameters: [], pageSize: 1000 };
  const rows: Json[] = [];
  let pageCount = 0;
  let continuation: string | undefined;
  do {
    const page = await runQuery(plain, { ...request, continuation, pageMilliseconds: 0 }, new ResultCache(), now);
    pageCount += 1;
    rows.push(...page.rows.map(Number));
    continuation = page.continuation;
  } while (continuation);
  expect(pageCount).toBeGreaterThan(30);
  expect(sorted(rows)).toEqual(sorted(queryObjects(request.text, [], documents, now)));
});

test('a query ends when its client is gone', async () => {
  const text = 'SELECT VALUE 1 FROM c JOIN x IN c.l JOIN y IN c.l JOIN z IN c.l WHERE x + y + z > 0';
  const container = catalog.createContainer('db', { id: 'slow', partitionKey: { paths: ['/pk'] } });
  upsertItem(container, { document: { id: '1', pk: 'a', l: Array.from({ length: 120 }, () => 0) } }, undefined);
  const request = { text, parameters: [], pageSize: 5, isGone: () => true };
  await expect(runQuery(container, request, new ResultCache(), now)).rejects.toMatchObject({ status: 408 });
});

test('a token of another query is refused', async () => {
  const request = { text: 'SELECT * FROM c', parameters: [], pageSize: 2 };
  const { continuation } = await runQuery(plain, request, new ResultCache(), now);
  expect(continuation).toBeDefined();
  const other = runQuery(plain, { ...request, text: 'SELECT * FROM d', continuation }, new ResultCache(), now);
  await expect(other).rejects.toThrow('belongs to another query');
});

test('a query whose container is deleted meanwhile ends with 404', async () => {
  const container = catalog.createContainer('db', { id: 'short-lived', partitionKey: { paths: ['/pk'] } });
  upsertItem(container, { document: { id: '1', pk: 'a', l: Array.from({ length: 120 }, () => 0) } }, undefined);
  const text = 'SELECT VALUE 1 FROM c JOIN x IN c.l JOIN y IN c.l JOIN z IN c.l WHERE x + y + z > 0';
  const query = runQuery(container, { text, parameters: [], pageSize: 5 }, new ResultCache(), now);
  catalog.deleteContainer('db', 'short-lived');
  await expect(query).rejects.toMatchObject({ status: 404 });
});
