import { expect } from 'vitest';
import { failure, type Check } from './check.ts';

interface Refused {
  query: string;
  /** `SC…` of the query engine and a part of its message. */
  code: string;
  message: string;
}

/** A check that queries are refused in the form of Cosmos DB: 400, BadRequest, code and place of the fault. */
function refusals(id: string, name: string, cases: Refused[], fidelity?: Check['fidelity']): Check {
  return {
    id,
    name,
    fidelity,
    async run(stage) {
      const container = await stage.container();
      await container.items.create({ id: '1', pk: 'a', list: [1, 2] });
      for (const { query, code, message } of cases) {
        const error = (await failure(container.items.query(query, { partitionKey: 'a' }).fetchAll())) as {
          code?: number;
          body?: { code: string; message: string };
        };
        expect({ query, status: error.code, kind: error.body?.code }).toEqual({
          query,
          status: 400,
          kind: 'BadRequest',
        });
        const detail = JSON.parse(error.body?.message.split('\r\n')[0]?.replace('Message: ', '') ?? '{}') as {
          errors: { severity: string; location: { start: number; end: number }; code: string; message: string }[];
        };
        expect(detail.errors).toMatchObject([{ severity: 'Error', code }]);
        expect(detail.errors[0]?.message).toContain(message);
        expect(detail.errors[0]?.location).toEqual({
          start: expect.any(Number) as number,
          end: expect.any(Number) as number,
        });
      }
    },
  };
}

export const queryRefusalChecks: Check[] = [
  refusals('query-syntax-400', 'a query that is none is refused with SC1001 and the place of the fault', [
    { query: 'SELECT FROM c', code: 'SC1001', message: "incorrect syntax near 'FROM'" },
    { query: 'SELECT * FROM c WHERE', code: 'SC1001', message: 'incorrect syntax' },
    { query: 'DELETE FROM c', code: 'SC1001', message: "near 'DELETE'" },
    { query: 'SELECT * FROM c ORDER c.id', code: 'SC1001', message: 'incorrect syntax' },
  ]),
  refusals('query-unknown-names-400', 'unknown functions, names and parameters are refused, never taken as missing', [
    { query: 'SELECT VALUE NOPE(c.id) FROM c', code: 'SC2005', message: "'NOPE' is not a recognized" },
    { query: 'SELECT VALUE id FROM c', code: 'SC2001', message: "Identifier 'id' could not be resolved" },
    { query: 'SELECT * FROM c WHERE c.id = @id', code: 'SC2001', message: "parameter '@id'" },
    { query: 'SELECT VALUE LENGTH() FROM c', code: 'SC2050', message: 'requires 1 argument' },
  ]),
  refusals('query-grouping-400', 'what GROUP BY and aggregates do not allow is refused', [
    { query: 'SELECT c.id, COUNT(1) AS n FROM c', code: 'SC2105', message: 'is invalid in the select list' },
    { query: 'SELECT c.a FROM c GROUP BY c.a ORDER BY c.a', code: 'SC2106', message: 'GROUP BY' },
    { query: 'SELECT * FROM c WHERE COUNT(1) > 1', code: 'SC2104', message: 'SELECT clause only' },
    {
      query: 'SELECT VALUE COUNT(1) FROM c JOIN (SELECT t AS v FROM t IN c.list GROUP BY t) g',
      code: 'SC2105',
      message: 'subquery with GROUP BY',
    },
  ]),
  refusals('query-scalar-subquery-of-many-rows-400', 'a scalar subquery of more than one row is refused', [
    { query: 'SELECT VALUE (SELECT VALUE t FROM t IN c.list) FROM c', code: 'SC2204', message: 'cardinality' },
  ]),
  refusals('query-limits-400', 'a query has at most ten joins', [
    {
      query: `SELECT VALUE 1 FROM c ${Array.from({ length: 11 }, (_, join) => `JOIN t${join} IN c.list`).join(' ')}`,
      code: 'SC3032',
      message: '10 JOINs',
    },
  ]),
  refusals(
    'query-functions-refused',
    'functions for places, full texts and a few newer ones are refused by name',
    ['ST_DISTANCE(c.a, c.b)', 'FullTextContains(c.a, "b")', 'ARRAY_SUM(c.list)', 'DateTimeFormat("a", "b")'].map(
      (call) => ({
        query: `SELECT VALUE ${call} FROM c`,
        code: 'SC2204',
        message: 'is not supported by the local service',
      }),
    ),
    'refused',
  ),
];
