import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProblemDetails, Recommendations } from '../../contracts/api.ts';
import { smallModel } from '../testing/smallModel.ts';
import { startApi, TestWorld, type TestApi } from '../testing/testApi.ts';

let world: TestWorld;
let api: TestApi;

beforeEach(async () => {
  world = new TestWorld();
  world.registry.publish(smallModel('v1', { lantern: { candle: 0.9, mug: 0.5 }, mug: { plate: 0.4 } }));
  api = await startApi(world);
});

afterEach(async () => {
  await api.close();
});

async function call<T = ProblemDetails>(method: 'GET' | 'PUT' | 'POST' | 'DELETE', url: string, payload?: object) {
  const response = await api.app.inject({ method, url, headers: { host: 'localhost' }, payload });
  const body = response.body === '' ? undefined : response.json<T>();
  return { status: response.statusCode, body: body as T };
}

describe('PUT, GET and DELETE /v1/items/{itemId}', () => {
  it('keeps an item', async () => {
    const item = { title: 'MUG', categories: ['kitchen'], price: 2.5, attributes: { red: true, size: 3 } };
    const url = `/v1/items/${encodeURIComponent('mug/größe 1')}`;
    const created = await call('PUT', url, item);
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ itemId: 'mug/größe 1', ...item, available: true });
    expect((await call('GET', url)).body).toEqual(created.body);
    expect((await call('PUT', url, { title: 'MUG 2' })).status).toBe(200);
    expect((await call('GET', url)).body).toMatchObject({ title: 'MUG 2', categories: [], available: true });
    expect((await call('GET', url)).body).not.toHaveProperty('price');
    expect(await call('DELETE', url)).toEqual({ status: 204, body: undefined });
    expect((await call('GET', url)).status).toBe(404);
    const again = await call('DELETE', url);
    expect(again.status).toBe(404);
    expect(again.body.detail).toBe('The catalogue has no item "mug/größe 1".');
  });

  it('announces what changed', async () => {
    await call('PUT', '/v1/items/mug', { title: 'MUG' });
    await call('POST', '/v1/items:batch', {
      items: [
        { itemId: 'a', title: 'A' },
        { itemId: 'b', title: 'B' },
      ],
    });
    await call('DELETE', '/v1/items/mug');
    await api.close();
    expect(world.announced.map(({ type, data }) => [type, data.changes])).toEqual([
      ['attune.catalogue.changed.v1', [{ itemId: 'mug', change: 'written' }]],
      [
        'attune.catalogue.changed.v1',
        [
          { itemId: 'a', change: 'written' },
          { itemId: 'b', change: 'written' },
        ],
      ],
      ['attune.catalogue.changed.v1', [{ itemId: 'mug', change: 'deleted' }]],
    ]);
  });

  it.each([
    [{}, '/title', 'is missing'],
    [{ title: 7 }, '/title', 'must be a string'],
    [{ title: '' }, '/title', 'must not be empty'],
    [{ title: 'A', price: -1 }, '/price', 'must be at least 0'],
    [{ title: 'A', colour: 'red' }, '/colour', 'is not a known field'],
    [{ title: 'A', itemId: 'mug' }, '/itemId', 'is not a known field'],
    [{ title: 'A', available: 'yes' }, '/available', 'must be a boolean'],
    [{ title: 'A', categories: 'kitchen' }, '/categories', 'must be an array'],
    [{ title: 'A', categories: ['ok', 3] }, '/categories/1', 'must be a string'],
    [{ title: 'A', attributes: { size: {} } }, '/attributes/size', 'must be string or number or boolean'],
    [{ title: '\ud800' }, '/title', 'must be well-formed Unicode'],
  ])('refuses %j', async (payload, path, reason) => {
    const { status, body } = await call('PUT', '/v1/items/mug', payload);
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ path, reason }]);
  });

  it('answers 503 while the store is away', async () => {
    world.items.away = true;
    expect((await call('PUT', '/v1/items/mug', { title: 'MUG' })).status).toBe(503);
    expect((await call('GET', '/v1/items/mug')).status).toBe(404);
  });
});

describe('POST /v1/items:batch', () => {
  it('writes all of them', async () => {
    const items = Array.from({ length: 1_000 }, (_, index) => ({ itemId: `item-${index}`, title: `ITEM ${index}` }));
    expect(await call('POST', '/v1/items:batch', { items })).toEqual({ status: 200, body: { written: 1_000 } });
    expect(world.items.documents.size).toBe(1_000);
  });

  it('refuses the same item twice', async () => {
    const item = { itemId: 'mug', title: 'MUG' };
    const { status, body } = await call('POST', '/v1/items:batch', { items: [item, { ...item, itemId: 'b' }, item] });
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ index: 2, path: '/items/2/itemId', reason: 'is the same as that of entry 0' }]);
    expect(world.items.documents.size).toBe(0);
  });

  it('names the first of very many faults without collecting them all', async () => {
    const { status, body } = await call('POST', '/v1/items:batch', {
      items: Array.from({ length: 500_000 }, () => ({})),
    });
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ path: '/items', reason: 'must have at most 10000 entries' }]);
  });
});

describe('GET /v1/items/{itemId}/similar', () => {
  beforeEach(async () => {
    for (const itemId of ['lantern', 'candle', 'mug', 'plate']) {
      await world.addItem({ itemId, title: itemId.toUpperCase(), categories: ['home'] });
    }
    await expect.poll(async () => (await call('GET', '/v1/items/plate')).status).toBe(200);
  });

  it('lists what goes with an item, then its category', async () => {
    const { body } = await call<Recommendations>('GET', '/v1/items/lantern/similar');
    expect(body).toMatchObject({ modelVersion: 'v1', degraded: [] });
    expect(body.items.map(({ id, reason }) => [id, reason])).toEqual([
      ['candle', 'Goes with LANTERN'],
      ['mug', 'Goes with LANTERN'],
      ['plate', 'Popular in home'],
    ]);
  });

  it('goes by the category for an item that the model does not know', async () => {
    await call('PUT', '/v1/items/brand-new', { title: 'NEW', categories: ['home'] });
    const { body } = await call<Recommendations>('GET', '/v1/items/brand-new/similar?limit=2');
    expect(body.items.map(({ id, reason }) => [id, reason])).toEqual([
      ['lantern', 'Popular in home'],
      ['candle', 'Popular in home'],
    ]);
  });

  it('answers 404 for an item that nobody knows', async () => {
    const { status, body } = await call('GET', '/v1/items/nothing/similar');
    expect(status).toBe(404);
    expect(body.detail).toBe('Neither catalogue nor model know the item "nothing".');
  });
});

describe('GET /v1/trending', () => {
  it('orders by what was counted, within the category', async () => {
    const popularity = { mug: 5, plate: 9 };
    await world.signals.write({
      id: '1',
      partition: 'interactions-0',
      kind: 'delta',
      from: 0,
      to: 9,
      time: Date.now(),
      popularity,
      transitions: {},
      ttl: 1,
    });
    for (const itemId of ['lantern', 'mug', 'plate', 'spoon']) {
      await call('PUT', `/v1/items/${itemId}`, { title: itemId, categories: itemId === 'mug' ? ['cups'] : [] });
    }
    const list = async (query = '') => (await call<Recommendations>('GET', `/v1/trending${query}`)).body.items;
    await expect
      .poll(async () => (await list()).map(({ id }) => id), { timeout: 5_000 })
      .toEqual(['plate', 'mug', 'lantern', 'spoon']);
    const [first, second, , last] = await list();
    expect(first).toEqual({ id: 'plate', score: 1, reason: 'Popular right now' });
    expect(second!.score).toBeGreaterThan(0.5);
    expect(last).toEqual({ id: 'spoon', score: 0, reason: 'From the catalogue' });
    expect((await list('?category=cups')).map(({ id }) => id)).toEqual(['mug']);
    expect(await list('?limit=1')).toHaveLength(1);
  });
});
