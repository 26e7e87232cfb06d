import { hash } from 'node:crypto';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProblemDetails } from '../../contracts/api.ts';
import { smallModel } from '../testing/smallModel.ts';
import { startApi, TestWorld, type TestApi } from '../testing/testApi.ts';

let world: TestWorld;
let api: TestApi;

beforeAll(async () => {
  world = new TestWorld();
  world.registry.publish(smallModel('v1', { lantern: { candle: 0.9 } }));
  await world.addItem({ itemId: 'candle' });
  await world.addProfile('anna', ['lantern']);
  api = await startApi(world, { settings: { keyDigests: [hash('sha256', 'secret', 'buffer')] } });
});

afterAll(async () => {
  await api.close();
});

async function call(options: InjectOptions) {
  const headers = { host: 'localhost', ...options.headers };
  const response = await api.app.inject({ ...options, headers });
  return { status: response.statusCode, headers: response.headers, body: response.json<ProblemDetails>() };
}

describe('problems', () => {
  it('are RFC 9457 problem details', async () => {
    const { status, headers, body } = await call({ url: '/v1/nothing?x=1' });
    expect(status).toBe(404);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(body).toEqual({
      type: 'https://attune.dev/problems/not-found',
      title: 'Not found',
      status: 404,
      detail: 'There is nothing at /v1/nothing.',
    });
  });

  it.each([
    ['POST', '/v1/trending', 'GET, HEAD'],
    ['GET', '/v1/events', 'POST'],
    ['PATCH', '/v1/items/mug', 'PUT, GET, HEAD, DELETE'],
    ['DELETE', '/v1/items:batch', 'POST'],
    ['PUT', '/health/live', 'GET, HEAD'],
    ['OPTIONS', '/', 'GET, HEAD'],
  ] as const)('say which methods there are instead of %s %s', async (method, url, allow) => {
    const { status, headers } = await call({ method, url });
    expect(status).toBe(405);
    expect(headers.allow).toBe(allow);
  });

  it.each([
    ['{"history": [}', 'Line 1, column 14 (character 13): found "}", expected a value or ].'],
    ['{\n"userId": anna\n}', 'Line 2, column 11 (character 12): found "a", expected a value.'],
    ['', 'The body is empty; JSON is expected.'],
    [Buffer.from([0x22, 0xff, 0x22]), 'The body is not UTF-8, the one encoding of JSON.'],
  ])('say where %j stops being JSON', async (payload, detail) => {
    const headers = { 'content-type': 'application/json' };
    const { status, body } = await call({ method: 'POST', url: '/v1/recommendations', payload, headers });
    expect([status, body.detail]).toEqual([400, detail]);
  });

  it('refuse a body that is too large, compressed or of another type', async () => {
    const url = '/v1/recommendations';
    const json = { 'content-type': 'application/json' };
    const large = await call({ method: 'POST', url, headers: json, payload: `"${'x'.repeat(2 * 1024 * 1024)}"` });
    expect([large.status, large.body.detail]).toEqual([413, 'The body has more than 1048576 bytes.']);
    const gzip = { ...json, 'content-encoding': 'gzip' };
    expect((await call({ method: 'POST', url, headers: gzip, payload: '{}' })).status).toBe(415);
    const other = await call({ method: 'POST', url, headers: { 'content-type': 'text/plain' }, payload: 'x' });
    expect(other.status).toBe(415);
    expect(other.body.detail).toBe('The content type "text/plain" is not taken here; send application/json.');
  });

  it.each([
    ['/v1/users/anna/recommendations?limit=0', '/query/limit', 'must be at least 1'],
    ['/v1/users/anna/recommendations?limit=ten', '/query/limit', 'must be an integer'],
    ['/v1/users/anna/recommendations?limit=1&limit=2', '/query/limit', 'must be an integer'],
    ['/v1/users/anna/recommendations?color=red', '/query/color', 'is not a known field'],
    ['/v1/trending?limit=101', '/query/limit', 'must be at most 100'],
    [`/v1/users/${'x'.repeat(129)}/recommendations`, '/path/userId', 'must have at most 128 characters'],
  ])('name the parameter of %s', async (url, path, reason) => {
    const { status, body } = await call({ url });
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ path, reason }]);
  });

  it('list every fault of a body', async () => {
    const payload = { limit: 1000, filters: { minPrice: 'low', maxCost: 3 }, boosts: { mug: -1 } };
    const { status, body } = await call({ method: 'POST', url: '/v1/recommendations', payload });
    expect(status).toBe(400);
    expect(body.errors).toEqual([
      { path: '', reason: 'needs exactly one of userId, sessionId and history' },
      { path: '/limit', reason: 'must be at most 100' },
      { path: '/filters/maxCost', reason: 'is not a known field' },
      { path: '/filters/minPrice', reason: 'must be a number' },
      { path: '/boosts/mug', reason: 'must be at least 0' },
    ]);
    expect(body.detail).toBe('The body needs exactly one of userId, sessionId and history; 4 more faults were found.');
  });

  it.each([{ userId: 'a', sessionId: 'b' }, { limit: 3 }])('ask for exactly one subject in %j', async (payload) => {
    const { body } = await call({ method: 'POST', url: '/v1/recommendations', payload });
    expect(body.detail).toBe('The body needs exactly one of userId, sessionId and history.');
  });

  it('refuse a path that is not UTF-8', async () => {
    expect(await call({ url: '/v1/items/%ff' })).toMatchObject({
      status: 400,
      body: { detail: '/path must be percent-encoded UTF-8.' },
    });
  });

  it('ask for a credential, except for probes and the description', async () => {
    const remote = { host: 'attune.example' };
    const response = await call({ url: '/v1/trending', headers: remote });
    expect(response.status).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer realm="attune"');
    expect((await call({ url: '/metrics', headers: remote })).status).toBe(401);
    for (const url of ['/', '/health/live', '/health/ready', '/openapi.json']) {
      expect((await call({ url, headers: remote })).status).toBe(200);
    }
    const withKey = { ...remote, 'ocp-apim-subscription-key': 'secret' };
    expect((await call({ url: '/v1/trending', headers: withKey })).status).toBe(200);
  });

  it('hide a fault of ours and log it with its stack', async () => {
    const faulty = new TestWorld();
    const get = () => {
      throw new Error('broken on purpose');
    };
    const catalogue = { get, put: async () => [], delete: async () => false, loaded: true };
    const broken = await startApi(faulty, { replaced: { catalogue } });
    const response = await broken.app.inject({ url: '/v1/items/x', headers: { host: 'localhost' } });
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain('on purpose');
    const [level, message, fields] = faulty.logged.at(-1)!;
    expect([level, message]).toEqual(['error', 'request failed']);
    expect(fields).toMatchObject({ path: '/v1/items/x', error: 'broken on purpose' });
    expect(fields!.stack).toContain('errors.test.ts');
    await broken.close();
  });
});

describe('connections', () => {
  async function raw(bytes: string): Promise<string> {
    const socket = connect((api.app.server.address() as AddressInfo).port, '127.0.0.1');
    socket.end(bytes);
    return text(socket);
  }

  beforeAll(async () => {
    await api.app.listen({ port: 0, host: '127.0.0.1' });
  });

  it('are told what is wrong with their bytes', async () => {
    const answer = await raw('this is not HTTP\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 .*\r\ncontent-type: application\/problem\+json\r\n/i);
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({ status: 400 });
  });

  it('are told that their headers are too large', async () => {
    const answer = await raw(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });
});

describe('any input', () => {
  const paths = fc.oneof(
    fc.constantFrom(
      '/v1/events',
      '/v1/recommendations',
      '/v1/trending',
      '/v1/items:batch',
      '/v1/items/candle',
      '/v1/items/candle/similar',
      '/v1/users/anna/recommendations',
      '/health/ready',
    ),
    fc.webPath().map((path) => `/${path}`),
    fc.string({ unit: 'binary' }).map((id) => `/v1/items/${encodeURIComponent(id.toWellFormed())}`),
    fc.string().map((path) => `/v1/${path.replace(/[^!-~]/g, '')}`),
  );
  const query = fc.oneof(
    fc.constant(''),
    fc.webQueryParameters().map((parameters) => `?${parameters}`),
    fc.dictionary(fc.constantFrom('limit', 'category', 'exclude', 'channel', 'includeSeen'), fc.string()).map(
      (entries) =>
        `?${Object.entries(entries)
          .map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`)
          .join('&')}`,
    ),
  );
  const fields = fc.constantFrom(
    ...['userId', 'sessionId', 'history', 'limit', 'filters', 'boosts', 'context', 'items', 'title', 'categories'],
    ...[
      'price',
      'attributes',
      'itemId',
      'data',
      'id',
      'time',
      'source',
      'type',
      'specversion',
      '__proto__',
      'constructor',
    ],
  );
  const likely = fc.dictionary(
    fields,
    fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }), fc.array(fc.jsonValue())),
  );
  const body = fc.oneof(
    likely.map((value) => JSON.stringify(value)),
    fc.array(likely, { maxLength: 3 }).map((value) => JSON.stringify(value)),
    fc.json(),
    fc.string(),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  );
  const headers = fc.record(
    {
      'content-type': fc.constantFrom(
        'application/json',
        'application/cloudevents+json',
        'application/cloudevents-batch+json',
        'text/plain',
        ';',
      ),
      'ce-specversion': fc.constantFrom('1.0', 'x'),
      'ce-id': fc.constantFrom('1', '%', '%ff'),
    },
    { requiredKeys: [] },
  );
  const method = fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS' as const);

  it('never makes the service fail', async () => {
    await fc.assert(
      fc.asyncProperty(method, paths, query, headers, body, async (verb, path, search, extra, payload) => {
        const withBody = verb === 'PUT' || verb === 'POST' || verb === 'PATCH' || verb === 'DELETE';
        const response = await api.app.inject({
          method: verb as 'GET',
          url: path + search,
          headers: { host: 'localhost', ...extra },
          ...(withBody ? { payload } : {}),
        });
        expect(response.statusCode, `${verb} ${path}${search} ${String(payload)}: ${response.body}`).toBeLessThan(500);
        if (response.statusCode >= 400 && verb !== 'HEAD') {
          expect(response.headers['content-type']).toBe('application/problem+json');
          expect(response.json<ProblemDetails>().status).toBe(response.statusCode);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
