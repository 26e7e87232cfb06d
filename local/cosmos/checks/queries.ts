import type { Container, SqlParameter } from '@azure/cosmos';
import { expect } from 'vitest';
import { failure, type Check, type Stage } from './check.ts';

const PRODUCTS = [
  {
    id: '1',
    pk: 'a',
    name: 'kettle',
    price: 30,
    tags: ['steel', 'kitchen'],
    sizes: [{ unit: 'l', amount: 1.5 }],
    v: [1, 0],
  },
  { id: '2', pk: 'a', name: 'lamp', price: 45, tags: ['steel', 'light'], sizes: [], v: [0, 1] },
  { id: '3', pk: 'b', name: 'large lamp', price: 45, tags: [], nick: null, v: [1, 1] },
  {
    id: '4',
    pk: 'b',
    name: 'mug',
    tags: ['kitchen'],
    nick: 'cup',
    sizes: [
      { unit: 'cl', amount: 30 },
      { unit: 'l', amount: 0.3 },
    ],
  },
];

async function products(stage: Stage): Promise<Container> {
  const container = await stage.container();
  for (const product of PRODUCTS) await container.items.create({ ...product });
  return container;
}

async function rows(container: Container, query: string, parameters: SqlParameter[] = []): Promise<unknown[]> {
  return (await container.items.query({ query, parameters }).fetchAll()).resources as unknown[];
}

/** A check that runs queries over the products and compares all rows; their order counts only with ORDER BY. */
function answers(
  id: string,
  name: string,
  cases: [query: string, expected: unknown[], parameters?: SqlParameter[]][],
): Check {
  return {
    id,
    name,
    async run(stage) {
      const container = await products(stage);
      for (const [query, expected, parameters] of cases) {
        expect({ query, rows: await rows(container, query, parameters) }).toEqual({ query, rows: expected });
      }
    },
  };
}

export const queryChecks: Check[] = [
  answers('query-parameters', 'parameters stand for values and property names', [
    [
      'SELECT VALUE c.id FROM c WHERE c.name = @name AND c.price >= @limits.low',
      ['2'],
      [
        { name: '@name', value: 'lamp' },
        { name: '@limits', value: { low: 45 } },
      ],
    ],
    ['SELECT VALUE c[@property] FROM c WHERE c.id = "1"', [30], [{ name: '@property', value: 'price' }]],
  ]),
  answers('query-join-in', 'JOIN IN gives one row per array element', [
    [
      'SELECT c.id, t AS tag FROM c JOIN t IN c.tags WHERE c.pk = "a"',
      [
        { id: '1', tag: 'steel' },
        { id: '1', tag: 'kitchen' },
        { id: '2', tag: 'steel' },
        { id: '2', tag: 'light' },
      ],
    ],
    ['SELECT VALUE s.amount FROM s IN c.sizes WHERE s.unit = "l"', [1.5, 0.3]],
  ]),
  answers('query-array-contains-both', 'ARRAY_CONTAINS finds equal elements and, when asked, partial matches', [
    ['SELECT VALUE c.id FROM c WHERE ARRAY_CONTAINS(c.tags, "kitchen")', ['1', '4']],
    ['SELECT VALUE c.id FROM c WHERE ARRAY_CONTAINS(c.sizes, {unit: "l"})', []],
    ['SELECT VALUE c.id FROM c WHERE ARRAY_CONTAINS(c.sizes, {unit: "l"}, true)', ['1', '4']],
  ]),
  answers('query-in-between', 'IN and BETWEEN filter, negated as well', [
    ['SELECT VALUE c.id FROM c WHERE c.name IN ("mug", @name)', ['2', '4'], [{ name: '@name', value: 'lamp' }]],
    ['SELECT VALUE c.id FROM c WHERE c.name NOT IN ("mug", "lamp")', ['1', '3']],
    ['SELECT VALUE c.id FROM c WHERE c.price BETWEEN 30 AND 44.9', ['1']],
  ]),
  answers('query-exists-and-array-subquery', 'EXISTS, ARRAY and scalar subqueries see the sources around them', [
    ['SELECT VALUE c.id FROM c WHERE EXISTS(SELECT VALUE s FROM s IN c.sizes WHERE s.amount > 1)', ['1', '4']],
    ['SELECT VALUE ARRAY(SELECT VALUE UPPER(t) FROM t IN c.tags) FROM c WHERE c.pk = "b"', [[], ['KITCHEN']]],
    ['SELECT c.id, (SELECT VALUE COUNT(1) FROM t IN c.tags) AS tags FROM c WHERE c.id = "2"', [{ id: '2', tags: 2 }]],
  ]),
  answers('query-coalesce-ternary', '?? and ? : choose values', [
    ['SELECT VALUE c.nick ?? c.name FROM c', ['kettle', 'lamp', null, 'cup']],
    ['SELECT VALUE c.price > 40 ? "dear" : "cheap" FROM c', ['cheap', 'dear', 'dear', 'cheap']],
  ]),
  answers('query-top', 'TOP gives at most so many rows', [
    ['SELECT TOP 2 VALUE c.id FROM c', ['1', '2']],
    ['SELECT TOP @n VALUE c.id FROM c ORDER BY c.id DESC', ['4'], [{ name: '@n', value: 1 }]],
  ]),
  answers('query-offset-limit', 'OFFSET LIMIT gives a window of the rows', [
    ['SELECT VALUE c.id FROM c ORDER BY c.id OFFSET 1 LIMIT 2', ['2', '3']],
    ['SELECT VALUE c.id FROM c OFFSET 3 LIMIT 10', ['4']],
  ]),
  answers('query-distinct-value', 'DISTINCT gives each value once', [
    ['SELECT DISTINCT VALUE c.price FROM c', [30, 45]],
    ['SELECT DISTINCT VALUE t FROM t IN c.tags', ['steel', 'kitchen', 'light']],
    ['SELECT DISTINCT c.pk FROM c', [{ pk: 'a' }, { pk: 'b' }]],
  ]),
  answers('query-like', 'LIKE matches patterns with sets and escapes', [
    ['SELECT VALUE c.id FROM c WHERE c.name LIKE "%lamp"', ['2', '3']],
    ['SELECT VALUE c.id FROM c WHERE c.name LIKE "[kl]_m%"', ['2']],
    ['SELECT VALUE c.id FROM c WHERE c.name NOT LIKE "l%"', ['1', '4']],
    ['SELECT VALUE "50% off" LIKE "50!% off" ESCAPE "!"', [true]],
  ]),
  answers('query-aggregates', 'COUNT, SUM, AVG, MIN and MAX aggregate with VALUE', [
    ['SELECT VALUE COUNT(1) FROM c', [4]],
    ['SELECT VALUE COUNT(c.price) FROM c', [3]],
    ['SELECT VALUE SUM(c.price) FROM c', [120]],
    ['SELECT VALUE AVG(c.price) FROM c', [40]],
    ['SELECT VALUE MIN(c.name) FROM c', ['kettle']],
    ['SELECT VALUE MAX(c.price) FROM c WHERE c.pk = "a"', [45]],
    ['SELECT VALUE {low: MIN(c.price), high: MAX(c.price)} FROM c', [{ low: 30, high: 45 }]],
    ['SELECT VALUE AVG(c.name) FROM c', []],
  ]),
  answers('query-group-by', 'GROUP BY gives one row per group', [
    [
      'SELECT c.pk, COUNT(1) AS n, SUM(c.price) AS sum FROM c GROUP BY c.pk',
      [
        { pk: 'a', n: 2, sum: 75 },
        { pk: 'b', n: 2, sum: 45 },
      ],
    ],
    ['SELECT VALUE t FROM c JOIN t IN c.tags GROUP BY t', ['steel', 'kitchen', 'light']],
  ]),
  {
    id: 'query-current-timestamp',
    name: 'GetCurrentTimestamp gives the time of the service',
    async run(stage) {
      const [value] = await rows(await products(stage), 'SELECT TOP 1 VALUE GetCurrentTimestamp() FROM c');
      expect(value).toBeTypeOf('number');
      expect(Math.abs((value as number) - Date.now())).toBeLessThan(600_000);
    },
  },
  answers('query-vector-distance', 'VectorDistance compares vectors and orders by similarity', [
    ['SELECT VALUE VectorDistance(c.v, [1, 0]) FROM c WHERE c.pk = "a"', [1, 0]],
    ['SELECT VALUE VectorDistance([3, 4], [0, 0], false, {distanceFunction: "euclidean"})', [5]],
    ['SELECT TOP 2 VALUE c.id FROM c ORDER BY VectorDistance(c.v, [1, 0])', ['1', '3']],
  ]),
  answers('query-undefined-logic', 'a comparison with a missing property is neither true nor false', [
    ['SELECT VALUE c.id FROM c WHERE c.price = 45', ['2', '3']],
    ['SELECT VALUE c.id FROM c WHERE NOT (c.price = 45)', ['1']],
    ['SELECT VALUE c.id FROM c WHERE c.price != 45 OR c.id = "4"', ['1', '4']],
    ['SELECT VALUE c.id FROM c WHERE c.nick = null', ['3']],
    ['SELECT VALUE c.id FROM c WHERE c.nick != null', ['4']],
    ['SELECT VALUE c.id FROM c WHERE c.nick < "z"', ['4']],
    ['SELECT VALUE c.id FROM c WHERE IS_DEFINED(c.nick)', ['3', '4']],
  ]),
  {
    id: 'query-type-rank-order',
    name: 'values of different types are ordered by type',
    async run(stage) {
      const container = await stage.container({
        indexingPolicy: { includedPaths: [{ path: '/*' }, { path: '/value/?' }], excludedPaths: [] },
      });
      const values = [{ v: 1 }, ['list'], 'b', 'a', -1, 10, true, false, null, undefined];
      for (const [index, value] of values.entries())
        await container.items.create({ id: String(index), pk: 'a', value });
      const ascending = ['9', '8', '7', '6', '4', '5', '3', '2', '1', '0'];
      expect(await rows(container, 'SELECT VALUE c.id FROM c ORDER BY c["value"]')).toEqual(ascending);
      expect(await rows(container, 'SELECT VALUE c.id FROM c ORDER BY c["value"] DESC')).toEqual(
        ascending.toReversed(),
      );
    },
  },
  {
    id: 'query-order-by-missing',
    name: 'ORDER BY leaves out items without the property, unless the indexing policy names its path',
    async run(stage) {
      const query = 'SELECT VALUE c.id FROM c ORDER BY c.price';
      expect(await rows(await products(stage), query)).toEqual(['1', '2', '3']);
      const named = await stage.container({
        indexingPolicy: { includedPaths: [{ path: '/*' }, { path: '/price/?' }], excludedPaths: [] },
      });
      for (const product of PRODUCTS) await named.items.create({ ...product });
      expect(await rows(named, query)).toEqual(['4', '1', '2', '3']);
      expect(await rows(named, `${query} DESC`)).toEqual(['3', '2', '1', '4']);
    },
  },
  {
    id: 'query-order-by-two-keys-no-index-400',
    name: 'ORDER BY two properties needs a composite index of the same directions',
    async run(stage) {
      const query = 'SELECT VALUE c.id FROM c ORDER BY c.price DESC, c.name ASC';
      expect(await failure(rows(await products(stage), query))).toMatchObject({
        code: 400,
        message: expect.stringContaining('does not have a corresponding composite index') as string,
      });
      const indexed = await stage.container({
        indexingPolicy: {
          compositeIndexes: [
            [
              { path: '/price', order: 'ascending' },
              { path: '/name', order: 'descending' },
            ],
          ],
        },
      });
      for (const product of PRODUCTS) await indexed.items.create({ ...product });
      expect(await rows(indexed, query)).toEqual(['2', '3', '1', '4']);
      expect(await failure(rows(indexed, query.replace('DESC', 'ASC')))).toMatchObject({ code: 400 });
    },
  },
  answers('query-subquery-sources', 'a subquery in FROM gives its rows, IN the elements of those that are arrays', [
    [
      'SELECT VALUE t FROM c JOIN (SELECT VALUE t FROM t IN c.tags WHERE t LIKE "%t%") AS t WHERE c.id = "1"',
      ['steel', 'kitchen'],
    ],
    ['SELECT VALUE t FROM c JOIN t IN (SELECT VALUE c.tags) WHERE c.id = "2"', ['steel', 'light']],
    ['SELECT VALUE s.n FROM c JOIN (SELECT COUNT(1) AS n FROM t IN c.tags) AS s', [2, 2, 0, 1]],
    [
      'SELECT VALUE CONCAT(c.name, " ", w.word) FROM c JOIN w IN (SELECT VALUE [{key: "light", word: "bright"}, {key: "x", word: "y"}]) WHERE ARRAY_CONTAINS(c.tags, w.key)',
      ['lamp bright'],
    ],
  ]),
  {
    id: 'query-metrics',
    name: 'a query tells what it loaded and put out when it is asked to',
    async run(stage) {
      const container = await products(stage);
      const headers = {
        'content-type': 'application/query+json',
        'x-ms-documentdb-query-enablecrosspartition': 'True',
        'x-ms-documentdb-populatequerymetrics': 'True',
      };
      const query = '{"query":"SELECT VALUE c.id FROM c WHERE c.price = 45"}';
      const answer = await stage.raw('POST', `${container.url}/docs`, headers, query);
      expect(answer.headers.get('x-ms-documentdb-query-metrics')).toMatch(
        /^retrievedDocumentCount=2;retrievedDocumentSize=\d+;outputDocumentCount=2;outputDocumentSize=6$/,
      );
    },
  },
];
