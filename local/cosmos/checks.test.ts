import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountChecks } from './checks/account.ts';
import { batchChecks } from './checks/batches.ts';
import { changeFeedChecks } from './checks/changeFeed.ts';
import { Stage } from './checks/check.ts';
import { crudChecks } from './checks/crud.ts';
import { etagChecks, patchChecks } from './checks/etagsAndPatch.ts';
import { otherChecks } from './checks/others.ts';
import { pagingChecks } from './checks/paging.ts';
import { queryChecks } from './checks/queries.ts';

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
  'time to live, hierarchical keys, offers, throttling, session consistency': otherChecks,
};

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.set();
});
afterAll(() => stage.strike());

test('the table has 75 checks, each once', () => {
  const names = Object.values(TABLE).flatMap((checks) => checks.map(({ name }) => name));
  expect(new Set(names).size).toBe(75);
  expect(names).toHaveLength(75);
});

describe.each(Object.entries(TABLE))('%s', (_area, checks) => {
  test.each(checks)('$name', async ({ run }) => {
    await run(stage);
  });
});
