import type { JSONObject, OperationInput } from '@azure/cosmos';
import { expect } from 'vitest';
import { failure, type Check } from './check.ts';

const BATCH = {
  'x-ms-cosmos-is-batch-request': 'True',
  'x-ms-cosmos-batch-atomic': 'True',
  'x-ms-documentdb-partitionkey': '["a"]',
};

const create = (id: string, more: JSONObject = {}): OperationInput => ({
  operationType: 'Create',
  resourceBody: { id, pk: 'a', ...more },
});

export const transactionChecks: Check[] = [
  {
    id: 'batch-one-hundred',
    name: 'a batch of just 100 operations is applied, one of none is refused',
    async run(stage) {
      const container = await stage.container();
      const operations = Array.from({ length: 100 }, (_, index) => create(String(index)));
      expect((await container.items.batch(operations, 'a')).code).toBe(200);
      expect((await stage.raw('POST', `${container.url}/docs`, BATCH, '[]')).status).toBe(400);
      expect((await container.items.query('SELECT VALUE COUNT(1) FROM c').fetchAll()).resources).toEqual([100]);
    },
  },
  {
    id: 'batch-sees-its-own-writes',
    name: 'the operations of a batch see those before them',
    async run(stage) {
      const container = await stage.container();
      const { result } = await container.items.batch(
        [
          create('1', { n: 1 }),
          { operationType: 'Patch', id: '1', resourceBody: [{ op: 'incr', path: '/n', value: 5 }] },
          { operationType: 'Read', id: '1' },
          { operationType: 'Delete', id: '1' },
          create('1', { n: 2 }),
        ],
        'a',
      );
      expect(result?.map(({ statusCode }) => statusCode)).toEqual([201, 200, 200, 204, 201]);
      expect(result?.[2]?.resourceBody).toMatchObject({ n: 6 });
      expect((await container.item('1', 'a').read()).resource).toMatchObject({ n: 2 });
    },
  },
  {
    id: 'batch-conditional-patch',
    name: 'a patch of a batch whose condition does not hold takes the batch back',
    async run(stage) {
      const container = await stage.container();
      await container.items.create({ id: 'stock', pk: 'a', left: 0 });
      const { result } = await container.items.batch(
        [
          create('order'),
          {
            operationType: 'Patch',
            id: 'stock',
            resourceBody: {
              condition: 'from c where c.left > 0',
              operations: [{ op: 'incr', path: '/left', value: -1 }],
            },
          },
        ],
        'a',
      );
      expect(result?.map(({ statusCode }) => statusCode)).toEqual([424, 412]);
      expect((await container.item('order', 'a').read()).statusCode).toBe(404);
    },
  },
  {
    id: 'batch-rollback-leaves-no-trace',
    name: 'a batch that was taken back leaves nothing in items, change feed and unique keys',
    async run(stage) {
      const container = await stage.container({ uniqueKeyPolicy: { uniqueKeys: [{ paths: ['/email'] }] } });
      await container.items.create({ id: 'old', pk: 'a', email: 'old' });
      const { headers } = await container.items.readChangeFeed('a', { startFromBeginning: true }).fetchNext();
      await container.items.batch([create('1', { email: 'x' }), create('old')], 'a');
      const feed = container.items.readChangeFeed('a', { continuation: String(headers.etag) });
      expect((await feed.fetchNext()).result).toEqual([]);
      expect((await container.items.create({ id: '2', pk: 'a', email: 'x' })).statusCode).toBe(201);
    },
  },
  {
    id: 'batch-minimal-answer',
    name: 'the answer of a batch may leave the items out',
    async run(stage) {
      const container = await stage.container();
      const { result } = await container.items.batch([create('1')], 'a', { contentResponseOnWriteEnabled: false });
      expect(result?.[0]?.statusCode).toBe(201);
      expect(result?.[0]).not.toHaveProperty('resourceBody');
    },
  },
  {
    id: 'batch-two-partitions-refused',
    name: 'a batch over more than one partition is refused as a whole',
    async run(stage) {
      const container = await stage.container();
      const { code, result } = await container.items.batch([create('1'), create('2', { pk: 'b' })], 'a');
      expect(code).toBe(207);
      expect(result).toMatchObject([{ statusCode: 424 }, { statusCode: 400, subStatusCode: 1001 }]);
      expect((await container.items.readAll().fetchAll()).resources).toEqual([]);
    },
  },
  {
    id: 'bulk-stop-at-first-failure',
    name: 'a bulk request may end at its first failure',
    async run(stage) {
      const container = await stage.container();
      const outcomes = await container.items.bulk([create('1'), create('1'), create('2')], { continueOnError: false });
      expect(outcomes.map(({ statusCode }) => statusCode)).toEqual([201, 409, 424]);
    },
  },
  {
    id: 'patch-limits',
    name: 'a patch has 1 to 10 operations and is applied as a whole or not at all',
    async run(stage) {
      const container = await stage.container();
      await container.items.create({ id: '1', pk: 'a', n: 0 });
      const item = container.item('1', 'a');
      const increments = (count: number) =>
        Array.from({ length: count }, () => ({ op: 'incr' as const, path: '/n', value: 1 }));
      expect((await item.patch(increments(10))).resource).toMatchObject({ n: 10 });
      expect(await failure(item.patch(increments(11)))).toMatchObject({ code: 400 });
      expect(await failure(item.patch([]))).toMatchObject({ code: 400 });
      const half = item.patch([...increments(2), { op: 'remove', path: '/missing' }]);
      expect(await failure(half)).toMatchObject({ code: 400 });
      expect((await item.read()).resource).toMatchObject({ n: 10 });
      expect(await failure(container.item('2', 'a').patch(increments(1)))).toMatchObject({ code: 404 });
    },
  },
  {
    id: 'patch-replace',
    name: 'patch replace changes what is there and refuses what is not',
    async run(stage) {
      const container = await stage.container();
      await container.items.create({ id: '1', pk: 'a', n: 0, list: [1, 2] });
      const item = container.item('1', 'a');
      const patched = await item.patch([
        { op: 'replace', path: '/n', value: 'text' },
        { op: 'replace', path: '/list/1', value: 3 },
      ]);
      expect(patched.resource).toMatchObject({ n: 'text', list: [1, 3] });
      for (const path of ['/missing', '/list/2', '/n/deeper']) {
        expect(await failure(item.patch([{ op: 'replace', path, value: 1 }]))).toMatchObject({ code: 400 });
      }
    },
  },
];
