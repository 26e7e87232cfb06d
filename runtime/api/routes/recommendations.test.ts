import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Recommendations } from '../../contracts/api.ts';
import { startApi, TestWorld, type TestApi } from '../testing/testApi.ts';
import { smallModel } from '../testing/smallModel.ts';

const MODEL = smallModel('v1', {
  lantern: { candle: 0.9, mug: 0.5, plate: 0.3, spoon: 0.2 },
  tent: { candle: 0.1, mug: 0.2 },
});
const ITEMS = ['lantern', 'tent', 'candle', 'mug', 'plate', 'spoon'];

let world: TestWorld;
let api: TestApi;

beforeEach(async () => {
  world = new TestWorld();
  world.registry.publish(MODEL);
  for (const [index, itemId] of ITEMS.entries()) {
    await world.addItem({ itemId, title: itemId.toUpperCase(), price: 10 * (index + 1), categories: ['all'] });
  }
  await world.addProfile('anna', ['tent', 'lantern'], { action: 'purchase' });
  api = await startApi(world);
});

afterEach(async () => {
  await api.close();
});

async function get(url: string): Promise<Recommendations> {
  const response = await api.app.inject({ url, headers: { host: 'localhost' } });
  expect(response.statusCode).toBe(200);
  return response.json();
}

async function post(payload: object): Promise<Recommendations> {
  const request = { method: 'POST', url: '/v1/recommendations', headers: { host: 'localhost' }, payload } as const;
  const response = await api.app.inject(request);
  expect(response.json()).not.toHaveProperty('errors');
  expect(response.statusCode).toBe(200);
  return response.json();
}

const ids = ({ items }: Recommendations) => items.map(({ id }) => id);

describe('GET /v1/users/{userId}/recommendations', () => {
  it('ranks by the history and says why', async () => {
    const answer = await get('/v1/users/anna/recommendations?limit=3');
    expect(answer).toMatchObject({ modelVersion: 'v1', degraded: [] });
    expect(answer.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.items.map(({ id, reason }) => [id, reason])).toEqual([
      ['candle', 'Because you bought LANTERN'],
      ['mug', 'Because you bought LANTERN'],
      ['plate', 'Because you bought LANTERN'],
    ]);
    const scores = answer.items.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  });

  it('leaves out what was seen, unless it is asked for', async () => {
    await world.addProfile('bert', ['candle', 'lantern']);
    expect(ids(await get('/v1/users/bert/recommendations'))).not.toContain('candle');
    expect(ids(await get('/v1/users/bert/recommendations?includeSeen=true'))[0]).toBe('candle');
  });

  it('never shows what was dismissed, excluded, is unavailable or was deleted', async () => {
    await world.addProfile('carl', ['lantern'], { hidden: ['candle'] });
    expect(ids(await get('/v1/users/carl/recommendations?includeSeen=true&exclude=mug,plate'))).toEqual([
      'spoon',
      'lantern',
      'tent',
    ]);
    const headers = { host: 'localhost' };
    const payload = { title: 'SPOON', available: false };
    await api.app.inject({ method: 'PUT', url: '/v1/items/spoon', headers, payload });
    await api.app.inject({ method: 'DELETE', url: '/v1/items/tent', headers });
    expect(ids(await get('/v1/users/carl/recommendations?exclude=mug&exclude=plate'))).toEqual([]);
  });

  it('reacts to a change of the profile', async () => {
    expect(ids(await get('/v1/users/anna/recommendations'))[0]).toBe('candle');
    await world.addProfile('anna', ['candle', 'tent'], { action: 'purchase' });
    await expect.poll(async () => ids(await get('/v1/users/anna/recommendations'))[0]).toBe('mug');
  });

  it('shows an unknown user what is popular, and says so', async () => {
    const answer = await get('/v1/users/nobody/recommendations');
    expect(answer).toMatchObject({ modelVersion: 'v1', degraded: ['no-profile'] });
    expect(ids(answer)[0]).toBe('lantern');
    expect(new Set(answer.items.map(({ reason }) => reason))).toEqual(new Set(['Popular right now']));
  });

  it('fills up with popular items where the history leads no further', async () => {
    const answer = await get('/v1/users/anna/recommendations');
    expect(ids(answer)).toEqual(['candle', 'mug', 'plate', 'spoon']);
    await world.addItem({ itemId: 'brand-new' });
    await expect.poll(async () => ids(await get('/v1/users/anna/recommendations'))).toContain('brand-new');
    const added = (await get('/v1/users/anna/recommendations')).items.at(-1);
    expect(added).toEqual({ id: 'brand-new', score: 0, reason: 'From the catalogue' });
  });

  it('filters by category, also for items that the model does not know', async () => {
    await world.addItem({ itemId: 'plate', title: 'PLATE', categories: ['kitchen'] });
    await world.addItem({ itemId: 'brand-new', categories: ['kitchen'] });
    await expect
      .poll(async () => ids(await get('/v1/users/anna/recommendations?category=kitchen&category=garden')))
      .toEqual(['plate', 'brand-new']);
  });

  it('answers without the store from what is popular, and recovers', async () => {
    world.profiles.away = true;
    const answer = await get('/v1/users/anna/recommendations');
    expect(answer.degraded).toEqual(['store-unavailable']);
    expect(answer.items.length).toBeGreaterThan(0);
    world.profiles.away = false;
    await expect
      .poll(async () => (await get('/v1/users/anna/recommendations')).degraded, { timeout: 5_000 })
      .toEqual([]);
  });
});

describe('POST /v1/recommendations', () => {
  it('takes a user, a session or a history', async () => {
    expect(ids(await post({ userId: 'anna', limit: 1 }))).toEqual(['candle']);
    expect((await post({ sessionId: 'unknown' })).degraded).toEqual(['no-profile']);
    const answer = await post({ history: [{ itemId: 'lantern' }], limit: 1 });
    expect(answer.items).toMatchObject([{ id: 'candle', reason: 'Because you viewed LANTERN' }]);
  });

  it('keeps to price range and candidates', async () => {
    expect(ids(await post({ userId: 'anna', filters: { minPrice: 30, maxPrice: 40 } }))).toEqual(['candle', 'mug']);
    expect(ids(await post({ userId: 'anna', filters: { candidates: ['spoon', 'plate', 'lantern'] } }))).toEqual([
      'plate',
      'spoon',
    ]);
    expect(ids(await post({ userId: 'anna', filters: { categories: ['none'] } }))).toEqual([]);
  });

  it('multiplies the score of a boosted item', async () => {
    const plain = await post({ userId: 'anna' });
    const boosted = await post({ userId: 'anna', boosts: { spoon: 10, candle: 0.1 } });
    expect(ids(boosted)).toEqual(['spoon', 'mug', 'plate', 'candle']);
    const scoreOf = ({ items }: Recommendations, id: string) => items.find((item) => item.id === id)!.score;
    expect(scoreOf(boosted, 'spoon')).toBeCloseTo(10 * scoreOf(plain, 'spoon'), 4);
    expect(scoreOf(boosted, 'candle')).toBeCloseTo(0.1 * scoreOf(plain, 'candle'), 4);
    expect(scoreOf(boosted, 'mug')).toBe(scoreOf(plain, 'mug'));
  });

  it('does not let a boost bring back what the rules exclude', async () => {
    expect(
      ids(await post({ userId: 'anna', filters: { exclude: ['spoon'] }, boosts: { spoon: 100, tent: 100 } })),
    ).toEqual(['candle', 'mug', 'plate']);
  });

  it('orders popular items by the boosts as well', async () => {
    expect(ids(await post({ sessionId: 'unknown', boosts: { spoon: 100 } }))[0]).toBe('spoon');
  });
});

describe('what is remembered of an answer', () => {
  it('logs every answer to the hub, and announces those of outbound channels', async () => {
    const email = await get('/v1/users/anna/recommendations?channel=email&limit=2');
    await get('/v1/users/anna/recommendations?channel=web');
    await post({ history: [], context: { channel: 'email', location: 'DE' } });
    await api.close();

    expect(world.decisions.bodies).toHaveLength(1);
    const logged = JSON.parse(world.decisions.bodies[0]!) as { source: string; type: string; data: object }[];
    expect(logged.map(({ type, source }) => [type, source])).toEqual(
      Array.from({ length: 3 }, () => ['attune.recommendation.served.v1', '/tenants/contoso/api']),
    );
    expect(logged[0]!.data).toEqual({
      requestId: email.requestId,
      subject: 'user:anna',
      channel: 'email',
      modelVersion: 'v1',
      degraded: [],
      items: ['candle', 'mug'],
      scores: email.items.map(({ score }) => score),
    });
    expect(logged[2]!.data).toMatchObject({ channel: 'email', location: 'DE' });
    expect(logged[2]!.data).not.toHaveProperty('subject');

    expect(world.announced).toHaveLength(1);
    expect(world.announced[0]).toMatchObject({
      type: 'attune.recommendation.issued.v1',
      source: '/tenants/contoso/api',
      subject: 'users/anna',
      data: { requestId: email.requestId, userId: 'anna', channel: 'email', modelVersion: 'v1', items: email.items },
    });
  });
});

describe('a decisions hub that is away', () => {
  it('does not hold up an answer; what cannot be logged is counted', async () => {
    world.decisions.away = true;
    for (let request = 0; request < 3; request += 1) await get('/v1/users/anna/recommendations');
    await api.close();
    expect(await api.services.metrics.registry.metrics()).toContain('attune_decisions_dropped_total 3\n');
    expect(world.logged.at(-1)).toEqual(['warn', 'answers could not be logged', { error: 'hub away' }]);
  });
});

describe('without a model', () => {
  it('shows what is popular and says so', async () => {
    const modelless = new TestWorld();
    await modelless.addItem({ itemId: 'mug' });
    await modelless.addProfile('anna', ['lantern']);
    const other = await startApi(modelless);
    const response = await other.app.inject({ url: '/v1/users/anna/recommendations', headers: { host: 'localhost' } });
    expect(response.json()).toMatchObject({ modelVersion: 'none', degraded: ['no-model'], items: [{ id: 'mug' }] });
    await other.close();
  });

  it('recommends what the model knows while there is no catalogue', async () => {
    const bare = new TestWorld();
    bare.registry.publish(MODEL);
    await bare.addProfile('anna', ['lantern']);
    const other = await startApi(bare);
    const response = await other.app.inject({ url: '/v1/users/anna/recommendations', headers: { host: 'localhost' } });
    const answer = response.json<Recommendations>();
    expect(ids(answer)).toEqual(['candle', 'mug', 'plate', 'spoon', 'tent']);
    expect(answer.items[0]!.reason).toBe('Because you viewed lantern');
    await other.close();
  });
});
