import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../json.ts';
import { after, compose } from '../testing/definitions.ts';
import { load } from '../testing/loadedProject.ts';
import { manage } from '../testing/managementClient.ts';
import { endOfRun, failedWith, startRunner, workflowOf, type TestRunner } from '../testing/testProject.ts';

const call = (id: string, more: JsonObject = {}, action: JsonObject = {}): JsonObject => ({
  type: 'Workflow',
  inputs: { host: { workflow: { id } }, body: '@triggerBody()', ...more },
  ...action,
});
const respond = (statusCode: unknown, body?: unknown): JsonObject => ({
  type: 'Response',
  inputs: { statusCode: statusCode as number, ...(body !== undefined && { body: body as JsonObject }) },
});
const request = (more: JsonObject) => ({ triggers: { manual: { type: 'Request', kind: 'Http', ...more } } });
const WAIT = { type: 'Wait', inputs: { interval: { count: 1, unit: 'Week' } } };

const WORKFLOWS = {
  child: workflowOf({
    Answer: {
      type: 'Response',
      inputs: {
        statusCode: 201,
        headers: { 'X-Run': "@workflow()['run']['name']" },
        body: { got: '@triggerBody()', kind: "@triggerOutputs()['headers']['X-Kind']" },
      },
    },
  }),
  parent: workflowOf({
    Call: call('Child', { headers: { 'X-Kind': 5 }, host: { workflow: { id: 'Child' }, triggerName: 'manual' } }),
    After: compose("@body('Call')?['got']", after('Call')),
  }),
  quiet: workflowOf({ Got: compose(1) }),
  'calls-quiet': workflowOf({ Call: call('quiet') }),
  unwilling: workflowOf({ Answer: respond(200) }, request({ conditions: [{ expression: '@false' }] })),
  'calls-unwilling': workflowOf({ Call: call('unwilling') }),
  refusing: workflowOf({ Answer: respond("@triggerBody()['status']", 'no') }),
  'calls-refusing': workflowOf({
    Call: call('refusing', { retryPolicy: { type: 'fixed', count: 2, interval: 'PT5S' } }),
  }),
  silent: workflowOf({ Choose: { type: 'If', expression: '@false', actions: { Answer: respond(200) } } }),
  'calls-silent': workflowOf({ Call: call('silent') }),
  slow: workflowOf({ Wait: WAIT, Answer: { ...respond(200), runAfter: after('Wait') } }),
  'calls-slow': workflowOf({ Call: call('slow', {}, { limit: { timeout: 'PT0.1S' } }) }),
  'waits-for-slow': workflowOf({ Call: call('slow') }),
  bad: workflowOf({ A: { type: 'Nope' } }),
  'calls-bad': workflowOf({ Call: call('bad'), Rescue: compose('still here', { Call: ['Failed'] }) }),
};

let test: TestRunner;
beforeAll(async () => {
  test = await startRunner({ workflows: WORKFLOWS });
});
afterAll(() => test.end());

const runsOf = async (workflow: string) => (await manage(test.runner, `/${workflow}/runs`)).body.value;

describe('a call of another workflow', () => {
  it('waits for its Response action, whose answer are its outputs', async () => {
    const run = await test.run('parent', { n: 1 });
    const [child] = await runsOf('child');
    expect(run).toMatchObject({
      status: 'Succeeded',
      actions: {
        Call: {
          code: 'Created',
          inputs: { host: { workflow: { id: 'Child' } }, headers: { 'X-Kind': 5 }, body: { n: 1 } },
          outputs: { statusCode: 201, headers: { 'X-Run': child!.name }, body: { got: { n: 1 }, kind: '5' } },
        },
        After: { outputs: { n: 1 } },
      },
    });
  });

  it('succeeds at once where the other one has no Response action, or its condition does not hold', async () => {
    expect((await test.run('calls-quiet')).actions.Call).toMatchObject({
      code: 'Accepted',
      outputs: { statusCode: 202 },
    });
    expect(await runsOf('quiet')).toHaveLength(1);
    expect((await test.run('calls-unwilling')).actions.Call).toMatchObject({ outputs: { statusCode: 202 } });
    expect(await runsOf('unwilling')).toHaveLength(0);
  });

  it('fails with the status of the other one, after the retries that the policy allows', async () => {
    const refused = await test.run('calls-refusing', { status: 409 });
    expect(refused.actions.Call).toMatchObject({
      ...failedWith('Conflict', /'refusing' answered with status 409/),
      outputs: { statusCode: 409, body: 'no' },
    });
    expect(await runsOf('refusing')).toHaveLength(1);
    const repeated = await test.run('calls-refusing', { status: 503 });
    expect(repeated.actions.Call).toMatchObject({ code: 'ServiceUnavailable', retryHistory: [{}, {}] });
    expect(await runsOf('refusing')).toHaveLength(4);
  });

  it('fails where the other one ends without an answer, and where it is refused', async () => {
    expect((await test.run('calls-silent')).actions.Call).toMatchObject(
      failedWith('NoResponse', /ended without a response/),
    );
    expect(await test.run('calls-bad')).toMatchObject({
      status: 'Succeeded',
      actions: {
        Call: failedWith('BadRequest', /'bad' cannot be called: bad\/workflow.json: action "A" has the unknown type/),
        Rescue: { outputs: 'still here' },
      },
    });
  });

  it('times out by its own limit; the other run goes on', async () => {
    expect((await test.run('calls-slow')).actions.Call).toMatchObject({ status: 'TimedOut', code: 'ActionTimedOut' });
    expect((await runsOf('slow'))[0]).toMatchObject({ properties: { status: 'Running' } });
  });

  it('ends with the run that it belongs to; the other run goes on', async () => {
    const before = (await runsOf('slow')).length;
    const started = await test.invoke('waits-for-slow');
    const id = started.headers.get('x-ms-workflow-run-id')!;
    await vi.waitFor(async () => expect(await runsOf('slow')).toHaveLength(before + 1));
    await manage(test.runner, `/waits-for-slow/runs/${id}/cancel`, 'POST');
    expect(await endOfRun(test.runner, 'waits-for-slow', id)).toMatchObject({
      status: 'Cancelled',
      actions: { Call: { status: 'Cancelled' } },
    });
    expect((await runsOf('slow'))[0]).toMatchObject({ properties: { status: 'Running' } });
  });
});

describe('the check of calls', () => {
  const other = {
    other: workflowOf({}),
    timer: workflowOf({}, { triggers: { t: { type: 'Recurrence', recurrence: { frequency: 'Day', interval: 1 } } } }),
    many: workflowOf({}, request({ splitOn: '@triggerBody()' })),
  };

  it.each<[string, JsonObject, RegExp]>([
    [
      'an unknown workflow',
      call('nope'),
      /^flow\/workflow.json: action "Call" calls the workflow "nope", which does not exist; there are flow, many/,
    ],
    [
      'one with another trigger',
      call('timer'),
      /whose trigger is of type Recurrence; only Request triggers can be called/,
    ],
    [
      'another name of its trigger',
      call('x', { host: { workflow: { id: 'other' }, triggerName: 'start' } }),
      /calls the trigger "start" of "other", which has the trigger "manual"/,
    ],
    ['one that splits', call('many'), /whose splitOn starts several runs/],
    ['itself', call('flow'), /which leads back to "flow" itself/],
    ['an expression for a name', call("@{triggerBody()['w']}"), /inputs.host.workflow.id: must match pattern/],
    ['a bad limit', call('other', {}, { limit: { timeout: 'soon' } }), /limit.timeout "soon" is no duration/],
  ])('refuses %s', (_what, action, fault) => {
    const inside = { type: 'Scope', actions: { Call: action } };
    expect(() => load({ workflows: { ...other, flow: workflowOf({ S: inside }) } })).toThrow(fault);
  });

  it('refuses a circle through others', () => {
    const circle = {
      a: workflowOf({ Call: call('b') }),
      b: workflowOf({ Call: call('C') }),
      c: workflowOf({ Call: call('a') }),
    };
    expect(() => load({ workflows: circle })).toThrow(
      /^a\/workflow.json: action "Call" calls the workflow "b", which leads back to "a"/,
    );
    expect(load({ workflows: { ...circle, c: workflowOf({}) } }).workflows).toHaveLength(3);
  });
});
