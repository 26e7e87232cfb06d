import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountChecks } from './checks/account.ts';
import { batchChecks } from './checks/batches.ts';
import { changeFeedChecks } from './checks/changeFeed.ts';
import { changeFeedStartChecks } from './checks/changeFeedStarts.ts';
import { chargeChecks } from './checks/charges.ts';
import { Stage } from './checks/check.ts';
import { crashChecks } from './checks/crashes.ts';
import { crudChecks } from './checks/crud.ts';
import { etagMatrixChecks } from './checks/etagMatrix.ts';
import { etagChecks, patchChecks } from './checks/etagsAndPatch.ts';
import { hierarchicalKeyChecks } from './checks/hierarchicalKeys.ts';
import { itemLimitChecks } from './checks/itemLimits.ts';
import { pagingChecks } from './checks/paging.ts';
import { queryChecks } from './checks/queries.ts';
import { queryRefusalChecks } from './checks/queryRefusals.ts';
import { sessionChecks } from './checks/sessions.ts';
import { throughputChecks } from './checks/throughput.ts';
import { timeToLiveChecks } from './checks/timeToLive.ts';
import { transactionChecks } from './checks/transactions.ts';
import { uniqueKeyChecks } from './checks/uniqueKeys.ts';
import { unsupportedChecks } from './checks/unsupported.ts';

/** What the service does for the unmodified official client, by area, in the order of the protocol reference. */
const TABLE = {
  'account, databases, containers': accountChecks,
  items: [...crudChecks, ...itemLimitChecks],
  'entity tags': [...etagChecks, ...etagMatrixChecks],
  patch: patchChecks,
  'transactional batch and bulk': [...batchChecks, ...transactionChecks],
  queries: [...queryChecks, ...queryRefusalChecks],
  'cross partition and continuation': pagingChecks,
  'change feed': [...changeFeedChecks, ...changeFeedStartChecks],
  'time to live': timeToLiveChecks,
  'hierarchical partition keys': hierarchicalKeyChecks,
  'unique keys': uniqueKeyChecks,
  'request charges': chargeChecks,
  'throughput and throttling': throughputChecks,
  'sessions and consistency': sessionChecks,
  crashes: crashChecks,
  'what is not supported': unsupportedChecks,
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
