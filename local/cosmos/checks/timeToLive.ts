import { ChangeFeedStartFrom, type Container, type JSONObject } from '@azure/cosmos';
import { expect } from 'vitest';
import { failure, type Check } from './check.ts';

async function ids(container: Container): Promise<string[]> {
  const query = 'SELECT VALUE c.id FROM c ORDER BY c.id';
  return (await container.items.query<string>(query).fetchAll()).resources;
}

export const timeToLiveChecks: Check[] = [
  {
    id: 'ttl-item-expires',
    name: 'an item is gone from reads and queries when its time to live has ended',
    async run(stage) {
      const container = await stage.container({ defaultTtl: 10 });
      await container.items.create({ id: 'default', pk: 'a' });
      await container.items.create({ id: 'short', pk: 'a', ttl: 2 });
      await container.items.create({ id: 'never', pk: 'a', ttl: -1 });
      expect(await ids(container)).toEqual(['default', 'never', 'short']);
      stage.advance(3);
      expect((await container.item('short', 'a').read()).statusCode).toBe(404);
      expect(await ids(container)).toEqual(['default', 'never']);
      stage.advance(11);
      expect(await ids(container)).toEqual(['never']);
      expect((await container.items.query('SELECT VALUE COUNT(1) FROM c').fetchAll()).resources).toEqual([1]);
    },
  },
  {
    id: 'ttl-ignored-without-default',
    name: 'the ttl of an item does nothing while its container has no default',
    async run(stage) {
      const container = await stage.container();
      await container.items.create({ id: '1', pk: 'a', ttl: 1 });
      stage.advance(3);
      expect((await container.item('1', 'a').read()).statusCode).toBe(200);
    },
  },
  {
    id: 'ttl-default-minus-one',
    name: 'with a default of -1 only items with a ttl of their own end',
    async run(stage) {
      const container = await stage.container({ defaultTtl: -1 });
      await container.items.create({ id: 'kept', pk: 'a' });
      await container.items.create({ id: 'own', pk: 'a', ttl: 5 });
      stage.advance(4);
      expect(await ids(container)).toEqual(['kept', 'own']);
      stage.advance(2);
      expect(await ids(container)).toEqual(['kept']);
    },
  },
  {
    id: 'ttl-counts-from-last-write',
    name: 'the time to live counts from the last write, patches included',
    async run(stage) {
      const container = await stage.container({ defaultTtl: 10 });
      await container.items.create({ id: 'replaced', pk: 'a' });
      await container.items.create({ id: 'patched', pk: 'a' });
      await container.items.create({ id: 'left', pk: 'a' });
      stage.advance(8);
      await container.item('replaced', 'a').replace({ id: 'replaced', pk: 'a' });
      await container.item('patched', 'a').patch([{ op: 'add', path: '/n', value: 1 }]);
      stage.advance(5);
      expect(await ids(container)).toEqual(['patched', 'replaced']);
    },
  },
  {
    id: 'ttl-set-by-patch',
    name: 'a patch of ttl ends an item or keeps it for ever',
    async run(stage) {
      const container = await stage.container({ defaultTtl: 20 });
      for (const id of ['ends', 'stays']) await container.items.create({ id, pk: 'a' });
      await container.item('ends', 'a').patch([{ op: 'add', path: '/ttl', value: 1 }]);
      await container.item('stays', 'a').patch([{ op: 'add', path: '/ttl', value: -1 }]);
      stage.advance(2);
      expect(await ids(container)).toEqual(['stays']);
      stage.advance(30);
      expect(await ids(container)).toEqual(['stays']);
    },
  },
  {
    id: 'ttl-values-refused',
    name: 'a ttl that is no whole number from 1 on or -1 is refused with 400, null as well',
    async run(stage) {
      const container = await stage.container({ defaultTtl: -1 });
      for (const ttl of [0, -2, 1.5, '5', null, 2147483648]) {
        expect(await failure(container.items.create({ id: '1', pk: 'a', ttl } as JSONObject))).toMatchObject({
          code: 400,
        });
      }
      expect((await container.items.create({ id: '1', pk: 'a', ttl: 2147483647 })).statusCode).toBe(201);
      for (const defaultTtl of [0, -5, 0.5]) {
        expect(await failure(stage.container({ defaultTtl }))).toMatchObject({ code: 400 });
      }
    },
  },
  {
    id: 'ttl-ended-item-is-missing',
    name: 'an item that has ended is missing for every operation, and its id is free',
    async run(stage) {
      const container = await stage.container({ defaultTtl: 5 });
      for (const id of ['1', '2']) await container.items.create({ id, pk: 'a', old: true });
      stage.advance(6);
      const item = container.item('1', 'a');
      expect(await failure(item.replace({ id: '1', pk: 'a' }))).toMatchObject({ code: 404 });
      expect(await failure(item.patch([{ op: 'add', path: '/n', value: 1 }]))).toMatchObject({ code: 404 });
      expect(await failure(item.delete())).toMatchObject({ code: 404 });
      const { result } = await container.items.batch([{ operationType: 'Read', id: '1' }], 'a');
      expect(result?.[0]?.statusCode).toBe(404);
      expect((await container.items.create({ id: '1', pk: 'a' })).statusCode).toBe(201);
      expect((await container.items.upsert({ id: '2', pk: 'a' })).statusCode).toBe(201);
      expect((await item.read()).resource).not.toHaveProperty('old');
    },
  },
  {
    id: 'ttl-change-feed',
    name: 'the change feed shows an item while it lives, and says nothing of its end',
    async run(stage) {
      const container = await stage.container({ defaultTtl: 5 });
      const feed = () =>
        container.items.getChangeFeedIterator<{ id: string }>({ changeFeedStartFrom: ChangeFeedStartFrom.Beginning() });
      await container.items.create({ id: 'ends', pk: 'a' });
      await container.items.create({ id: 'stays', pk: 'a', ttl: -1 });
      const early = feed();
      expect((await early.readNext()).result.map(({ id }) => id)).toEqual(['ends', 'stays']);
      stage.advance(6);
      expect((await early.readNext()).statusCode).toBe(304);
      expect((await feed().readNext()).result.map(({ id }) => id)).toEqual(['stays']);
    },
  },
  {
    id: 'ttl-default-changed',
    name: 'a changed default holds for the items that are there',
    async run(stage) {
      const container = await stage.container();
      const { resource } = await container.read();
      const setDefault = (defaultTtl?: number) =>
        container.replace({ id: container.id, partitionKey: resource?.partitionKey, defaultTtl });
      await container.items.create({ id: 'plain', pk: 'a' });
      await container.items.create({ id: 'own', pk: 'a', ttl: 50 });
      stage.advance(30);
      await setDefault(20);
      expect(await ids(container)).toEqual(['own']);
      await setDefault();
      stage.advance(60);
      expect((await container.item('own', 'a').read()).statusCode).toBe(200);
    },
  },
];
