import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../json.ts';
import { after, afterFailure, compose, failing } from '../testing/definitions.ts';
import { failedWith, outputsOf, startWorkflows, type TestRunner } from '../testing/testProject.ts';

/** One workflow each; they run in one runner. */
const WORKFLOWS: Record<string, JsonObject> = {
  branches: {
    Yes: {
      type: 'If',
      expression: { and: [{ greater: ["@triggerBody()['n']", 1] }, { not: { equals: ["@triggerBody()['n']", 9] } }] },
      actions: { Then: compose('then') },
      else: { actions: { Else: compose('else') } },
    },
    Pick: {
      type: 'Switch',
      expression: "@triggerBody()['n']",
      cases: {
        One: { case: 1, actions: { In_one: compose('one') } },
        Two: { case: 2, actions: { In_two: compose('two') } },
      },
      default: { actions: { In_default: compose('default') } },
    },
    End: compose("@coalesce(outputs('Then'), outputs('Else'))", after('Yes', 'Pick')),
  },
  handled: {
    Try: { type: 'Scope', actions: { Bad: failing, Not_reached: compose(1, after('Bad')) } },
    Catch: compose("@result('Try')", afterFailure('Try')),
    Finally: compose('always', { Catch: ['Succeeded', 'Skipped'] }),
  },
  ended: {
    Brief: { type: 'Wait', inputs: { interval: { count: 1, unit: 'Second' } } },
    Stop: {
      type: 'Terminate',
      runAfter: after('Brief'),
      inputs: { runStatus: 'Cancelled', runError: { code: 'Enough', message: "by @{triggerBody()['n']}" } },
    },
    Long: { type: 'Wait', inputs: { interval: { count: 1, unit: 'Day' } } },
    Later: compose(1, { Long: ['Succeeded', 'Failed', 'Skipped', 'TimedOut'] }),
  },
  waits: {
    Short: { type: 'Wait', inputs: { interval: { count: 2, unit: 'Second' } } },
    Past: { type: 'Wait', inputs: { until: { timestamp: '2020-01-01T00:00:00Z' } } },
    Odd: { type: 'Wait', inputs: { interval: { count: 1, unit: 'Fortnight' } } },
    When: { type: 'Wait', inputs: { until: { timestamp: 'soon' } } },
  },
};

let test: TestRunner;
beforeAll(async () => {
  test = await startWorkflows(WORKFLOWS);
});
afterAll(() => test.end());

describe('control actions', () => {
  it.each([
    [2, 'then', { Then: 'Succeeded', Else: 'Skipped', In_one: 'Skipped', In_two: 'Succeeded', In_default: 'Skipped' }],
    [9, 'else', { Then: 'Skipped', Else: 'Succeeded', In_one: 'Skipped', In_two: 'Skipped', In_default: 'Succeeded' }],
    [1, 'else', { Then: 'Skipped', Else: 'Succeeded', In_one: 'Succeeded', In_two: 'Skipped', In_default: 'Skipped' }],
  ])('take the branch for %i', async (n, end, statuses) => {
    const run = await test.run('branches', { n });
    expect(outputsOf(run, 'End')).toBe(end);
    const actual = Object.keys(statuses).map((name) => [name, run.actions[name]?.status]);
    expect(Object.fromEntries(actual)).toEqual(statuses);
  });

  it('fail on a switch over another type than text or number', async () => {
    const run = await test.run('branches', { n: [1] });
    expect(run.actions.Pick).toMatchObject(failedWith('ExpressionEvaluationFailed', /not a value of type Array/));
    expect(run.actions.Yes).toMatchObject(failedWith('InvalidTemplate', /compares two numbers/));
  });

  it('let a failure of a scope be handled', async () => {
    const run = await test.run('handled');
    expect(run.status).toBe('Succeeded');
    expect(run.actions).toMatchObject({
      Try: { status: 'Failed', code: 'ActionFailed' },
      Not_reached: {
        status: 'Skipped',
        error: {
          message: expect.stringMatching(
            /'runAfter' condition for action 'Bad' is not satisfied. Expected status values 'Succeeded' and actual value 'Failed'/,
          ),
        },
      },
      Catch: {
        outputs: [
          { name: 'Bad', status: 'Failed' },
          { name: 'Not_reached', status: 'Skipped' },
        ],
      },
      Finally: { outputs: 'always' },
    });
  });

  it('end the run with Terminate, whatever is under way', async () => {
    const run = await test.run('ended', { n: 7 });
    expect(run).toMatchObject({ status: 'Cancelled', error: { code: 'Enough', message: 'by 7' } });
    expect(run.actions).toMatchObject({
      Stop: { status: 'Succeeded' },
      Long: { status: 'Cancelled' },
      Later: { status: 'Skipped' },
    });
  });

  it('wait, and refuse a wait that cannot be computed', async () => {
    const run = await test.run('waits');
    expect(run.actions).toMatchObject({
      Short: { status: 'Succeeded' },
      Past: { status: 'Succeeded' },
      Odd: failedWith('BadRequest', /unit "Fortnight" is not one of/),
      When: failedWith('BadRequest', /"soon" is not a time/),
    });
  });
});
