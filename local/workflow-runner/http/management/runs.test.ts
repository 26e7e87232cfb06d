import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { after, compose, failing } from '../../testing/definitions.ts';
import { manage } from '../../testing/managementClient.ts';
import { endOfRun, startRunner, workflowOf, type TestRunner } from '../../testing/testProject.ts';

const LONG_WAIT = { type: 'Wait', inputs: { interval: { count: 1, unit: 'Week' } } };
const WORKFLOWS = {
  plain: workflowOf({ Got: compose('@triggerOutputs()') }),
  mixed: workflowOf({ Choose: { type: 'If', expression: "@triggerBody()['fail']", actions: { Fail: failing } } }),
  waiting: workflowOf({ Wait: LONG_WAIT, After: compose(1, after('Wait')) }),
  one: workflowOf(
    { Wait: LONG_WAIT },
    {
      triggers: {
        manual: {
          type: 'Request',
          kind: 'Http',
          runtimeConfiguration: { concurrency: { runs: 1, maximumWaitingRuns: 1 } },
        },
      },
    },
  ),
  answering: workflowOf({
    Wait: LONG_WAIT,
    Answer: { type: 'Response', runAfter: after('Wait'), inputs: { statusCode: 200 } },
  }),
};

let test: TestRunner;
beforeAll(async () => {
  test = await startRunner({ workflows: WORKFLOWS });
});
afterAll(() => test.end());

const get = (path: string) => manage(test.runner, path);
const start = async (workflow: string) => (await test.invoke(workflow)).headers.get('x-ms-workflow-run-id')!;
const statusOf = async (workflow: string, id: string) =>
  (await get(`/${workflow}/runs/${id}`)).body.properties as { status: string };

describe('workflows', () => {
  it('are listed with kind, trigger and health', async () => {
    const { body } = await get('');
    expect(body).toContainEqual({
      id: '/workflows/plain',
      name: 'plain',
      type: 'Microsoft.Web/sites/hostruntime/webhooks/api/workflows',
      kind: 'Stateful',
      isDisabled: false,
      triggers: { manual: { type: 'Request', kind: 'Http' } },
      health: { state: 'Healthy' },
    });
    expect((await get('/Plain')).body).toMatchObject({ name: 'plain' });
  });
});

describe('runs', () => {
  it('are listed in pages, newest first', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.unshift((await test.run('plain', { n })).id);
    const seen: string[] = [];
    let next = '/plain/runs?$top=2';
    for (let pages = 1; next !== ''; pages++) {
      const { body } = await get(next);
      seen.push(...body.value.map(({ name }) => name));
      expect(pages).toBeLessThanOrEqual(4);
      next = String(body.nextLink ?? '');
    }
    expect(seen).toEqual(ids);
  });

  it('are described as on Azure', async () => {
    const { id } = await test.run('plain', { n: 1 });
    const { body } = await get(`/plain/runs/${id}`);
    expect(body).toMatchObject({
      id: `/workflows/plain/runs/${id}`,
      name: id,
      type: 'workflows/runs',
      properties: {
        status: 'Succeeded',
        correlation: { clientTrackingId: id },
        workflow: { id: '/workflows/plain', name: 'plain', type: 'workflows' },
        trigger: {
          name: 'manual',
          status: 'Succeeded',
          originHistoryName: id,
          outputs: { body: { n: 1 } },
          outputsLink: { uri: expect.stringMatching(/^http:.*\/contents\/TriggerOutputs$/) as unknown },
        },
        outputs: {},
      },
    });
    const { startTime, endTime } = body.properties as Record<string, string>;
    expect(Date.parse(startTime!)).toBeLessThanOrEqual(Date.parse(endTime!));
    const { outputsLink } = (body.properties as { trigger: { outputsLink: { uri: string } } }).trigger;
    expect((await get(outputsLink.uri)).body).toMatchObject({ body: { n: 1 }, queries: {} });
  });

  it('carry the id of the caller for what belongs together', async () => {
    const response = await test.invoke('plain', { headers: { 'x-ms-client-tracking-id': 'order-7' } });
    expect(response.headers.get('x-ms-client-tracking-id')).toBe('order-7');
    const id = response.headers.get('x-ms-workflow-run-id')!;
    await endOfRun(test.runner, 'plain', id);
    expect((await get(`/plain/runs/${id}`)).body).toMatchObject({
      properties: { correlation: { clientTrackingId: 'order-7' } },
    });
  });

  it('can be picked by their status', async () => {
    const failed = await test.run('mixed', { fail: true });
    const done = await test.run('mixed', { fail: false });
    const picked = async (filter: string) =>
      (await get(`/mixed/runs?$filter=${encodeURIComponent(filter)}`)).body.value.map(({ name }) => name);
    expect(await picked("status eq 'Failed'")).toEqual([failed.id]);
    expect(await picked("Status EQ 'Succeeded'")).toEqual([done.id]);
    expect(await picked("status eq 'Cancelled'")).toEqual([]);
    expect((await get(`/mixed/runs/${failed.id}`)).body).toMatchObject({
      properties: { status: 'Failed', code: 'ActionFailed', error: { code: 'ActionFailed' } },
    });
    expect(await get('/mixed/runs?$filter=startTime')).toMatchObject({
      status: 400,
      body: { error: { code: 'InvalidFilter' } },
    });
  });

  it('can be cancelled while they work: what is under way is aborted, nothing more begins', async () => {
    const id = await start('waiting');
    await vi.waitFor(async () =>
      expect((await get(`/waiting/runs/${id}/actions`)).body.value).toMatchObject([
        { name: 'Wait', properties: { status: 'Running' } },
      ]),
    );
    expect((await manage(test.runner, `/waiting/runs/${id}/cancel`, 'POST')).status).toBe(200);
    const run = await endOfRun(test.runner, 'waiting', id);
    expect(run).toMatchObject({
      status: 'Cancelled',
      actions: { Wait: { status: 'Cancelled' }, After: { status: 'Skipped' } },
    });
    expect(await manage(test.runner, `/waiting/runs/${id}/cancel`, 'POST')).toMatchObject({
      status: 409,
      body: {
        error: { code: 'WorkflowRunNotCancellable', message: expect.stringMatching(/it is Cancelled/) as unknown },
      },
    });
  });

  it('can be cancelled while they wait for their turn; a caller beyond the limit is told to come later', async () => {
    const [first, second] = [await start('one'), await start('one')];
    expect(await statusOf('one', second)).toMatchObject({ status: 'Waiting' });
    const third = await test.invoke('one');
    expect([third.status, await third.json()]).toMatchObject([429, { error: { code: 'TooManyRequests' } }]);
    await manage(test.runner, `/one/runs/${second}/cancel`, 'POST');
    expect(await statusOf('one', second)).toMatchObject({ status: 'Cancelled' });
    await manage(test.runner, `/one/runs/${first}/cancel`, 'POST');
    expect(await endOfRun(test.runner, 'one', first)).toMatchObject({ status: 'Cancelled' });
  });

  it('let the caller of a cancelled one go', async () => {
    const answer = test.invoke('answering');
    let id = '';
    await vi.waitFor(async () => {
      id = (await get('/answering/runs')).body.value[0]!.name;
    });
    await manage(test.runner, `/answering/runs/${id}/cancel`, 'POST');
    expect((await answer).status).toBe(502);
  });
});

describe('a call of the management API', () => {
  it.each<[string, string, string, number, string]>([
    ['an unknown workflow', 'GET', '/nope/runs', 404, 'WorkflowNotFound'],
    ['an unknown run', 'GET', '/plain/runs/1', 404, 'WorkflowRunNotFound'],
    ['a run of another workflow', 'GET', '/mixed/runs/{run}', 404, 'WorkflowRunNotFound'],
    ['an unknown path', 'GET', '/plain/versions', 404, 'NotFound'],
    ['another method', 'DELETE', '/plain/runs/{run}', 405, 'MethodNotAllowed'],
    ['an empty page', 'GET', '/plain/runs?$top=0', 400, 'InvalidTop'],
    ['a large page', 'GET', '/plain/runs?$top=251', 400, 'InvalidTop'],
    ['an unknown action', 'GET', '/plain/runs/{run}/actions/nope', 404, 'NotFound'],
    ['an unknown repetition', 'GET', '/plain/runs/{run}/actions/Got/repetitions/000000', 404, 'NotFound'],
    ['unknown content', 'GET', '/plain/runs/{run}/actions/Got/contents/Nothing', 404, 'NotFound'],
    ['a path that is not percent-encoded', 'GET', '/plain/runs/%zz', 400, 'BadRequest'],
  ])('for %s is refused', async (_what, method, path, status, code) => {
    const { id } = await test.run('plain');
    expect(await manage(test.runner, path.replace('{run}', id), method)).toMatchObject({
      status,
      body: { error: { code, message: expect.stringMatching(/\S/) as unknown } },
    });
  });
});
