import { ChangeFeedStartFrom, PartitionKeyDefinitionVersion, PartitionKeyKind, type Container } from '@azure/cosmos';
import { expect } from 'vitest';
import { failure, type Check, type Stage } from './check.ts';

interface Visit {
  id: string;
  tenant: string;
  user: { id: string };
  session: string;
}

function hierarchy(...paths: string[]) {
  return { paths, kind: PartitionKeyKind.MultiHash, version: PartitionKeyDefinitionVersion.V2 };
}

const LEVELS = hierarchy('/tenant', '/user/id', '/session');
const NAME = 'SELECT VALUE CONCAT(c.tenant, c.user.id, c.session) FROM c';

const visit = (tenant: string, user: string, session: string): Visit => ({
  id: 'visit',
  tenant,
  user: { id: user },
  session,
});

/** Two tenants with two users with two sessions each, all of one id. */
async function visits(stage: Stage): Promise<Container> {
  const container = await stage.container({ partitionKey: LEVELS });
  for (const tenant of ['x', 'y']) {
    for (const user of ['1', '2']) {
      for (const session of ['m', 'n']) await container.items.create(visit(tenant, user, session));
    }
  }
  return container;
}

async function names(container: Container, query: string, partitionKey?: string[]): Promise<string[]> {
  const options = partitionKey === undefined ? {} : { partitionKey };
  return (await container.items.query<string>(query, options).fetchAll()).resources.sort();
}

export const hierarchicalKeyChecks: Check[] = [
  {
    id: 'hierarchical-read-and-prefix-query',
    name: 'a hierarchical key serves point reads in full and queries by a part',
    async run(stage) {
      const container = await visits(stage);
      expect((await container.item('visit', ['y', '2', 'm']).read()).resource).toMatchObject(visit('y', '2', 'm'));
      expect((await container.item('visit', ['y', '3', 'm']).read()).statusCode).toBe(404);
      expect(await names(container, NAME, ['x'])).toEqual(['x1m', 'x1n', 'x2m', 'x2n']);
      expect(await names(container, NAME, ['x', '2'])).toEqual(['x2m', 'x2n']);
      expect(await names(container, NAME, ['y', '1', 'n'])).toEqual(['y1n']);
      expect(await names(container, NAME, ['z'])).toEqual([]);
    },
  },
  {
    id: 'hierarchical-point-operations',
    name: 'every point operation takes a key of three levels',
    async run(stage) {
      const container = await visits(stage);
      const item = container.item('visit', ['x', '1', 'm']);
      expect((await container.items.upsert({ ...visit('x', '1', 'm'), n: 1 })).statusCode).toBe(200);
      expect((await item.replace({ ...visit('x', '1', 'm'), n: 2 })).resource).toMatchObject({ n: 2 });
      expect((await item.patch([{ op: 'incr', path: '/n', value: 3 }])).resource).toMatchObject({ n: 5 });
      expect((await item.delete()).statusCode).toBe(204);
      expect(await names(container, NAME, ['x', '1'])).toEqual(['x1n']);
    },
  },
  {
    id: 'hierarchical-filters',
    name: 'filters on levels of the key find what a scan finds, in pages as well',
    async run(stage) {
      const container = await visits(stage);
      expect(await names(container, `${NAME} WHERE c.tenant = "y"`)).toEqual(['y1m', 'y1n', 'y2m', 'y2n']);
      expect(await names(container, `${NAME} WHERE c.user.id = "1" AND c.tenant IN ("x", "y")`)).toEqual([
        'x1m',
        'x1n',
        'y1m',
        'y1n',
      ]);
      expect(await names(container, `${NAME} WHERE c.session = "m" AND c.user.id = "2"`)).toEqual(['x2m', 'y2m']);
      const pages = container.items.query<string>(NAME, { partitionKey: ['y'], maxItemCount: 3 });
      const first = await pages.fetchNext();
      const second = await pages.fetchNext();
      expect([...first.resources, ...second.resources].sort()).toEqual(['y1m', 'y1n', 'y2m', 'y2n']);
    },
  },
  {
    id: 'hierarchical-batch-and-bulk',
    name: 'batches run in one partition of three levels, bulk operations in any',
    async run(stage) {
      const container = await visits(stage);
      const create = (id: string, session: string) => ({
        operationType: 'Create' as const,
        resourceBody: { ...visit('x', '1', session), id },
      });
      const batch = await container.items.batch([create('a', 'm'), create('b', 'm')], ['x', '1', 'm']);
      expect(batch.result?.map(({ statusCode }) => statusCode)).toEqual([201, 201]);
      const foreign = await container.items.batch([create('c', 'm'), create('d', 'n')], ['x', '1', 'm']);
      expect(foreign.result?.map(({ statusCode }) => statusCode)).toEqual([424, 400]);
      const bulk = await container.items.bulk([create('c', 'm'), create('d', 'n')]);
      expect(bulk.map(({ statusCode }) => statusCode)).toEqual([201, 201]);
      expect(await names(container, 'SELECT VALUE c.id FROM c', ['x', '1', 'm'])).toEqual(['a', 'b', 'c', 'visit']);
    },
  },
  {
    id: 'hierarchical-change-feed',
    name: 'the change feed is read for a part of the key',
    async run(stage) {
      const container = await visits(stage);
      const read = async (key: string[]) => {
        const feed = container.items.getChangeFeedIterator<Visit>({
          changeFeedStartFrom: ChangeFeedStartFrom.Beginning(key),
        });
        const { result } = await feed.readNext();
        return result.map(({ tenant, user, session }) => tenant + user.id + session);
      };
      expect(await read(['y'])).toEqual(['y1m', 'y1n', 'y2m', 'y2n']);
      expect(await read(['y', '2'])).toEqual(['y2m', 'y2n']);
      expect(await read(['x', '1', 'n'])).toEqual(['x1n']);
    },
  },
  {
    id: 'hierarchical-part-of-key-refused',
    name: 'an operation on one item with a part of the key, or with too much, is refused with 400, substatus 1001',
    async run(stage) {
      const { url } = await visits(stage);
      for (const key of ['["x"]', '["x","1"]', '["x","1","m","more"]']) {
        for (const method of ['GET', 'DELETE']) {
          const answer = await stage.raw(method, `${url}/docs/visit`, { 'x-ms-documentdb-partitionkey': key });
          expect({ key, status: answer.status }).toEqual({ key, status: 400 });
          expect(answer.headers.get('x-ms-substatus')).toBe('1001');
        }
      }
    },
  },
  {
    id: 'hierarchical-missing-level',
    name: 'an item without the property of a level is stored under the key of none there',
    async run(stage) {
      const container = await stage.container({ partitionKey: LEVELS });
      expect((await container.items.create({ id: '1', tenant: 'x', session: 'm' })).statusCode).toBe(201);
      const headers = { 'x-ms-documentdb-partitionkey': '["x",{},"m"]' };
      expect((await stage.raw('GET', `${container.url}/docs/1`, headers)).status).toBe(200);
      expect(await names(container, 'SELECT VALUE c.id FROM c', ['x'])).toEqual(['1']);
    },
  },
  {
    id: 'hierarchical-levels-refused',
    name: 'a key of more than three levels is refused',
    async run(stage) {
      const partitionKey = hierarchy('/a', '/b', '/c', '/d');
      expect(await failure(stage.container({ partitionKey }))).toMatchObject({ code: 400 });
    },
  },
];
