import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GroupCommit } from '../../storage/groupCommit.ts';
import type { Json, JsonObject, Value } from '../json.ts';
import { partitionKey } from '../partitionKey.ts';
import { Catalog } from '../store/catalog.ts';
import type { Container } from '../store/container.ts';
import { openDatabase } from '../store/database.ts';
import { createItem } from './items.ts';
import { runQuery } from './query.ts';
import { ResultCache } from './resultCache.ts';
import { aggregate, identity, orderOf } from './testing/plainValues.ts';
import {
  aggregateName,
  expression,
  parameters,
  path,
  randomDocument,
  type Expression,
  type Parameters,
  type Row,
} from './testing/randomQueries.ts';

// Random queries on random documents give what plain JavaScript gives.

const folder = mkdtempSync(join(tmpdir(), 'cosmos-query-model-'));
let database: DatabaseSync;
let group: GroupCommit;
let container: Container;
let partitions = 0;

beforeAll(() => {
  database = openDatabase(folder);
  group = new GroupCommit(database);
  const catalog = new Catalog({ database, group, now: Date.now });
  catalog.createDatabase({ id: 'db' });
  container = catalog.createContainer('db', { id: 'c', partitionKey: { paths: ['/pk'] } });
});
afterAll(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

interface Setting {
  documents: JsonObject[];
  given: Parameters;
  pageSize: number;
}

const setting: fc.Arbitrary<Setting> = fc.record({
  documents: fc.array(randomDocument, { maxLength: 8 }),
  given: parameters,
  pageSize: fc.integer({ min: 1, max: 6 }),
});

/** The rows that the engine gives for the documents, which have a partition of their own, page by page. */
async function rowsOf({ documents, given, pageSize }: Setting, text: string): Promise<Json[]> {
  partitions += 1;
  const pk = String(partitions);
  for (const [index, document] of documents.entries()) {
    createItem(container, { document: { ...document, id: String(index), pk } }, undefined);
  }
  group.flush();
  const request = {
    text,
    parameters: Object.entries(given).map(([name, value]) => ({ name, value })),
    partitionKey: partitionKey([pk]),
    pageSize,
  };
  const results = new ResultCache();
  const rows: Json[] = [];
  let continuation: string | undefined;
  do {
    const page = await runQuery(container, { ...request, continuation }, results, 0);
    expect(page.rows.length).toBeLessThanOrEqual(pageSize);
    rows.push(...page.rows.map((row) => JSON.parse(String(row)) as Json));
    continuation = page.continuation;
  } while (continuation);
  return rows;
}

const withDocuments = ({ documents }: Setting): Row[] =>
  documents.map((document, index) => ({ c: { ...document, id: String(index), pk: '' } }));

const joined = (rows: Row[]): Row[] =>
  rows.flatMap(({ c }) => (Array.isArray(c.list) ? c.list.map((t) => ({ c, t })) : []));

const kept = (rows: Row[], filter: Expression) => rows.filter((row) => filter.of(row) === true);
const defined = (values: Value[]) => values.filter((value): value is Json => value !== undefined);
const identities = (values: readonly Value[]) => values.map(identity).sort();

/** Runs a property over settings and what is made for each. */
function holds<T>(
  make: (setting: Setting) => fc.Arbitrary<T>,
  check: (setting: Setting, made: T) => Promise<void>,
): Promise<void> {
  const cases = setting.chain((one) => fc.tuple(fc.constant(one), make(one)));
  return fc.assert(
    fc.asyncProperty(cases, ([one, made]) => check(one, made)),
    { numRuns: 250 },
  );
}

const pair = ({ given }: Setting) => fc.tuple(expression(given), expression(given));

test('SELECT VALUE with a filter', async () => {
  await holds(pair, async (one, [projection, filter]) => {
    const rows = await rowsOf(one, `SELECT VALUE ${projection.sql} FROM c WHERE ${filter.sql}`);
    const expected = defined(kept(withDocuments(one), filter).map(projection.of));
    expect(identities(rows)).toEqual(identities(expected));
  });
});

test('SELECT DISTINCT VALUE of named values, over a join', async () => {
  const make = ({ given }: Setting) =>
    fc.tuple(expression(given, { joined: true }), expression(given, { joined: true }), path);
  await holds(make, async (one, [projection, filter, other]) => {
    const text = `SELECT DISTINCT VALUE {p: ${projection.sql}, o: ${other.sql}} FROM c JOIN t IN c.list WHERE ${filter.sql}`;
    const values = kept(joined(withDocuments(one)), filter).map((row) => {
      const members = { p: projection.of(row), o: other.of(row) };
      return Object.fromEntries(Object.entries(members).filter(([, member]) => member !== undefined)) as Json;
    });
    expect(identities(await rowsOf(one, text))).toEqual([...new Set(identities(values))]);
  });
});

test('ORDER BY with a window', async () => {
  const make = ({ given }: Setting) =>
    fc.tuple(expression(given), path, fc.boolean(), fc.nat({ max: 5 }), fc.nat({ max: 5 }));
  await holds(make, async (one, [filter, by, descending, offset, limit]) => {
    const order = `ORDER BY ${by.sql} ${descending ? 'DESC' : 'ASC'}`;
    const rows = await rowsOf(
      one,
      `SELECT VALUE c.id FROM c WHERE ${filter.sql} ${order} OFFSET ${offset} LIMIT ${limit}`,
    );
    // Arrays and objects have no order that is documented.
    const isScalar = (row: Row) => typeof by.of(row) !== 'object' || by.of(row) === null;
    const candidates = kept(withDocuments(one), filter);
    fc.pre(candidates.every(isScalar));
    const ordered = candidates
      .filter((row) => by.of(row) !== undefined)
      .sort((left, right) => orderOf(by.of(left), by.of(right)) || Number(left.c.id) - Number(right.c.id));
    if (descending) ordered.reverse();
    expect(rows).toEqual(ordered.slice(offset, offset + limit).map(({ c }) => c.id));
  });
});

test('aggregates', async () => {
  const make = ({ given }: Setting) => fc.tuple(aggregateName, expression(given), expression(given));
  await holds(make, async (one, [name, argument, filter]) => {
    const rows = await rowsOf(one, `SELECT VALUE ${name}(${argument.sql}) FROM c WHERE ${filter.sql}`);
    const expected = aggregate(name, kept(withDocuments(one), filter).map(argument.of));
    expect(rows).toEqual(defined([expected]));
  });
});

test('GROUP BY with aggregates', async () => {
  const make = ({ given }: Setting) => fc.tuple(path, path, aggregateName, expression(given), expression(given));
  await holds(make, async (one, [first, second, name, argument, filter]) => {
    const select = `SELECT ${first.sql} AS f, ${second.sql} AS s, ${name}(${argument.sql}) AS v, COUNT(1) AS n`;
    const rows = await rowsOf(one, `${select} FROM c WHERE ${filter.sql} GROUP BY ${first.sql}, ${second.sql}`);
    const groups = new Map<string, Row[]>();
    for (const row of kept(withDocuments(one), filter)) {
      const key = identity([first.of(row), second.of(row)].map((value) => value ?? 'missing'.repeat(9)) as Json);
      const members = groups.get(key) ?? [];
      groups.set(key, [...members, row]);
    }
    const expected = [...groups.values()].map((members) => {
      const [row] = members as [Row];
      const all = {
        f: first.of(row),
        s: second.of(row),
        v: aggregate(name, members.map(argument.of)),
        n: members.length,
      };
      return JSON.parse(JSON.stringify(all)) as Json;
    });
    expect(identities(rows)).toEqual(identities(expected));
  });
});
