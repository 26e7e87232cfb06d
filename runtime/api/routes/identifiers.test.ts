import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProblemDetails } from '../../contracts/api.ts';
import { IDENTIFIER_RULE } from '../../contracts/identifiers.ts';
import { startApi, TestWorld, type TestApi } from '../testing/testApi.ts';

const world = new TestWorld();
let api: TestApi;
beforeAll(async () => {
  api = await startApi(world);
});
afterAll(() => api.close());

interface Call {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  url: string;
  headers?: Record<string, string>;
  body?: unknown;
}

/** Every place of a body in which an id comes in, and where its fault is reported. */
const BODIES: [place: string, path: string, call: (id: string) => Call][] = [
  ...(['userId', 'sessionId', 'itemId'] as const).flatMap((name): [string, string, (id: string) => Call][] => [
    [`${name} of an event`, `/data/${name}`, (id) => structured(interaction(name, id))],
    [`${name} in a batch`, `/data/${name}`, (id) => batch(interaction(name, id))],
    [`${name} in a list of JSON`, `/data/${name}`, (id) => ({ ...batch(interaction(name, id)), headers: JSON_TYPE })],
    [`${name} in binary mode`, `/data/${name}`, (id) => binary(interaction(name, id))],
  ]),
  ['userId of a wish', '/userId', (id) => wish({ userId: id })],
  ['sessionId of a wish', '/sessionId', (id) => wish({ sessionId: id })],
  ['item of a history', '/history/0/itemId', (id) => wish({ history: [{ itemId: id }] })],
  ['excluded item', '/filters/exclude/0', (id) => wish({ history: [], filters: { exclude: [id] } })],
  ['candidate', '/filters/candidates/0', (id) => wish({ history: [], filters: { candidates: [id] } })],
  ['item of a batch', '/items/0/itemId', (id) => post('/v1/items:batch', { items: [{ itemId: id, title: 't' }] })],
];

/** Every place of a path. */
const PATHS: [place: string, path: string, call: (id: string) => Call][] = [
  ['user of recommendations', '/path/userId', (id) => ({ method: 'GET', url: `/v1/users/${id}/recommendations` })],
  ['item that is written', '/path/itemId', (id) => ({ method: 'PUT', url: `/v1/items/${id}`, body: { title: 't' } })],
  ['item that is read', '/path/itemId', (id) => ({ method: 'GET', url: `/v1/items/${id}` })],
  ['item that is deleted', '/path/itemId', (id) => ({ method: 'DELETE', url: `/v1/items/${id}` })],
  ['item with similar ones', '/path/itemId', (id) => ({ method: 'GET', url: `/v1/items/${id}/similar` })],
];

const ILL_FORMED: [string, string][] = [
  ['the first half of a surrogate pair', 'a\ud800'],
  ['the second half of a surrogate pair', '\udfffa'],
];
const TOO_LONG: [string, string][] = [
  ['112 characters of three bytes', '漢'.repeat(112)],
  ['128 characters of three bytes', '漢'.repeat(128)],
  ['84 characters of four bytes', '😀'.repeat(84)],
];
const LONGEST: [string, string][] = [
  ['128 characters of one byte', 'x'.repeat(128)],
  ['128 characters of two bytes', 'ü'.repeat(128)],
  ['111 characters of three bytes', '漢'.repeat(111)],
  ['83 characters of four bytes', '😀'.repeat(83)],
  ['what document ids must not contain', '/?#\\ .'],
];

const JSON_TYPE = { 'content-type': 'application/json' };
let ids = 0;

const interaction = (name: string, id: string) => ({
  ...(name === 'itemId' && { userId: 'anna' }),
  action: 'view',
  [name]: id,
});
const cloudEvent = (data: object) => {
  return { specversion: '1.0', id: `e${(ids += 1)}`, source: '/shop', type: 'attune.interaction.v1', data };
};
const post = (url: string, body: unknown, type = 'application/json'): Call => {
  return { method: 'POST', url, headers: { 'content-type': type }, body };
};
const wish = (body: object) => post('/v1/recommendations', body);
const structured = (data: object) => post('/v1/events', cloudEvent(data), 'application/cloudevents+json');
const batch = (data: object) => post('/v1/events', [cloudEvent(data)], 'application/cloudevents-batch+json');
const binary = (data: object): Call => ({
  ...post('/v1/events', data),
  headers: {
    ...JSON_TYPE,
    'ce-specversion': '1.0',
    'ce-id': `e${(ids += 1)}`,
    'ce-source': '/shop',
    'ce-type': 'attune.interaction.v1',
  },
});

async function send({
  method,
  url,
  headers = JSON_TYPE,
  body,
}: Call): Promise<{ status: number; problem: ProblemDetails }> {
  const payload =
    body === undefined ? {} : { payload: JSON.stringify(body), headers: { host: 'localhost', ...headers } };
  const response = await api.app.inject({ method, url, headers: { host: 'localhost' }, ...payload });
  return {
    status: response.statusCode,
    problem: response.body ? response.json<ProblemDetails>() : ({} as ProblemDetails),
  };
}

const stored = () => world.interactions.bodies.length + world.items.documents.size;

describe('an id that no store could keep', () => {
  const badIds = [...ILL_FORMED, ...TOO_LONG];

  it.each(BODIES)('is refused as %s, with its path', async (_, path, call) => {
    const before = stored();
    for (const [, id] of badIds) {
      const { status, problem } = await send(call(id));
      expect(status).toBe(400);
      expect(problem.errors?.map(({ path: at, reason }) => ({ at, reason }))).toEqual([
        { at: path, reason: IDENTIFIER_RULE },
      ]);
    }
    expect(stored()).toBe(before);
  });

  it.each(badIds)('is refused as the key of a boost: %s', async (_, id) => {
    const { status, problem } = await send(wish({ history: [], boosts: { [id]: 2 } }));
    expect(status).toBe(400);
    const paths = problem.errors?.map(({ path }) => path) ?? [];
    expect(paths.every((path) => path.startsWith(`/boosts/${id.slice(0, 60)}`) || path === '/boosts')).toBe(true);
    expect(paths).not.toEqual([]);
  });

  it.each(PATHS)('is refused in the path: %s', async (_, path, call) => {
    for (const [, id] of TOO_LONG) {
      const { status, problem } = await send(call(encodeURIComponent(id)));
      expect(status).toBe(400);
      expect(problem.errors).toEqual([{ path, reason: IDENTIFIER_RULE }]);
    }
    // Half a surrogate pair, as it would be in UTF-8.
    const { status, problem } = await send(call('a%ED%A0%80'));
    expect(status).toBe(400);
    expect(problem.errors).toEqual([{ path: '/path', reason: 'must be percent-encoded UTF-8' }]);
  });
});

describe('the longest ids', () => {
  it.each(BODIES)('are taken as %s', async (_, _path, call) => {
    for (const [, id] of LONGEST) expect((await send(call(id))).status).toBeLessThan(300);
  });

  it.each(PATHS)('are taken in the path: %s', async (_, _path, call) => {
    for (const [, id] of LONGEST) {
      await send(post('/v1/items:batch', { items: [{ itemId: id, title: 't' }] }));
      expect((await send(call(encodeURIComponent(id)))).status).toBeLessThan(300);
    }
  });
});
