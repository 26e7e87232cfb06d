import { expect } from 'vitest';
import { failure, type Check } from './check.ts';

const KEY = { 'x-ms-documentdb-partitionkey': '["a"]' };

export const itemLimitChecks: Check[] = [
  {
    id: 'item-partition-key-change-refused',
    name: 'an item cannot move to another partition key or id, by replace or patch',
    async run(stage) {
      const container = await stage.container();
      await container.items.create({ id: '1', pk: 'a' });
      const item = container.item('1', 'a');
      for (const changed of [
        { id: '1', pk: 'b' },
        { id: '2', pk: 'a' },
      ]) {
        const { status } = await stage.raw('PUT', `${container.url}/docs/1`, KEY, JSON.stringify(changed));
        expect({ changed, status }).toEqual({ changed, status: 400 });
      }
      for (const path of ['/pk', '/id']) {
        expect(await failure(item.patch([{ op: 'set', path, value: 'b' }]))).toMatchObject({ code: 400 });
      }
      expect((await item.read()).resource).toMatchObject({ id: '1', pk: 'a' });
      expect((await container.items.query('SELECT VALUE COUNT(1) FROM c').fetchAll()).resources).toEqual([1]);
    },
  },
  {
    id: 'item-key-and-nesting-limits',
    name: 'partition keys over 2,048 bytes, ids over 1,023 bytes and nesting over 128 levels are refused',
    async run(stage) {
      const container = await stage.container();
      const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`) as [];
      expect(await failure(container.items.create({ id: '1', pk: 'é'.repeat(1025) }))).toMatchObject({ code: 400 });
      expect(await failure(container.items.create({ id: 'é'.repeat(512), pk: 'a' }))).toMatchObject({ code: 400 });
      expect(await failure(container.items.create({ id: '1', pk: 'a', deep: nested(128) }))).toMatchObject({
        code: 400,
      });
      const limits = { id: 'é'.repeat(511), pk: 'é'.repeat(1024), deep: nested(127) };
      expect((await container.items.create(limits)).statusCode).toBe(201);
    },
  },
  {
    id: 'item-partition-full-403-1014',
    name: 'a logical partition that is full takes nothing more: 403 with substatus 1014',
    async run(stage) {
      const small = await stage.beside({ logicalPartitionBytes: 25_000 });
      const container = await small.container();
      const item = (id: string, pk: string) => ({ id, pk, text: 'x'.repeat(10_000) });
      for (const id of ['1', '2']) await container.items.create(item(id, 'full'));
      expect(await failure(container.items.create(item('3', 'full')))).toMatchObject({ code: 403, substatus: 1014 });
      expect((await container.items.create(item('3', 'other'))).statusCode).toBe(201);
      expect((await container.item('1', 'full').replace({ id: '1', pk: 'full' })).statusCode).toBe(200);
      expect((await container.items.create(item('3', 'full'))).statusCode).toBe(201);
    },
  },
  {
    id: 'item-minimal-answer',
    name: 'a write that prefers a minimal answer gets none of the item, but its tag',
    async run(stage) {
      const container = await stage.container();
      const answer = await stage.raw(
        'POST',
        `${container.url}/docs`,
        { ...KEY, prefer: 'return=minimal' },
        '{"id":"1","pk":"a"}',
      );
      expect([answer.status, answer.body]).toEqual([201, {}]);
      expect(answer.headers.get('etag')).toBe((await container.item('1', 'a').read()).etag);
    },
  },
  {
    id: 'item-delete-partition',
    name: 'everything in a partition is deleted at once',
    async run(stage) {
      const container = await stage.container();
      for (const pk of ['a', 'b']) for (const id of ['1', '2']) await container.items.create({ id: `${pk}${id}`, pk });
      await container.deleteAllItemsForPartitionKey('a');
      const { resources } = await container.items.query('SELECT VALUE c.id FROM c ORDER BY c.id').fetchAll();
      expect(resources).toEqual(['b1', 'b2']);
    },
  },
  {
    id: 'item-feed',
    name: 'the plain feed of items comes page by page',
    async run(stage) {
      const container = await stage.container();
      for (let index = 0; index < 5; index += 1) await container.items.create({ id: String(index), pk: 'a' });
      const seen: string[] = [];
      let continuation: string | null = null;
      do {
        const headers: Record<string, string> = { 'x-ms-max-item-count': '2' };
        if (continuation) headers['x-ms-continuation'] = continuation;
        const answer = await stage.raw('GET', `${container.url}/docs`, headers);
        seen.push(...(answer.body.Documents as { id: string }[]).map(({ id }) => id));
        continuation = answer.headers.get('x-ms-continuation');
      } while (continuation);
      expect(seen).toEqual(['0', '1', '2', '3', '4']);
    },
  },
];
