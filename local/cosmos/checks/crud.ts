import { PartitionKeyBuilder } from '@azure/cosmos';
import { expect } from 'vitest';
import { failure, type Check } from './check.ts';

const MEGABYTE = 1024 * 1024;

export const crudChecks: Check[] = [
  {
    id: 'item-create-201',
    name: 'creating an item answers 201 with the stored item',
    async run(stage) {
      const container = await stage.container();
      const { statusCode, resource } = await container.items.create({
        id: '1',
        pk: 'a',
        list: [1, { deep: null }],
        text: 'é',
      });
      expect(statusCode).toBe(201);
      expect(resource).toMatchObject({ id: '1', pk: 'a', list: [1, { deep: null }], text: 'é' });
    },
  },
  {
    id: 'item-create-duplicate-409',
    name: 'a second item of the same id and partition is refused with 409',
    async run(stage) {
      const container = await stage.container();
      await container.items.create({ id: '1', pk: 'a', value: 'first' });
      expect(await failure(container.items.create({ id: '1', pk: 'a', value: 'second' }))).toMatchObject({ code: 409 });
      expect((await container.item('1', 'a').read()).resource).toMatchObject({ value: 'first' });
    },
  },
  {
    id: 'item-upsert-201-then-200',
    name: 'an upsert answers 201 for a new item and 200 for one that is there',
    async run(stage) {
      const container = await stage.container();
      expect((await container.items.upsert({ id: '1', pk: 'a', value: 1 })).statusCode).toBe(201);
      expect((await container.items.upsert({ id: '1', pk: 'a', value: 2 })).statusCode).toBe(200);
      expect((await container.item('1', 'a').read()).resource).toMatchObject({ value: 2 });
    },
  },
  {
    id: 'item-point-read-200',
    name: 'a point read gives the item as it was stored, whatever characters id and key have',
    async run(stage) {
      const container = await stage.container();
      const { resource: created } = await container.items.create({ id: 'user:a%2Fb', pk: 'ä/"', value: 1.5 });
      const { statusCode, resource } = await container.item('user:a%2Fb', 'ä/"').read();
      expect(statusCode).toBe(200);
      expect(resource).toEqual(created);
    },
  },
  {
    id: 'item-point-read-missing',
    name: 'a point read of a missing item answers 404, and the client does not throw',
    async run(stage) {
      const { statusCode, resource } = await (await stage.container()).item('none', 'a').read();
      expect({ statusCode, resource }).toEqual({ statusCode: 404, resource: undefined });
    },
  },
  {
    id: 'item-replace-200',
    name: 'a replace gives the item a new entity tag and keeps its resource id',
    async run(stage) {
      const container = await stage.container();
      const { resource: first } = await container.items.create({ id: '1', pk: 'a', value: 1 });
      const { statusCode, resource } = await container
        .item('1', 'a')
        .replace({ ...first, id: '1', value: 2, more: true });
      expect(statusCode).toBe(200);
      expect(resource).toMatchObject({ id: '1', pk: 'a', value: 2, more: true, _rid: first?._rid });
      expect(resource?._etag).not.toBe(first?._etag);
      expect((await container.item('1', 'a').read()).resource).toEqual(resource);
    },
  },
  {
    id: 'item-delete-then-404',
    name: 'a deleted item is gone for reads and deletes',
    async run(stage) {
      const container = await stage.container();
      await container.items.create({ id: '1', pk: 'a' });
      expect((await container.item('1', 'a').delete()).statusCode).toBe(204);
      expect((await container.item('1', 'a').read()).statusCode).toBe(404);
      expect(await failure(container.item('1', 'a').delete())).toMatchObject({ code: 404 });
    },
  },
  {
    id: 'item-same-id-two-partitions',
    name: 'two items of one id live in two partitions',
    async run(stage) {
      const container = await stage.container();
      for (const pk of ['a', 'b']) await container.items.create({ id: '1', pk, from: pk });
      for (const pk of ['a', 'b']) expect((await container.item('1', pk).read()).resource).toMatchObject({ from: pk });
    },
  },
  {
    id: 'item-partition-key-undefined',
    name: 'an item without its partition key property is stored and found under the key of none',
    async run(stage) {
      const container = await stage.container();
      const [created] = await stage.requestsDuring(() => container.items.create({ id: '1', value: 7 }));
      expect(created?.headers['x-ms-documentdb-partitionkey']).toBe('[{}]');
      const none = new PartitionKeyBuilder().addNoneValue().build();
      expect((await container.item('1', none).read()).resource).toMatchObject({ value: 7 });
      expect((await container.item('1', '').read()).statusCode).toBe(404);
    },
  },
  {
    id: 'item-partition-key-mismatch-1001',
    name: 'a key in the header that is not the key of the item is refused with 400, substatus 1001',
    async run(stage) {
      const { id } = await stage.container();
      const headers = { 'x-ms-documentdb-partitionkey': '["b"]', 'content-type': 'application/json' };
      const answer = await stage.raw('POST', `dbs/checks/colls/${id}/docs`, headers, '{"id":"1","pk":"a"}');
      expect(answer.status).toBe(400);
      expect(answer.headers.get('x-ms-substatus')).toBe('1001');
    },
  },
  {
    id: 'item-size-and-id-limits',
    name: 'items over 2 MB and ids with / \\ ? # are refused',
    async run(stage) {
      const container = await stage.container();
      const large = { id: 'large', pk: 'a', text: 'x'.repeat(2 * MEGABYTE) };
      expect(await failure(container.items.create(large))).toMatchObject({ code: 413 });
      const fits = { id: 'fits', pk: 'a', text: 'x'.repeat(2 * MEGABYTE - 100) };
      expect((await container.items.create(fits)).statusCode).toBe(201);
      const headers = { 'x-ms-documentdb-partitionkey': '["a"]' };
      for (const id of ['a/b', 'a\\b', 'a?b', 'a#b', '', 'a ', 'x'.repeat(1024)]) {
        const body = JSON.stringify({ id, pk: 'a' });
        const { status } = await stage.raw('POST', `dbs/checks/colls/${container.id}/docs`, headers, body);
        expect({ id, status }).toEqual({ id, status: 400 });
      }
    },
  },
  {
    id: 'response-charge-and-activity',
    name: 'every answer carries a request charge and an activity id',
    async run(stage) {
      const container = await stage.container();
      const created = await container.items.create({ id: '1', pk: 'a' });
      const read = await container.item('1', 'a').read();
      const answers = [await stage.database.read(), await container.read(), created, read];
      for (const { headers } of answers) {
        expect(Number(headers['x-ms-request-charge'])).toBeGreaterThan(0);
        expect(headers['x-ms-activity-id']).toMatch(/^[0-9a-f-]{36}$/);
      }
      expect(read.requestCharge).toBe(1);
      expect(created.requestCharge).toBeGreaterThanOrEqual(5);
      const refused = (await failure(container.items.create({ id: '1', pk: 'a' }))) as {
        headers?: Record<string, string>;
      };
      expect(Number(refused.headers?.['x-ms-request-charge'])).toBeGreaterThan(0);
      expect(refused.headers?.['x-ms-activity-id']).toMatch(/^[0-9a-f-]{36}$/);
    },
  },
];
