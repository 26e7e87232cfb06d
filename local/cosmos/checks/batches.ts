import { BulkOperationType, type JSONObject, type OperationInput } from '@azure/cosmos';
import { expect } from 'vitest';
import { failure, type Check } from './check.ts';

const MEGABYTE = 1024 * 1024;

function creates(count: number, fill: (index: number) => JSONObject = () => ({ pk: 'a' })): OperationInput[] {
  return Array.from({ length: count }, (_, index) => ({
    operationType: BulkOperationType.Create,
    resourceBody: { id: String(index), ...fill(index) },
  }));
}

/** Bulk operations name their partition. */
function keyed(operations: OperationInput[]): OperationInput[] {
  return operations.map((operation) => ({ ...operation, partitionKey: 'a' }));
}

const count = 'SELECT VALUE COUNT(1) FROM c';

export const batchChecks: Check[] = [
  {
    id: 'batch-commit',
    name: 'a transactional batch applies all its operations',
    async run(stage) {
      const container = await stage.container();
      await container.items.create({ id: 'old', pk: 'a', value: 1 });
      const { code, result } = await container.items.batch(
        [
          { operationType: 'Create', resourceBody: { id: 'new', pk: 'a' } },
          { operationType: 'Upsert', resourceBody: { id: 'other', pk: 'a' } },
          { operationType: 'Replace', id: 'old', resourceBody: { id: 'old', pk: 'a', value: 2 } },
          { operationType: 'Patch', id: 'old', resourceBody: [{ op: 'incr', path: '/value', value: 5 }] },
          { operationType: 'Read', id: 'old' },
          { operationType: 'Delete', id: 'other' },
        ],
        'a',
      );
      expect(code).toBe(200);
      expect(result?.map(({ statusCode }) => statusCode)).toEqual([201, 201, 200, 200, 200, 204]);
      expect(result?.[4]).toMatchObject({ resourceBody: { id: 'old', value: 7 }, eTag: expect.any(String) as string });
      expect((await container.items.query('SELECT VALUE c.id FROM c').fetchAll()).resources).toEqual(['old', 'new']);
    },
  },
  {
    id: 'batch-rollback',
    name: 'a failing operation takes the whole batch back: it keeps its code, the others get 424',
    async run(stage) {
      const container = await stage.container();
      const { resource } = await container.items.create({ id: 'old', pk: 'a', value: 1 });
      const { code, result } = await container.items.batch(
        [
          { operationType: 'Create', resourceBody: { id: 'new', pk: 'a' } },
          { operationType: 'Delete', id: 'old' },
          { operationType: 'Create', resourceBody: { id: 'new', pk: 'a' } },
          { operationType: 'Upsert', resourceBody: { id: 'later', pk: 'a' } },
        ],
        'a',
      );
      expect(code).toBe(207);
      expect(result?.map(({ statusCode }) => statusCode)).toEqual([424, 424, 409, 424]);
      expect((await container.items.readAll().fetchAll()).resources).toEqual([resource]);
    },
  },
  {
    id: 'batch-partition-key-header',
    name: 'the partition of a batch is named by the header, and another key is refused',
    async run(stage) {
      const container = await stage.container();
      const [request] = await stage.requestsDuring(() =>
        container.items.batch([{ operationType: 'Create', resourceBody: { id: '1', pk: 'a' } }], 'a'),
      );
      expect(request?.headers['x-ms-documentdb-partitionkey']).toBe('["a"]');
      expect(request?.body).not.toContain('partitionKey');
      expect((await container.item('1', 'a').read()).statusCode).toBe(200);
      const foreign = await container.items.batch(
        [{ operationType: 'Create', resourceBody: { id: '2', pk: 'b' } }],
        'a',
      );
      expect(foreign.result?.map(({ statusCode }) => statusCode)).toEqual([400]);
    },
  },
  {
    id: 'batch-limits-refused',
    name: 'batches of more than 100 operations or 2 MB are refused',
    async run(stage) {
      const container = await stage.container();
      const headers = {
        'x-ms-cosmos-is-batch-request': 'True',
        'x-ms-cosmos-batch-atomic': 'True',
        'x-ms-documentdb-partitionkey': '["a"]',
      };
      const body = JSON.stringify(creates(101));
      const { status } = await stage.raw('POST', `dbs/checks/colls/${container.id}/docs`, headers, body);
      expect(status).toBe(400);
      const large = creates(3, () => ({ pk: 'a', text: 'x'.repeat(0.8 * MEGABYTE) }));
      expect((await failure(container.items.batch(large, 'a'))).message).toContain('too large');
      expect((await container.items.query(count).fetchAll()).resources).toEqual([0]);
    },
  },
  {
    id: 'bulk-execute-operations',
    name: 'executeBulkOperations applies every operation',
    async run(stage) {
      const container = await stage.container();
      const results = await container.items.executeBulkOperations(keyed(creates(20)));
      expect(results.map(({ response }) => response?.statusCode)).toEqual(Array(20).fill(201));
      expect((await container.items.query(count).fetchAll()).resources).toEqual([20]);
    },
  },
  {
    id: 'bulk-splits-at-100',
    name: 'no bulk request carries more than 100 operations',
    async run(stage) {
      const container = await stage.container();
      const requests = await stage.requestsDuring(() => container.items.executeBulkOperations(keyed(creates(250))));
      const sizes = requests
        .filter(({ headers }) => headers['x-ms-cosmos-is-batch-request'] !== undefined)
        .map(({ body }) => (JSON.parse(body) as unknown[]).length);
      expect(Math.max(...sizes)).toBe(100);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(250);
      expect((await container.items.query(count).fetchAll()).resources).toEqual([250]);
    },
  },
  {
    id: 'bulk-legacy',
    name: 'the older items.bulk applies operations on several partitions',
    async run(stage) {
      const container = await stage.container();
      const outcomes = await container.items.bulk(creates(100, (index) => ({ pk: `partition ${index % 7}` })));
      expect(outcomes.map(({ statusCode }) => statusCode)).toEqual(Array(100).fill(201));
      expect(outcomes[99]).toMatchObject({ resourceBody: { id: '99', pk: 'partition 1' } });
      expect((await container.items.query(count).fetchAll()).resources).toEqual([100]);
    },
  },
  {
    id: 'bulk-one-failure-is-isolated',
    name: 'one failing bulk operation does not undo the others',
    async run(stage) {
      const container = await stage.container();
      await container.items.create({ id: '1', pk: 'a' });
      const outcomes = await container.items.bulk(creates(3));
      expect(outcomes.map(({ statusCode }) => statusCode)).toEqual([201, 409, 201]);
      expect((await container.items.query(count).fetchAll()).resources).toEqual([3]);
    },
  },
];
