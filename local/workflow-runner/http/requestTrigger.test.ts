import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../json.ts';
import { compose } from '../testing/definitions.ts';
import { manage } from '../testing/managementClient.ts';
import { endOfRun, startRunner, workflowOf, type TestRunner } from '../testing/testProject.ts';

const request = (more: JsonObject) => ({ triggers: { manual: { type: 'Request', kind: 'Http', ...more } } });
const WAIT = { type: 'Wait', inputs: { interval: { count: 20, unit: 'Second' } } };

const WORKFLOWS = {
  plain: workflowOf({ Got: compose('@triggerOutputs()') }),
  answering: workflowOf({
    Answer: {
      type: 'Response',
      inputs: {
        statusCode: "@triggerBody()['status']",
        headers: { 'X-Run': "@{workflow()['run']['name']}" },
        body: { seen: "@triggerBody()['status']" },
      },
    },
    Again: { type: 'Response', runAfter: { Answer: ['Succeeded', 'Failed'] }, inputs: { statusCode: 200 } },
  }),
  silent: workflowOf({
    Choose: {
      type: 'If',
      expression: '@false',
      actions: { Answer: { type: 'Response', inputs: { statusCode: 200 } } },
    },
  }),
  path: workflowOf(
    { Answer: { type: 'Response', inputs: { statusCode: 200, body: "@triggerOutputs()['relativePathParameters']" } } },
    request({ inputs: { method: 'GET', relativePath: '/users/{id}' } }),
  ),
  checked: workflowOf(
    { Got: compose(1) },
    request({ inputs: { schema: { type: 'object', required: ['a'] } }, operationOptions: 'EnableSchemaValidation' }),
  ),
  split: workflowOf({ Got: compose('@triggerBody()') }, request({ splitOn: "@triggerBody()?['list']" })),
  picky: workflowOf(
    { Got: compose(1) },
    request({ conditions: [{ expression: "@equals(triggerBody()?['go'], true)" }] }),
  ),
  one: workflowOf(
    { Wait: WAIT, Got: { ...compose("@triggerBody()['n']"), runAfter: { Wait: ['Succeeded'] } } },
    request({ runtimeConfiguration: { concurrency: { runs: 1 } } }),
  ),
  stateless: workflowOf(
    { Answer: { type: 'Response', inputs: { statusCode: 200, body: 'ok' } } },
    { kind: 'Stateless' },
  ),
};

let test: TestRunner;
beforeAll(async () => {
  test = await startRunner({ workflows: WORKFLOWS });
});
afterAll(() => test.end());

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (workflow: string, body: unknown) =>
  test.invoke(workflow, { headers: JSON_TYPE, body: JSON.stringify(body) });
describe('a Request trigger', () => {
  it('answers 202 with the id of the run, which sees headers, queries and body', async () => {
    const response = await test.invoke('plain', {
      path: '?a=1&b=%20x',
      headers: { ...JSON_TYPE, 'x-own': 'y' },
      body: '{"n":1}',
    });
    expect(response.status).toBe(202);
    expect(response.headers.get('x-ms-workflow-name')).toBe('plain');
    const id = response.headers.get('x-ms-workflow-run-id')!;
    expect(id).toMatch(/^\d{29}CU00$/);
    const run = await endOfRun(test.runner, 'plain', id);
    expect(run.actions.Got?.outputs).toMatchObject({
      queries: { a: '1', b: ' x' },
      body: { n: 1 },
      headers: { 'Content-Type': 'application/json', 'X-Own': 'y' },
      relativePathParameters: {},
    });
  });

  it.each([
    ['text/plain', 'hello', 'hello'],
    ['application/cloudevents+json; charset=utf-8', '{"a":1}', { a: 1 }],
    ['application/octet-stream', 'abc', { '$content-type': 'application/octet-stream', $content: 'YWJj' }],
    ['application/json', '', undefined],
  ])('reads a body of type %s', async (type, body, seen) => {
    const response = await test.invoke('plain', { headers: { 'content-type': type }, body });
    const run = await endOfRun(test.runner, 'plain', response.headers.get('x-ms-workflow-run-id')!);
    expect((run.actions.Got?.outputs as JsonObject).body).toEqual(seen);
  });

  it('answers what the first Response action says, once', async () => {
    const response = await post('answering', { status: 418 });
    expect(response.status).toBe(418);
    expect(await response.json()).toEqual({ seen: 418 });
    const id = response.headers.get('x-ms-workflow-run-id')!;
    expect(response.headers.get('x-run')).toBe(id);
    const run = await endOfRun(test.runner, 'answering', id);
    expect(run.actions).toMatchObject({
      Answer: { status: 'Succeeded' },
      Again: { status: 'Failed', code: 'ActionResponseTimedOut' },
    });
  });

  it('answers 502 when the run ends without the answer', async () => {
    const response = await post('silent', {});
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: { code: 'NoResponse' } });
    const refused = await post('answering', { status: 99 });
    expect(refused.status).toBe(200);
  });

  it('takes its own method and path only', async () => {
    const found = await test.invoke('path', { method: 'GET', path: '/users/a%20b' });
    expect(await found.json()).toEqual({ id: 'a b' });
    expect((await test.invoke('path', { method: 'GET', path: '/users' })).status).toBe(404);
    expect((await test.invoke('path', { method: 'GET', path: '/users/%zz' })).status).toBe(400);
    expect((await test.invoke('path')).status).toBe(405);
    expect((await test.invoke('plain', { method: 'DELETE' })).status).toBe(405);
  });

  it('answers no handshake of Event Grid, as on Azure', async () => {
    const headers = { 'webhook-request-origin': 'eventgrid.azure.net' };
    expect((await test.invoke('plain', { method: 'OPTIONS', headers })).status).toBe(405);
    const validation = await test.invoke('plain', {
      headers: { ...JSON_TYPE, 'aeg-event-type': 'SubscriptionValidation' },
      body: JSON.stringify([{ data: { validationCode: 'c1' } }]),
    });
    expect(validation.status).toBe(202);
  });

  it('refuses malformed JSON, another schema, and what cannot be split, and starts nothing', async () => {
    const broken = await test.invoke('plain', { headers: JSON_TYPE, body: '{"a":' });
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ error: { code: 'InvalidRequestContent' } });
    const mismatch = await post('checked', { b: 1 });
    expect(mismatch.status).toBe(400);
    expect(await mismatch.json()).toMatchObject({
      error: { code: 'TriggerInputSchemaMismatch', message: expect.stringMatching(/required property 'a'/) },
    });
    const whole = await post('split', { list: 5 });
    expect(whole.status).toBe(400);
    expect(await whole.json()).toMatchObject({
      error: { message: 'The splitOn of the trigger must give an array of at most 100000 items, not 5.' },
    });
    const unreadable = await post('split', []);
    expect(await unreadable.json()).toMatchObject({
      error: { message: expect.stringMatching(/cannot be evaluated: an array is accessed with a whole number/) },
    });
    expect((await post('checked', { a: 1 })).status).toBe(202);
  });

  it('starts a run for each item where it splits, none where a condition does not hold', async () => {
    expect((await post('split', { list: [1, 2, 3] })).status).toBe(202);
    await vi.waitFor(async () => {
      const { body } = await manage(test.runner, '/split/runs');
      expect(body.value.map(({ properties }) => properties.status)).toEqual(['Succeeded', 'Succeeded', 'Succeeded']);
    });
    const skipped = await post('picky', { go: false });
    expect([skipped.status, skipped.headers.get('x-ms-workflow-run-id')]).toEqual([202, null]);
    expect((await post('picky', { go: true })).headers.get('x-ms-workflow-run-id')).not.toBeNull();
  });

  it('lets runs wait where their number is limited', async () => {
    const answers = await Promise.all([1, 2, 3].map((n) => post('one', { n })));
    const statuses = (await manage(test.runner, '/one/runs')).body.value.map(({ properties }) => properties.status);
    expect(statuses.filter((status) => status === 'Running').length).toBeLessThanOrEqual(1);
    const runs = await Promise.all(
      answers.map((one) => endOfRun(test.runner, 'one', one.headers.get('x-ms-workflow-run-id')!)),
    );
    expect(runs.map(({ actions }) => actions.Got?.outputs)).toEqual([1, 2, 3]);
  });

  it('keeps no history of stateless workflows', async () => {
    expect(await (await post('stateless', {})).text()).toBe('ok');
    await vi.waitFor(() => expect(test.runner.runs({ workflow: 'stateless' }).value).toEqual([]));
  });

  it('survives a request line that is no URL', async () => {
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(test.runner.port, '127.0.0.1', () =>
        socket.write('GET // HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
      );
      let text = '';
      socket.on('data', (chunk) => (text += chunk)).on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1.1 404/);
  });
});
