import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../json.ts';
import { after, compose, failing, variable } from '../testing/definitions.ts';
import { failedWith, outputsOf, startWorkflows, type TestRunner } from '../testing/testProject.ts';

/** One workflow each; they run in one runner. */
const WORKFLOWS: Record<string, JsonObject> = {
  loops: {
    V: variable('Array', []),
    Each: {
      type: 'Foreach',
      runAfter: after('V'),
      foreach: "@triggerBody()['list']",
      operationOptions: 'Sequential',
      actions: {
        Doubled: compose("@mul(items('Each'), 2)"),
        Inner: {
          type: 'Foreach',
          runAfter: after('Doubled'),
          foreach: "@range(0, items('Each'))",
          actions: {
            Add: {
              type: 'AppendToArrayVariable',
              inputs: { name: 'v', value: "@concat(outputs('Doubled'), '.', item())" },
            },
          },
        },
      },
    },
    End: compose("@variables('v')", after('Each')),
    Results: compose("@result('Each')", after('Each')),
  },
  'partly-failed': {
    Each: { type: 'Foreach', foreach: [1, 'x', 3], actions: { Check: compose('@add(item(), 1)') } },
    After: compose(1, after('Each')),
  },
  'no-array': { Each: { type: 'Foreach', foreach: 'text', actions: {} } },
  until: {
    V: variable('Integer', 0),
    Repeat: {
      type: 'Until',
      runAfter: after('V'),
      expression: { equals: ["@outputs('Seen')", 3] },
      limit: { count: 10 },
      actions: {
        Add: { type: 'IncrementVariable', inputs: { name: 'v' } },
        Seen: compose("@variables('v')", after('Add')),
      },
    },
    End: compose("@variables('v')", after('Repeat')),
  },
  'until-limit': {
    Repeat: {
      type: 'Until',
      expression: '@false',
      limit: { count: 4 },
      operationOptions: 'FailWhenLimitsReached',
      actions: { X: compose("@iterationIndexes('Repeat')") },
    },
  },
  'until-lenient': {
    Repeat: { type: 'Until', expression: '@false', limit: { count: 4 }, actions: { X: compose(1) } },
  },
  'until-default': { Repeat: { type: 'Until', expression: '@false', actions: { X: compose(1) } } },
  'until-failing': {
    Repeat: { type: 'Until', expression: "@equals(action().status, 'Failed')", actions: { X: failing } },
  },
  'until-timeout': {
    Repeat: {
      type: 'Until',
      expression: '@false',
      operationOptions: 'FailWhenLimitsReached',
      limit: { count: 5000, timeout: 'PT10S' },
      actions: { Pause: { type: 'Wait', inputs: { interval: { count: 5, unit: 'Second' } } } },
    },
  },
};

let test: TestRunner;
beforeAll(async () => {
  test = await startWorkflows(WORKFLOWS);
});
afterAll(() => test.end());

describe('loops', () => {
  it('run for each item, nested, with items by name', async () => {
    const run = await test.run('loops', { list: [2, 0, 1] });
    expect(run.status).toBe('Succeeded');
    expect((outputsOf(run, 'End') as string[]).toSorted()).toEqual(['2.0', '4.0', '4.1']);
    expect(outputsOf(run, 'Results')).toMatchObject([
      {
        name: 'Doubled',
        outputs: [4, 0, 2].map((outputs) => ({ name: 'Doubled', status: 'Succeeded', code: 'OK', outputs })),
      },
      { name: 'Inner', outputs: [2, 0, 1].map((iterations) => ({ name: 'Inner', inputs: { iterations } })) },
    ]);
    expect(run.actions['Add@Each[0]/Inner[1]']).toMatchObject({ status: 'Succeeded' });
    expect(run.actions.Each).toMatchObject({ inputs: { iterations: 3 } });
  });

  it('fail as a whole if one iteration fails, after the others', async () => {
    const run = await test.run('partly-failed');
    expect(run.status).toBe('Failed');
    expect(run.actions).toMatchObject({
      'Check@Each[0]': { outputs: 2 },
      'Check@Each[1]': { status: 'Failed' },
      'Check@Each[2]': { outputs: 4 },
      Each: { status: 'Failed' },
      After: { status: 'Skipped' },
    });
    expect((await test.run('no-array')).actions.Each).toMatchObject(
      failedWith('ExpressionEvaluationFailed', /must give an array/),
    );
  });

  it('repeat until the condition holds in the iteration that ended', async () => {
    const run = await test.run('until');
    expect(run.actions).toMatchObject({
      Repeat: { status: 'Succeeded', inputs: { iterations: 3 } },
      End: { outputs: 3 },
    });
  });

  it('end as their last iteration did, which the condition sees', async () => {
    const run = await test.run('until-failing');
    expect(run.actions.Repeat).toMatchObject({ status: 'Failed', code: 'ActionFailed', inputs: { iterations: 1 } });
  });

  it('stop at the limit of count and of time, and fail there where they are told to', async () => {
    const counted = await test.run('until-limit');
    expect(counted.actions.Repeat).toMatchObject({
      ...failedWith('LimitExceeded', /not met in 4 iterations/),
      inputs: { iterations: 4 },
    });
    expect(counted.actions['X@Repeat[3]']).toMatchObject({ outputs: 3 });
    const lenient = await test.run('until-lenient');
    expect(lenient).toMatchObject({
      status: 'Succeeded',
      actions: { Repeat: { status: 'Succeeded', inputs: { iterations: 4 } } },
    });
    const standard = await test.run('until-default');
    expect(standard.actions.Repeat).toMatchObject({ inputs: { iterations: 60 } });
    const timed = await test.run('until-timeout');
    expect(timed.actions.Repeat).toMatchObject({ status: 'TimedOut', code: 'ActionTimedOut' });
    expect(timed.status).toBe('Failed');
  });
});
