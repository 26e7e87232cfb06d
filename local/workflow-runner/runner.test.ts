import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { compose } from './testing/definitions.ts';
import { endOfRun, startRunner, workflowOf, type TestRunner } from './testing/testProject.ts';

const WORKFLOWS = {
  plain: workflowOf({ Got: compose(1) }),
  ticking: workflowOf(
    { Got: compose("@trigger()['name']") },
    { triggers: { tick: { type: 'Recurrence', recurrence: { frequency: 'Month', interval: 1 } } } },
  ),
  nightly: workflowOf(
    { Got: compose(1) },
    {
      triggers: {
        night: { type: 'Recurrence', recurrence: { frequency: 'Day', interval: 1, startTime: '2025-01-01T02:00:00Z' } },
      },
    },
  ),
};

let test: TestRunner;
beforeAll(async () => {
  test = await startRunner({ workflows: WORKFLOWS });
});
afterAll(() => test.end());

describe('recurrences', () => {
  it('fire when first seen without a start time, else at their next time', async () => {
    await vi.waitFor(() => expect(test.runner.runs({ workflow: 'ticking' }).value).toHaveLength(1));
    expect(test.runner.runs({ workflow: 'nightly' }).value).toEqual([]);
    const nightly = (await test.runner.describe()).workflows.find(({ name }) => name === 'nightly') as {
      trigger: { next: string };
    };
    expect(nightly.trigger.next).toMatch(/T02:00:00\.000Z$/);
    expect(Date.parse(nightly.trigger.next)).toBeGreaterThan(Date.now());
  });

  it('can be run now', async () => {
    const { runs } = await test.runner.trigger({ workflow: 'Nightly' });
    expect(await endOfRun(test.runner, 'nightly', runs[0]!)).toMatchObject({ status: 'Succeeded' });
    await expect(test.runner.trigger({ workflow: 'plain' })).rejects.toThrow(/has a Request trigger; call http/);
    await expect(test.runner.trigger({ workflow: 'nope' })).rejects.toThrow(
      /there is no workflow "nope"; there are nightly, plain, ticking/,
    );
  });
});
