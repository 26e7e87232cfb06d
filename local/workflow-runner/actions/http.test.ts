import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../json.ts';
import { startReceiver, type Answer, type HttpReceiver, type ReceivedRequest } from '../testing/httpReceiver.ts';
import { startWorkflows, type TestRunner } from '../testing/testProject.ts';

const call = (inputs: JsonObject, more: JsonObject = {}): JsonObject => ({
  Call: { type: 'Http', inputs: { method: 'POST', uri: "@triggerBody()['uri']", ...inputs }, ...more },
});
const RETRY = { type: 'fixed', count: 2, interval: 'PT5S' };

const WORKFLOWS: Record<string, JsonObject> = {
  full: call({
    method: 'put',
    headers: { 'X-Number': '@add(1, 2)', 'content-type': 'application/vnd.test+json' },
    queries: { q: 'a b', n: "@int('5')" },
    body: { text: "@triggerBody()['text']" },
    authentication: { type: 'Basic', username: 'user', password: 'päss' },
  }),
  text: call({ body: "@{triggerBody()['text']}", authentication: { type: 'Raw', value: 'Token abc' } }),
  binary: call({ body: { '$content-type': 'image/png', $content: 'AQL/' } }),
  get: call({ method: 'GET' }),
  'get-with-body': call({ method: 'GET', body: 'x' }),
  retried: call({ retryPolicy: RETRY }),
  once: call({ retryPolicy: { type: 'none' } }),
  impatient: call({ retryPolicy: { type: 'none' } }, { limit: { timeout: 'PT0.05S' } }),
  'not-polled': call({}, { operationOptions: 'DisableAsyncPattern' }),
  identity: call({
    retryPolicy: { type: 'none' },
    authentication: { type: 'ManagedServiceIdentity', audience: 'https://eventgrid.azure.net', identity: '/id' },
  }),
  'bad-policy': call({ retryPolicy: { type: 'fixed', count: 1, interval: 'PT1S' } }),
};

let receiver: HttpReceiver;
let test: TestRunner;
let respond: (request: ReceivedRequest, count: number) => Answer | Promise<Answer>;
let settings: Record<string, string>;

beforeAll(async () => {
  settings = {};
  test = await startWorkflows(WORKFLOWS, { settings });
});
afterAll(() => test.end());
beforeEach(async () => {
  respond = () => ({ status: 200 });
  receiver = await startReceiver((request, count) => respond(request, count));
});
afterEach(() => receiver.close());

const run = async (workflow: string, body: JsonObject = {}) => {
  const ended = await test.run(workflow, { uri: `${receiver.url}/target`, text: 'hello', ...body });
  return { ...ended, call: ended.actions.Call! };
};

describe('the request', () => {
  it('carries method, queries, headers, body and credentials; the history keeps no credentials', async () => {
    const { status, call } = await run('full');
    expect(status).toBe('Succeeded');
    expect(receiver.requests).toMatchObject([
      {
        method: 'PUT',
        path: '/target?q=a+b&n=5',
        headers: {
          'x-number': '3',
          'content-type': 'application/vnd.test+json',
          authorization: `Basic ${Buffer.from('user:päss').toString('base64')}`,
        },
        body: '{"text":"hello"}',
      },
    ]);
    expect(JSON.stringify(call)).not.toContain('päss');
  });

  it('sends texts as they are and decodes binary content', async () => {
    await run('text');
    await run('binary');
    expect(receiver.requests).toMatchObject([
      { body: 'hello', headers: { 'content-type': 'text/plain; charset=utf-8', authorization: 'Token abc' } },
      { headers: { 'content-type': 'image/png', 'content-length': '3' } },
    ]);
  });

  it('is refused before it is sent when it cannot be made', async () => {
    expect((await run('get-with-body')).call).toMatchObject({
      code: 'BadRequest',
      error: { message: 'A GET request cannot have a body.' },
    });
    expect((await run('get', { uri: 'example.com/x' })).call.error?.message).toMatch(
      /"example.com\/x" is not valid; it must be an absolute/,
    );
    expect((await run('bad-policy')).call).toMatchObject({ code: 'InvalidRetryPolicy' });
    expect(receiver.requests).toEqual([]);
  });

  it('signs in to a local topic with its key in place of the identity', async () => {
    settings.Grid__topicEndpointUri = `${receiver.url}/orders/api/events`;
    settings.Grid__topicKey = 'secret';
    const { status } = await run('identity', { uri: `${receiver.url}/orders/api/events?api-version=2018-01-01` });
    expect(status).toBe('Succeeded');
    expect(receiver.requests[0]?.headers).toMatchObject({ 'aeg-sas-key': 'secret' });
    expect(receiver.requests[0]?.headers.authorization).toBeUndefined();
  });

  it('fails with the reason where there is neither an identity nor a key', async () => {
    delete settings.Grid__topicKey;
    const { call } = await run('identity');
    expect(call).toMatchObject({
      code: 'ManagedIdentityCredentialUnavailable',
      error: { message: expect.stringMatching(/gave no token for https:\/\/eventgrid.azure.net/) },
    });
    expect(receiver.requests).toEqual([]);
  });
});

describe('the answer', () => {
  it.each<[string, Answer, unknown]>([
    ['JSON', { status: 201, body: { a: 1 } }, { statusCode: 201, body: { a: 1 } }],
    [
      'JSON of a +json type',
      { status: 200, headers: { 'content-type': 'application/problem+json' }, body: '{"a":1}' },
      { body: { a: 1 } },
    ],
    ['text', { status: 200, headers: { 'content-type': 'text/html' }, body: '<p>' }, { body: '<p>' }],
    [
      'other content',
      { status: 200, headers: { 'content-type': 'image/gif' }, body: 'abc' },
      { body: { '$content-type': 'image/gif', $content: 'YWJj' } },
    ],
    [
      'what is no JSON',
      { status: 200, headers: { 'content-type': 'application/json' }, body: 'oops' },
      { body: 'oops' },
    ],
    ['headers', { status: 200, headers: { 'x-a': '1' } }, { headers: { 'x-a': '1' } }],
  ])('shows %s', async (_what, answer, outputs) => {
    respond = () => answer;
    expect((await run('get')).call).toMatchObject({ status: 'Succeeded', outputs });
  });

  it('fails the action from 400 on, with what the server said', async () => {
    respond = () => ({ status: 404, body: { why: 'gone' } });
    expect((await run('retried')).call).toMatchObject({
      status: 'Failed',
      code: 'NotFound',
      outputs: { statusCode: 404, body: { why: 'gone' } },
    });
    expect(receiver.requests).toHaveLength(1);
  });

  it.each([408, 429, 500, 503])('is asked for again after %i', async (status) => {
    respond = (_request, count) => ({ status: count < 3 ? status : 200 });
    expect((await run('retried')).call).toMatchObject({ status: 'Succeeded' });
    expect(receiver.requests).toHaveLength(3);
  });

  it('counts as the last failure when the retries are used up', async () => {
    respond = () => ({ status: 502 });
    expect((await run('retried')).call).toMatchObject({ status: 'Failed', code: 'BadGateway' });
    expect(receiver.requests).toHaveLength(3);
  });

  it('may be a lost connection, which is retried', async () => {
    let connections = 0;
    const cutting = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => cutting.listen(0, '127.0.0.1', resolve));
    const { call } = await run('retried', { uri: `http://127.0.0.1:${(cutting.address() as AddressInfo).port}/` });
    cutting.close();
    expect(call).toMatchObject({
      status: 'Failed',
      code: 'ServiceUnavailable',
      error: { message: expect.stringMatching(/^The request failed: /) },
    });
    expect(connections).toBe(3);
  });

  it('times out', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    respond = () => held.then(() => ({ status: 200 }));
    expect((await run('impatient')).call).toMatchObject({
      status: 'TimedOut',
      code: 'ActionTimedOut',
      error: { message: 'The server did not answer within PT0.05S.' },
    });
    release();
  });

  it('is polled for after 202 with a location, unless that is switched off', async () => {
    respond = ({ path }, count): Answer => {
      if (path === '/target') return { status: 202, headers: { location: '/status/1', 'retry-after': '1' } };
      return count % 4 === 0 ? { status: 200, body: 'done' } : { status: 202, headers: { 'retry-after': '1' } };
    };
    expect((await run('once')).call).toMatchObject({ status: 'Succeeded', outputs: { statusCode: 200, body: 'done' } });
    expect(receiver.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /target',
      'GET /status/1',
      'GET /status/1',
      'GET /status/1',
    ]);
    expect((await run('not-polled')).call).toMatchObject({ code: 'Accepted', outputs: { statusCode: 202 } });
  });
});
