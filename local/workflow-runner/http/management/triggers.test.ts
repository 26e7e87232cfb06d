import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compose } from '../../testing/definitions.ts';
import { manage } from '../../testing/managementClient.ts';
import { endOfRun, outputsOf, startRunner, workflowOf, type TestRunner } from '../../testing/testProject.ts';

const request = (more: object) => ({ triggers: { manual: { type: 'Request', kind: 'Http', ...more } } });
const RECURRENCE = { frequency: 'Day', interval: 1, startTime: '2025-01-01T02:00:00Z' };
const WORKFLOWS = {
  picky: workflowOf(
    { Got: compose('@triggerBody()') },
    request({ conditions: [{ expression: "@equals(triggerBody()['go'], true)" }] }),
  ),
  split: workflowOf({ Got: compose('@triggerBody()') }, request({ splitOn: "@triggerBody()?['list']" })),
  path: workflowOf({ Got: compose(1) }, request({ inputs: { method: 'PUT', relativePath: 'users/{id}' } })),
  tracked: workflowOf(
    { Got: compose(1) },
    request({ splitOn: '@triggerBody()', correlation: { clientTrackingId: "@{triggerBody()['order']}" } }),
  ),
  nightly: workflowOf({ Got: compose(1) }, { triggers: { night: { type: 'Recurrence', recurrence: RECURRENCE } } }),
};

let test: TestRunner;
beforeAll(async () => {
  test = await startRunner({ workflows: WORKFLOWS });
});
afterAll(() => test.end());

const get = (path: string) => manage(test.runner, path);
const post = (path: string) => manage(test.runner, path, 'POST');
const send = (workflow: string, body: unknown) =>
  test.invoke(workflow, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const runOf = (answer: { headers: Headers }) => answer.headers.get('x-ms-workflow-run-id')!;

describe('the histories of a trigger', () => {
  it('hold every firing, with a run or without', async () => {
    const fired = runOf(await send('picky', { go: true }));
    await send('picky', { go: false });
    await send('picky', 'no object');
    const { body } = await get('/picky/triggers/manual/histories');
    expect(body.value).toMatchObject([
      {
        type: 'workflows/triggers/histories',
        properties: { status: 'Failed', code: 'InvalidTemplate', fired: false, error: { code: 'InvalidTemplate' } },
      },
      { properties: { status: 'Skipped', fired: false, outputs: { body: { go: false } } } },
      {
        id: `/workflows/picky/triggers/manual/histories/${fired}`,
        name: fired,
        properties: { status: 'Succeeded', fired: true, run: { name: fired, type: 'workflows/runs' } },
      },
    ]);
    expect(body.value[1]!.properties).not.toHaveProperty('run');
    const page = await get('/picky/triggers/manual/histories?$top=1');
    expect((await get(String(page.body.nextLink))).body.value[0]).toEqual(body.value[1]);
  });

  it('have one entry for each run of a split', async () => {
    const response = await send('split', { list: ['a', 'b'] });
    await endOfRun(test.runner, 'split', runOf(response));
    const { body } = await get('/split/triggers/manual/histories');
    expect(body.value.map(({ properties }) => (properties.outputs as { body: string }).body).toSorted()).toEqual([
      'a',
      'b',
    ]);
  });

  it('let a firing be submitted again, as a new run with the same content', async () => {
    const first = await send('picky', { go: true, n: 7 });
    const again = await post(`/picky/triggers/manual/histories/${runOf(first)}/resubmit`);
    expect(again.status).toBe(202);
    expect(runOf(again)).not.toBe(runOf(first));
    expect(outputsOf(await endOfRun(test.runner, 'picky', runOf(again)), 'Got')).toEqual({ go: true, n: 7 });
    expect((await post('/picky/triggers/manual/histories/1/resubmit')).status).toBe(404);
  });

  it('carry the tracking id that the definition computes', async () => {
    const id = runOf(await send('tracked', [{ order: 5 }]));
    await endOfRun(test.runner, 'tracked', id);
    const correlation = { clientTrackingId: '5' };
    expect((await get(`/tracked/triggers/manual/histories/${id}`)).body).toMatchObject({ properties: { correlation } });
    expect((await get(`/tracked/runs/${id}`)).body).toMatchObject({ properties: { correlation } });
  });
});

describe('a trigger', () => {
  it('is described with the time of its next recurrence', async () => {
    const { body } = await get('/nightly/triggers');
    expect(body.value).toMatchObject([
      {
        id: '/workflows/nightly/triggers/night',
        name: 'night',
        type: 'workflows/triggers',
        properties: {
          state: 'Enabled',
          recurrence: RECURRENCE,
          nextExecutionTime: expect.stringMatching(/T02:00:00\.000Z$/) as unknown,
          workflow: { name: 'nightly' },
        },
      },
    ]);
    expect((await get('/nightly/triggers/night')).body).toEqual(body.value[0]);
    expect(await get('/nightly/triggers/manual')).toMatchObject({
      status: 404,
      body: {
        error: { code: 'WorkflowTriggerNotFound', message: expect.stringMatching(/its trigger is 'night'/) as unknown },
      },
    });
  });

  it('can be run now', async () => {
    const answer = await post('/nightly/triggers/night/run');
    expect(answer.status).toBe(202);
    expect(await endOfRun(test.runner, 'nightly', runOf(answer))).toMatchObject({ status: 'Succeeded' });
  });

  it('of type Request tells its address', async () => {
    const basePath = `http://127.0.0.1:${test.runner.port}/api/path/triggers/manual/invoke`;
    expect((await post('/path/triggers/manual/listCallbackUrl')).body).toEqual({
      value: `${basePath}/users/{id}`,
      method: 'PUT',
      basePath,
    });
    expect(await post('/nightly/triggers/night/listCallbackUrl')).toMatchObject({
      status: 400,
      body: { error: { code: 'InvalidWorkflowTriggerType' } },
    });
  });
});
