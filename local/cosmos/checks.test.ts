import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountChecks } from './checks/account.ts';
import { batchChecks } from './checks/batches.ts';
import { changeFeedChecks } from './checks/changeFeed.ts';
import { Stage } from './checks/check.ts';
import { chargeChecks } from './checks/charges.ts';
import { crudChecks } from './checks/crud.ts';
import { etagChecks, patchChecks } from './checks/etagsAndPatch.ts';
import { otherChecks } from './checks/others.ts';
import { pagingChecks } from './checks/paging.ts';
import { queryChecks } from './checks/queries.ts';
import { throughputChecks } from './checks/throughput.ts';

/** What the unmodified official client needs, by name and in the order of the reference. */
const TABLE = {
  'account, databases, containers': accountChecks,
  CRUD: crudChecks,
  'entity tags': etagChecks,
  patch: patchChecks,
  'transactional batch and bulk': batchChecks,
  queries: queryChecks,
  'cross partition and continuation': pagingChecks,
  'change feed': changeFeedChecks,
  'time to live, hierarchical keys, session consistency': otherChecks,
  'request charges': chargeChecks,
  'throughput and throttling': throughputChecks,
};

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.set();
});
afterAll(() => stage.strike());

test('each check has an id and a sentence of its own', () => {
  const checks = Object.values(TABLE).flat();
  for (const member of ['id', 'name'] as const) {
    expect(new Set(checks.map((check) => check[member])).size).toBe(checks.length);
  }
  expect(checks.length).toBeGreaterThanOrEqual(75);
});

describe.each(Object.entries(TABLE))('%s', (_area, checks) => {
  test.each(checks)('$id: $name', async ({ run }) => {
    await run(stage);
  });
});
