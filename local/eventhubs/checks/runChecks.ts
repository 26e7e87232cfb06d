import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Stage, type Check } from './check.ts';

/** Runs a table of checks on one stage, in order; its names must differ. */
export function runChecks(table: Readonly<Record<string, readonly Check[]>>, timeout: number): void {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.set();
  });
  afterAll(() => stage.strike());

  test('every check has a name of its own', () => {
    const names = Object.values(table).flatMap((checks) => checks.map(({ name }) => name));
    expect(names).toHaveLength(new Set(names).size);
  });

  describe.each(Object.entries(table))('%s', (_area, checks) => {
    test.each(checks)('$name', { timeout }, async ({ run }) => {
      await run(stage);
    });
  });
}
