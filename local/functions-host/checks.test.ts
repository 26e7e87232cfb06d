import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventHubChecks } from './checks/eventHub.ts';
import { retryChecks } from './checks/retries.ts';
import { Stage } from './checks/stage.ts';
import { workerChecks } from './checks/worker.ts';

/** What apps rely on, by area; each check says whether Azure does the same. */
const TABLE = {
  'Event Hubs trigger': eventHubChecks,
  'retry policies': retryChecks,
  'the worker process': workerChecks,
};

let stage: Stage;
beforeAll(() => {
  stage = new Stage();
});
afterAll(() => stage.strike());

test('every check has a name of its own', () => {
  const names = Object.values(TABLE).flatMap((checks) => checks.map(({ name }) => name));
  expect(names).toHaveLength(new Set(names).size);
});

describe.each(Object.entries(TABLE))('%s', (_area, checks) => {
  test.each(checks)('$name', async ({ run }) => {
    await run(stage);
  });
});
