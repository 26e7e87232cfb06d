import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProblemDetails } from '../../contracts/api.ts';
import { IDENTIFIER_RULE } from '../../contracts/identifiers.ts';
import { startApi, TestWorld, type TestApi } from '../testing/testApi.ts';

let world: TestWorld;
let api: TestApi;

beforeEach(async () => {
  world = new TestWorld();
  api = await startApi(world);
});

afterEach(async () => {
  await api.close();
});

const BATCH = 'application/cloudevents-batch+json';
let ids = 0;

function event(data: object = {}, envelope: object = {}): Record<string, unknown> {
  const interaction = { userId: 'anna', itemId: 'mug', action: 'view', ...data };
  return {
    specversion: '1.0',
    id: `e${(ids += 1)}`,
    source: '/shop',
    type: 'attune.interaction.v1',
    time: '2026-01-01T10:00:00Z',
    data: interaction,
    ...envelope,
  };
}

async function send(payload: unknown, headers: Record<string, string> = {}) {
  const response = await api.app.inject({
    method: 'POST',
    url: '/v1/events',
    headers: { host: 'localhost', 'content-type': 'application/cloudevents+json', ...headers },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  });
  return { status: response.statusCode, body: response.json<ProblemDetails & { accepted: number }>(), response };
}

const arrived = () => world.interactions.bodies.map((body) => JSON.parse(body) as Record<string, unknown>);

describe('POST /v1/events', () => {
  it('takes one event as it is', async () => {
    const sent = event({ value: 9.5, quantity: 2, channel: 'web' }, { traceparent: 'abc', subject: 'mug' });
    expect(await send(sent)).toMatchObject({ status: 202, body: { accepted: 1 } });
    expect(arrived()).toEqual([sent]);
  });

  it('takes a batch, and a list as plain JSON', async () => {
    const batch = [event(), event({ userId: 'bert' })];
    expect((await send(batch, { 'content-type': `${BATCH}; charset=utf-8` })).body).toEqual({ accepted: 2 });
    expect((await send([event()], { 'content-type': 'application/json' })).body).toEqual({ accepted: 1 });
    expect((await send(event(), { 'content-type': 'application/json' })).body).toEqual({ accepted: 1 });
    expect((await send([], { 'content-type': BATCH })).body).toEqual({ accepted: 0 });
    expect(arrived()).toHaveLength(4);
  });

  it('takes an event in binary mode, its attributes percent-encoded', async () => {
    const answer = await send(
      { sessionId: 's1', action: 'search', query: 'mug' },
      {
        'content-type': 'application/json',
        'ce-specversion': '1.0',
        'ce-id': 'e-%C3%A4',
        'ce-source': '/shop',
        'ce-type': 'attune.interaction.v1',
        'ce-tenantregion': 'eu',
      },
    );
    expect(answer).toMatchObject({ status: 202, body: { accepted: 1 } });
    const [taken] = arrived();
    expect(taken).toMatchObject({ id: 'e-ä', tenantregion: 'eu', data: { sessionId: 's1', query: 'mug' } });
    expect(Date.parse(String(taken!.time))).toBeGreaterThan(Date.now() - 60_000);
  });

  it('fills in a missing time', async () => {
    const timeless = event();
    delete timeless.time;
    await send(timeless);
    expect(arrived()[0]!.time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it('gives a repeated id no second effect', async () => {
    const repeated = event();
    expect((await send(repeated)).body).toEqual({ accepted: 1 });
    expect((await send([repeated, event()], { 'content-type': BATCH })).body).toEqual({ accepted: 1, duplicates: 1 });
    expect((await send({ ...repeated, source: '/other' })).body).toEqual({ accepted: 1 });
    expect(arrived()).toHaveLength(3);
  });

  it('names every bad event of a batch and takes none', async () => {
    const batch = [
      event(),
      event({ quantity: -2 }),
      event({ userId: undefined }),
      event({ colour: 'red', value: 'many' }),
      'text',
      event({}, { type: 'attune.other.v1', time: 'yesterday' }),
      { ...event(), data: undefined },
    ];
    const { status, body } = await send(batch, { 'content-type': BATCH });
    expect(status).toBe(400);
    expect(body.detail).toBe('6 of 7 events are not valid; none was taken.');
    expect(body.errors).toEqual([
      {
        index: 1,
        path: '/data/quantity',
        reason: 'must be greater than 0; report goods that came back with the action "return"',
      },
      { index: 2, path: '/data', reason: 'needs a userId or, for an anonymous visitor, a sessionId' },
      { index: 3, path: '/data/colour', reason: 'is not a known field' },
      { index: 3, path: '/data/value', reason: 'must be a number' },
      { index: 4, path: '', reason: 'must be an object' },
      { index: 5, path: '/type', reason: 'must be "attune.interaction.v1"' },
      { index: 5, path: '/time', reason: 'must be an RFC 3339 date and time' },
      { index: 6, path: '/data', reason: 'is missing' },
    ]);
    expect(arrived()).toEqual([]);
  });

  it.each([
    [{ action: 'Buy Now' }, '/data/action', 'must match ^[a-z][a-z0-9_.-]{0,63}$'],
    [{ itemId: '' }, '/data/itemId', 'must not be empty'],
    [{ userId: 'x'.repeat(129) }, '/data/userId', 'must have at most 128 characters'],
    [{ userId: '漢'.repeat(128) }, '/data/userId', IDENTIFIER_RULE],
    [{ sessionId: '😀'.repeat(84) }, '/data/sessionId', IDENTIFIER_RULE],
    [{ itemId: '\ud800' }, '/data/itemId', IDENTIFIER_RULE],
    [{ query: 'a\udfffb' }, '/data/query', 'must be well-formed Unicode'],
    [{ value: null }, '/data/value', 'must be a number'],
  ])('refuses %j', async (data, path, reason) => {
    const { status, body } = await send(event(data));
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ index: 0, path, reason }]);
  });

  it('takes text that only looks like half a surrogate pair', async () => {
    expect((await send(event({ query: 'C:\\udata 😀' }))).body).toEqual({ accepted: 1 });
  });

  it('takes ids of any script within the length', async () => {
    expect((await send(event({ userId: '漢字ユーザー/?#\\', itemId: 'ü'.repeat(128) }))).status).toBe(202);
  });

  it('refuses numbers that are none', async () => {
    const { status, body } = await send(JSON.stringify(event({ value: 1 })).replace('"value":1', '"value":1e999'));
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ index: 0, path: '/data/value', reason: 'must be a number' }]);
  });

  it('takes 10,000 events in one batch and no more', async () => {
    const batch = Array.from({ length: 10_000 }, (_, index) => event({ userId: `u${index % 100}` }));
    expect((await send(batch, { 'content-type': BATCH })).body).toEqual({ accepted: 10_000 });
    const { status, body } = await send([...batch, event()], { 'content-type': BATCH });
    expect(status).toBe(413);
    expect(body.detail).toBe('The batch has 10001 events; at most 10000 are taken.');
  });

  it('takes a body of 2 MB, and says how large one may be', async () => {
    const large = (count: number) => Array.from({ length: count }, () => event({ query: 'x'.repeat(500) }));
    expect((await send(large(3_000), { 'content-type': BATCH })).body).toEqual({ accepted: 3_000 });
    const { status, body } = await send(large(7_000), { 'content-type': BATCH });
    expect(status).toBe(413);
    expect(body.detail).toBe('The body has more than 4194304 bytes.');
  });

  it('refuses a single event that is too large', async () => {
    const { status, body } = await send(event({}, { extension: 'x'.repeat(70_000) }));
    expect(status).toBe(400);
    expect(body.errors![0]!.reason).toMatch(/^must have at most 65536 bytes as JSON; it has 70\d{3}$/);
  });

  it('lists at most 100 faults', async () => {
    const { body } = await send(
      Array.from({ length: 500 }, () => ({})),
      { 'content-type': BATCH },
    );
    expect(body.detail).toBe('500 of 500 events are not valid; none was taken. The first 100 faults are listed.');
    expect(body.errors).toHaveLength(100);
  });

  it.each([
    ['one event sent as a batch', event(), BATCH, 400, 'is a list of events'],
    ['a list sent as one event', [event()], 'application/cloudevents+json', 400, 'is one event'],
    [
      'another content type',
      '<event/>',
      'application/xml',
      415,
      'The content type "application/xml" is not taken here',
    ],
    ['another charset', event(), 'application/json; charset=utf-16', 415, 'The charset "utf-16" is not taken here'],
  ])('refuses %s', async (_, payload, contentType, status, detail) => {
    const answer = await send(payload, { 'content-type': contentType });
    expect(answer.status).toBe(status);
    expect(answer.body.detail).toContain(detail);
  });

  it('refuses binary mode headers that are no UTF-8', async () => {
    const { status, body } = await send(
      {},
      { 'content-type': 'application/json', 'ce-specversion': '1.0', 'ce-id': '%ff' },
    );
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ path: '/headers/ce-id', reason: 'must be percent-encoded UTF-8' }]);
  });

  it('survives nesting of any depth', async () => {
    const { status, body } = await send(`{"specversion":"1.0","data":${'['.repeat(50_000)}${']'.repeat(50_000)}}`);
    expect(status).toBe(400);
    expect(body.errors![0]).toMatchObject({ index: 0 });
  });

  it('answers 503 while the hub is away, and loses nothing', async () => {
    world.interactions.away = true;
    const refused = event();
    const { status, response } = await send(refused);
    expect(status).toBe(503);
    expect(response.headers['retry-after']).toBe('2');
    world.interactions.away = false;
    expect((await send(refused)).body).toEqual({ accepted: 1 });
  });

  it('counts what it took, knew and refused', async () => {
    const known = event();
    await send(known);
    await send(known);
    await send([event(), {}], { 'content-type': BATCH });
    const metrics = await api.services.metrics.registry.metrics();
    expect(metrics).toContain('attune_events_accepted_total 1\n');
    expect(metrics).toContain('attune_events_duplicate_total 1\n');
    expect(metrics).toContain('attune_events_rejected_total 2\n');
  });

  it('takes exactly the valid events, whatever is sent', async () => {
    const scrambled = fc.oneof(
      { weight: 3, arbitrary: fc.constant({}) },
      fc.record({ value: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string()) }),
      fc.record({ quantity: fc.integer() }),
      fc.dictionary(fc.string(), fc.jsonValue()),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(scrambled, { maxLength: 5 }), async (parts) => {
        const before = world.interactions.bodies.length;
        const batch = parts.map((data) => event(data as object));
        const { status, body } = await send(batch, { 'content-type': BATCH });
        const taken = world.interactions.bodies.length - before;
        expect([202, 400]).toContain(status);
        expect(taken).toBe(status === 202 ? batch.length : 0);
        if (status === 400) expect(body.errors!.every(({ index }) => index! < batch.length)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
