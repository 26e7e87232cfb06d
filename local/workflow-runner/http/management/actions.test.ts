import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compose } from '../../testing/definitions.ts';
import { startReceiver, type HttpReceiver } from '../../testing/httpReceiver.ts';
import { manage } from '../../testing/managementClient.ts';
import { startRunner, workflowOf, type TestRunner } from '../../testing/testProject.ts';

const secret = (properties: string[]) => ({ runtimeConfiguration: { secureData: { properties } } });
const inner = { type: 'Foreach', foreach: ['a', 'b'], operationOptions: 'Sequential' };
const WORKFLOWS = {
  loops: workflowOf({
    Outer: {
      type: 'Foreach',
      foreach: [1, 0],
      operationOptions: 'Sequential',
      actions: {
        Inner: {
          ...inner,
          actions: { Got: compose("@concat(items('Outer'), item())"), Fail: compose("@div(1, items('Outer'))") },
        },
      },
    },
  }),
  calling: workflowOf({
    Call: { type: 'Http', inputs: { method: 'GET', uri: "@{triggerBody()['url']}/flaky" } },
  }),
  secret: workflowOf(
    {
      Both: { ...compose("@triggerBody()['password']"), ...secret(['inputs', 'outputs']) },
      Outputs: { ...compose("@outputs('Both')", { Both: ['Succeeded'] }), ...secret(['outputs']) },
    },
    { triggers: { manual: { type: 'Request', kind: 'Http', ...secret(['outputs']) } } },
  ),
};

let test: TestRunner;
let receiver: HttpReceiver;
const statuses: number[] = [];
beforeAll(async () => {
  receiver = await startReceiver(async () => ({ status: statuses.shift() ?? 200 }));
  test = await startRunner({ workflows: WORKFLOWS });
});
afterAll(async () => {
  await test.end();
  await receiver.close();
});

const get = (path: string) => manage(test.runner, path);

describe('the actions of a run', () => {
  it('are listed once each; inside loops with their repetitions', async () => {
    const { id } = await test.run('loops');
    const base = `/loops/runs/${id}/actions`;
    const { body } = await get(base);
    expect(
      body.value.map(({ name, type, properties: { status, repetitionCount } }) => [
        name,
        type,
        status,
        repetitionCount,
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['Outer', 'workflows/runs/actions', 'Failed', undefined],
        ['Inner', 'workflows/runs/actions', 'Failed', 2],
        ['Got', 'workflows/runs/actions', 'Succeeded', 4],
        ['Fail', 'workflows/runs/actions', 'Failed', 4],
      ]),
    );
    expect(body.value).toHaveLength(4);

    const repetitions = (await get(`${base}/Got/repetitions`)).body.value;
    expect(repetitions.map(({ name, properties }) => [name, properties.outputs])).toEqual([
      ['000000-000000', '1a'],
      ['000000-000001', '1b'],
      ['000001-000000', '0a'],
      ['000001-000001', '0b'],
    ]);
    expect((await get(`${base}/fail/repetitions/000001-000000`)).body).toMatchObject({
      id: `/workflows/loops/runs/${id}/actions/Fail/repetitions/000001-000000`,
      name: '000001-000000',
      type: 'workflows/runs/actions/repetitions',
      properties: {
        status: 'Failed',
        code: 'InvalidTemplate',
        error: { code: 'InvalidTemplate' },
        repetitionIndexes: [
          { scopeName: 'Outer', itemIndex: 1 },
          { scopeName: 'Inner', itemIndex: 0 },
        ],
      },
    });
    const scopes = (await get(`${base}/Outer/scopeRepetitions`)).body.value;
    expect(scopes).toMatchObject([
      { name: '000000', type: 'workflows/runs/actions/scopeRepetitions', properties: { status: 'Succeeded' } },
      { name: '000001', properties: { status: 'Failed', repetitionIndexes: [{ scopeName: 'Outer', itemIndex: 1 }] } },
    ]);
    const link = (repetitions[3]!.properties.outputsLink as { uri: string }).uri;
    expect((await get(link)).body).toBe('0b');
  });

  it('show the attempts that were repeated', async () => {
    statuses.push(500, 503);
    const { id } = await test.run('calling', { url: receiver.url });
    expect((await get(`/calling/runs/${id}/actions/Call`)).body).toMatchObject({
      properties: {
        status: 'Succeeded',
        code: 'OK',
        inputs: { method: 'GET' },
        outputs: { statusCode: 200 },
        retryHistory: [
          { code: 'InternalServerError' },
          { code: 'ServiceUnavailable', error: { code: 'ServiceUnavailable' } },
        ],
      },
    });
  });

  it('do not show what is secured, which the run itself sees', async () => {
    const { id } = await test.run('secret', { password: 'open sesame' });
    const actions = await get(`/secret/runs/${id}/actions`);
    const hidden = 'Content not shown due to security configuration.';
    expect(actions.body.value).toMatchObject([
      { name: 'Both', properties: { inputs: hidden, outputs: hidden } },
      { name: 'Outputs', properties: { inputs: 'open sesame', outputs: hidden } },
    ]);
    expect((await get(`/secret/runs/${id}/actions/Both/contents/ActionOutputs`)).status).toBe(404);
    expect((await get(`/secret/runs/${id}`)).body).toMatchObject({ properties: { trigger: { outputs: hidden } } });
    const history = await get(`/secret/triggers/manual/histories/${id}`);
    expect(JSON.stringify(history.body)).not.toContain('sesame');
    expect((await get(`/secret/triggers/manual/histories/${id}/contents/TriggerOutputs`)).status).toBe(404);
  });
});
