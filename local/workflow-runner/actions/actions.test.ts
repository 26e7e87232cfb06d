import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../json.ts';
import { startRunner, workflowOf, type EndedRun, type TestRunner } from '../testing/testProject.ts';

const after = (...names: string[]) => Object.fromEntries(names.map((name) => [name, ['Succeeded']]));
const afterFailure = (name: string) => ({ [name]: ['Failed'] });
const compose = (inputs: unknown, runAfter = {}): JsonObject => ({
  type: 'Compose',
  inputs: inputs as JsonObject,
  runAfter,
});
const variable = (type: string, value?: unknown): JsonObject => ({
  type: 'InitializeVariable',
  inputs: { variables: [{ name: 'v', type, ...(value !== undefined && { value: value as JsonObject }) }] },
});
const change = (type: string, value: unknown, runAfter = after('V')): JsonObject => ({
  type,
  runAfter,
  inputs: { name: 'v', value: value as JsonObject },
});
const FAIL = compose("@int('x')");

/** One workflow each; they run in one runner. */
const WORKFLOWS: Record<string, JsonObject> = {
  data: {
    Array: compose([{ n: 1 }, { n: 2 }, { n: 3 }]),
    Parsed: {
      type: 'ParseJson',
      inputs: {
        content: '{"a": 1}',
        schema: { $schema: 'http://json-schema.org/draft-04/schema#', type: 'object', required: ['a'] },
      },
    },
    Selected: {
      type: 'Select',
      runAfter: after('Array'),
      inputs: { from: "@outputs('Array')", select: { double: "@mul(item()['n'], 2)" } },
    },
    Queried: {
      type: 'Query',
      runAfter: after('Array'),
      inputs: { from: "@outputs('Array')", where: "@greater(item()['n'], 1)" },
    },
    Joined: {
      type: 'Join',
      runAfter: after('Selected'),
      inputs: { from: "@createArray('a', 1, true)", joinWith: '; ' },
    },
  },
  'bad-data': {
    Parsed: {
      type: 'ParseJson',
      inputs: { content: { a: 'x' }, schema: { properties: { a: { type: 'integer' }, b: {} }, required: ['b'] } },
    },
    No_json: { type: 'ParseJson', inputs: { content: '{', schema: {} } },
    Selected: { type: 'Select', inputs: { from: 'text', select: '@item()' } },
    Queried: { type: 'Query', inputs: { from: [1], where: '@item()' } },
    Template: compose("@triggerBody()['missing']"),
  },
  numbers: {
    V: variable('Integer', 5),
    Inc: change('IncrementVariable', 3),
    Dec: change('DecrementVariable', 1, after('Inc')),
    End: compose("@variables('v')", after('Dec')),
  },
  texts: {
    V: variable('String'),
    App: change('AppendToStringVariable', 'a'),
    App2: change('AppendToStringVariable', 2, after('App')),
    End: compose("@variables('v')", after('App2')),
  },
  arrays: {
    V: variable('Array', []),
    App: change('AppendToArrayVariable', { x: 1 }),
    Set: change('SetVariable', ['@{1}'], after('App')),
    App2: change('AppendToArrayVariable', null, after('Set')),
    End: compose("@variables('v')", after('App2')),
  },
  'wrong-variables': {
    V: variable('Integer', 1),
    Set: change('SetVariable', 'x'),
    Inc: change('IncrementVariable', 'x', afterFailure('Set')),
    App: change('AppendToArrayVariable', 1, afterFailure('Inc')),
    Half: change('IncrementVariable', 0.5, afterFailure('App')),
    End: compose("@variables('v')", afterFailure('Half')),
  },
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
    Try: { type: 'Scope', actions: { Bad: FAIL, Not_reached: compose(1, after('Bad')) } },
    Catch: compose("@result('Try')", afterFailure('Try')),
    Finally: compose('always', { Catch: ['Succeeded', 'Skipped'] }),
  },
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
    Results: compose("@length(result('Each'))", after('Each')),
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
      actions: { X: compose("@iterationIndexes('Repeat')") },
    },
  },
  'until-timeout': {
    Repeat: {
      type: 'Until',
      expression: '@false',
      limit: { count: 5000, timeout: 'PT10S' },
      actions: { Pause: { type: 'Wait', inputs: { interval: { count: 5, unit: 'Second' } } } },
    },
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
  const workflows = Object.fromEntries(Object.entries(WORKFLOWS).map(([name, actions]) => [name, workflowOf(actions)]));
  test = await startRunner({ workflows });
});
afterAll(() => test.end());

const outputsOf = (run: EndedRun, name: string) => run.actions[name]?.outputs;
const failure = (code: string, message: RegExp) => ({
  status: 'Failed',
  code,
  error: { message: expect.stringMatching(message) },
});

describe('data operations', () => {
  it('parse, select, query and join', async () => {
    const run = await test.run('data');
    expect(run.status).toBe('Succeeded');
    expect(outputsOf(run, 'Parsed')).toEqual({ body: { a: 1 } });
    expect(outputsOf(run, 'Selected')).toEqual({ body: [{ double: 2 }, { double: 4 }, { double: 6 }] });
    expect(outputsOf(run, 'Queried')).toEqual({ body: [{ n: 2 }, { n: 3 }] });
    expect(outputsOf(run, 'Joined')).toEqual({ body: 'a; 1; True' });
  });

  it('fail with the reason, and fail the run', async () => {
    const run = await test.run('bad-data');
    expect(run).toMatchObject({ status: 'Failed', error: { code: 'ActionFailed' } });
    expect(run.actions).toMatchObject({
      Parsed: failure('SchemaValidationFailed', /required property 'b'.*\/a must be integer/),
      No_json: failure('InvalidJson', /is not JSON/),
      Selected: failure('BadRequest', /must be an array, not a value of type String/),
      Queried: failure('BadRequest', /must give a boolean, not a value of type Integer/),
      Template: failure(
        'InvalidTemplate',
        /Unable to process template language expressions in action 'Template' inputs: 'the property 'missing'/,
      ),
    });
  });
});

describe('variables', () => {
  it.each([
    ['numbers', 7],
    ['texts', 'a2'],
    ['arrays', ['1', null]],
  ])('%s change as told', async (workflow, value) => {
    const run = await test.run(workflow);
    expect(run.status).toBe('Succeeded');
    expect(outputsOf(run, 'End')).toEqual(value);
  });

  it('refuse a value of another type and stay what they were', async () => {
    const run = await test.run('wrong-variables');
    expect(run.actions).toMatchObject({
      Set: failure('InvalidVariableValue', /'v' of type integer cannot hold a value of type String/),
      Inc: failure('InvalidVariableOperation', /IncrementVariable of 'v' adds numbers, not a value of type String/),
      App: failure('InvalidVariableOperation', /appends to arrays/),
      Half: failure('InvalidVariableValue', /cannot hold a value of type Float/),
      End: { outputs: 1 },
    });
  });
});

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
    expect(run.actions.Pick).toMatchObject(failure('ExpressionEvaluationFailed', /not a value of type Array/));
    expect(run.actions.Yes).toMatchObject(failure('InvalidTemplate', /compares two numbers/));
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
      Odd: failure('BadRequest', /unit "Fortnight" is not one of/),
      When: failure('BadRequest', /"soon" is not a time/),
    });
  });
});

describe('loops', () => {
  it('run for each item, nested, with items by name', async () => {
    const run = await test.run('loops', { list: [2, 0, 1] });
    expect(run.status).toBe('Succeeded');
    expect((outputsOf(run, 'End') as string[]).toSorted()).toEqual(['2.0', '4.0', '4.1']);
    expect(outputsOf(run, 'Results')).toBe(6);
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
      failure('ExpressionEvaluationFailed', /must give an array/),
    );
  });

  it('repeat until the condition holds in the iteration that ended', async () => {
    const run = await test.run('until');
    expect(run.actions).toMatchObject({
      Repeat: { status: 'Succeeded', inputs: { iterations: 3 } },
      End: { outputs: 3 },
    });
  });

  it('stop at the limit of count and of time', async () => {
    const counted = await test.run('until-limit');
    expect(counted.actions.Repeat).toMatchObject({
      ...failure('LimitExceeded', /not met in 4 iterations/),
      inputs: { iterations: 4 },
    });
    expect(counted.actions['X@Repeat[3]']).toMatchObject({ outputs: 3 });
    const timed = await test.run('until-timeout');
    expect(timed.actions.Repeat).toMatchObject({ status: 'TimedOut', code: 'ActionTimedOut' });
    expect(timed.status).toBe('Failed');
  });
});
