import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../json.ts';
import { after, afterFailure, change, compose, variable } from '../testing/definitions.ts';
import { failedWith, outputsOf, startWorkflows, type TestRunner } from '../testing/testProject.ts';

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
};

let test: TestRunner;
beforeAll(async () => {
  test = await startWorkflows(WORKFLOWS);
});
afterAll(() => test.end());

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
      Parsed: failedWith('SchemaValidationFailed', /required property 'b'.*\/a must be integer/),
      No_json: failedWith('InvalidJson', /is not JSON/),
      Selected: failedWith('BadRequest', /must be an array, not a value of type String/),
      Queried: failedWith('BadRequest', /must give a boolean, not a value of type Integer/),
      Template: failedWith(
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
      Set: failedWith('InvalidVariableValue', /'v' of type integer cannot hold a value of type String/),
      Inc: failedWith('InvalidVariableOperation', /IncrementVariable of 'v' adds numbers, not a value of type String/),
      App: failedWith('InvalidVariableOperation', /appends to arrays/),
      Half: failedWith('InvalidVariableValue', /cannot hold a value of type Float/),
      End: { outputs: 1 },
    });
  });
});
