import { ChangeFeedStartFrom, PartitionKeyKind, type Container, type OperationInput } from '@azure/cosmos';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failure, Stage } from './checks/check.ts';

// What the official client can do here beyond the named checks.

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.set();
});
afterAll(() => stage.strike());

async function ids(container: Container): Promise<string[]> {
  const { resources } = await container.items.query<string>('SELECT VALUE c.id FROM c ORDER BY c.id').fetchAll();
  return resources;
}

test('the change feed of a part of a hierarchical key', async () => {
  const paths = ['/tenant', '/user'];
  const container = await stage.container({ partitionKey: { paths, kind: PartitionKeyKind.MultiHash, version: 2 } });
  for (const tenant of ['x', 'y', 'z']) {
    for (const user of ['1', '2']) await container.items.create({ id: `${tenant}${user}`, tenant, user });
  }
  const read = async (key: string[]) => {
    const iterator = container.items.getChangeFeedIterator<{ id: string }>({
      changeFeedStartFrom: ChangeFeedStartFrom.Beginning(key),
    });
    return (await iterator.readNext()).result.map(({ id }) => id);
  };
  expect(await read(['y'])).toEqual(['y1', 'y2']);
  expect(await read(['z', '2'])).toEqual(['z2']);
});

test('a page of the change feed may be large', async () => {
  const container = await stage.container();
  for (let from = 0; from < 250; from += 50) {
    const create = (_: unknown, index: number): OperationInput => ({
      operationType: 'Create',
      resourceBody: { id: String(from + index), pk: 'a' },
    });
    await container.items.batch(Array.from({ length: 50 }, create), 'a');
  }
  const iterator = container.items.getChangeFeedIterator<{ id: string }>({
    changeFeedStartFrom: ChangeFeedStartFrom.Beginning(),
    maxItemCount: 1000,
  });
  const { result } = await iterator.readNext();
  expect(result.map(({ id }) => Number(id))).toEqual(Array.from({ length: 250 }, (_, index) => index));
});

test('the older change feed iterator', async () => {
  const container = await stage.container();
  for (const id of ['1', '2', '3']) await container.items.create({ id, pk: 'a' });
  const iterator = container.items.changeFeed<{ id: string }>('a', { startFromBeginning: true, maxItemCount: 2 });
  const pages: string[][] = [];
  for await (const { result } of iterator.getAsyncIterator()) pages.push(result.map(({ id }) => id));
  expect(pages).toEqual([['1', '2'], ['3']]);
});

test('everything in a partition is deleted at once', async () => {
  const container = await stage.container();
  for (const pk of ['a', 'b']) for (const id of ['1', '2']) await container.items.create({ id: `${pk}${id}`, pk });
  await container.deleteAllItemsForPartitionKey('a');
  expect(await ids(container)).toEqual(['b1', 'b2']);
});

test('databases, containers and offers are listed and queried', async () => {
  const { database } = await stage.client.databases.create({ id: 'listed', throughput: 400 });
  for (const id of ['one', 'two']) await database.containers.create({ id, partitionKey: '/pk' });
  const { resources: databases } = await stage.client.databases.readAll().fetchAll();
  expect(databases.map(({ id }) => id)).toEqual(['checks', 'listed']);
  const spec = { query: 'SELECT * FROM root r WHERE r.id = @id', parameters: [{ name: '@id', value: 'two' }] };
  const { resources: containers } = await database.containers.query(spec).fetchAll();
  expect(containers).toMatchObject([{ id: 'two', partitionKey: { paths: ['/pk'], kind: 'Hash', version: 2 } }]);
  const { resources: offers } = await stage.client.offers.readAll().fetchAll();
  const { _rid: rid } = (await database.read()).resource ?? {};
  expect(offers.find(({ offerResourceId }) => offerResourceId === rid)?.content?.offerThroughput).toBe(400);
  await database.delete();
  expect(await failure(database.container('one').read())).toMatchObject({ code: 404, substatus: 1003 });
  const left = (await stage.client.offers.readAll().fetchAll()).resources;
  expect(left.map(({ offerResourceId }) => offerResourceId)).not.toContain(rid);
});

test('a bulk request may end at its first failure', async () => {
  const container = await stage.container();
  const create = (id: string): OperationInput => ({ operationType: 'Create', resourceBody: { id, pk: 'a' } });
  const outcomes = await container.items.bulk([create('1'), create('1'), create('2')], { continueOnError: false });
  expect(outcomes.map(({ statusCode }) => statusCode)).toEqual([201, 409, 424]);
});

test('unique keys', async () => {
  const container = await stage.container({ uniqueKeyPolicy: { uniqueKeys: [{ paths: ['/email'] }] } });
  await container.items.create({ id: '1', pk: 'a', email: 'x' });
  expect(await failure(container.items.create({ id: '2', pk: 'a', email: 'x' }))).toMatchObject({ code: 409 });
  expect((await container.items.create({ id: '2', pk: 'b', email: 'x' })).statusCode).toBe(201);
  const { result } = await container.items.batch(
    [
      { operationType: 'Delete', id: '1' },
      { operationType: 'Create', resourceBody: { id: '3', pk: 'a', email: 'x' } },
    ],
    'a',
  );
  expect(result?.map(({ statusCode }) => statusCode)).toEqual([204, 201]);
});

test('conditions on an item that does not exist and on any version', async () => {
  const container = await stage.container();
  const ifMatch = (condition: string) => ({ accessCondition: { type: 'IfMatch', condition } });
  expect((await container.items.upsert({ id: '1', pk: 'a' }, ifMatch('"none"'))).statusCode).toBe(201);
  expect((await container.item('1', 'a').replace({ id: '1', pk: 'a', n: 1 }, ifMatch('*'))).statusCode).toBe(200);
  expect(await failure(container.item('2', 'a').replace({ id: '2', pk: 'a' }, ifMatch('*')))).toMatchObject({
    code: 404,
  });
});

test('the answer of a batch may leave the documents out', async () => {
  const container = await stage.container();
  const operations: OperationInput[] = [{ operationType: 'Create', resourceBody: { id: '1', pk: 'a' } }];
  const { result } = await container.items.batch(operations, 'a', { contentResponseOnWriteEnabled: false });
  expect(result?.[0]?.statusCode).toBe(201);
  expect(result?.[0]).not.toHaveProperty('resourceBody');
});

test('the plain feed of items, page by page, and the size of a container', async () => {
  const container = await stage.container();
  for (let index = 0; index < 5; index += 1) await container.items.create({ id: String(index), pk: 'a' });
  const path = `dbs/checks/colls/${container.id}/docs`;
  const seen: unknown[] = [];
  let continuation: string | null = null;
  do {
    const headers = { 'x-ms-max-item-count': '2', ...(continuation ? { 'x-ms-continuation': continuation } : {}) };
    const answer = await stage.raw('GET', path, headers as Record<string, string>);
    seen.push(...(answer.body.Documents as { id: string }[]).map(({ id }) => id));
    continuation = answer.headers.get('x-ms-continuation');
  } while (continuation);
  expect(seen).toEqual(['0', '1', '2', '3', '4']);
  const { headers } = await container.read({ populateQuotaInfo: true });
  expect(headers['x-ms-resource-usage']).toContain('documentsCount=5;');
});

test('a page ends at 4 MB', async () => {
  const container = await stage.container();
  for (let index = 0; index < 6; index += 1) {
    await container.items.create({ id: String(index), pk: 'a', text: 'x'.repeat(1_000_000) });
  }
  const { resources, continuationToken } = await container.items
    .query('SELECT * FROM c', { maxItemCount: -1 })
    .fetchNext();
  expect(resources).toHaveLength(5);
  expect(continuationToken).toBeDefined();
  expect(await ids(container)).toHaveLength(6);
});

test('an ordered query gives whole documents, page by page, without those deleted meanwhile', async () => {
  const container = await stage.container();
  for (const n of [3, 1, 2, 5, 4]) await container.items.create({ id: String(n), pk: 'a', n });
  const iterator = container.items.query<{ id: string; _etag: string }>('SELECT * FROM c ORDER BY c.n DESC', {
    maxItemCount: 2,
  });
  const first = await iterator.fetchNext();
  expect(first.resources.map(({ id }) => id)).toEqual(['5', '4']);
  expect((await container.item('5', 'a').read()).resource).toEqual(first.resources[0]);
  await container.item('2', 'a').delete();
  expect((await iterator.fetchNext()).resources.map(({ id }) => id)).toEqual(['3', '1']);
  expect(iterator.hasMoreResults()).toBe(false);
});
