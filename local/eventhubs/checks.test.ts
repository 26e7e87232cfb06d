import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { captureChecks } from './checks/capture.ts';
import { Stage } from './checks/check.ts';
import { httpChecks } from './checks/http.ts';
import { webSocketChecks } from './checks/webSockets.ts';

/** What clients need of the service, by area and name, in the order of its protocol. */
const TABLE = {
  'AMQP over WebSockets': webSocketChecks,
  'sending by REST': httpChecks,
  'capture to Blob Storage': captureChecks,
};

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.set();
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
