import { ConsistencyLevel, CosmosClient, PartitionKeyDefinitionVersion, PartitionKeyKind } from '@azure/cosmos';
import { expect } from 'vitest';
import { failure, type Check } from './check.ts';

const HIERARCHY = {
  paths: ['/tenant', '/user/id'],
  kind: PartitionKeyKind.MultiHash,
  version: PartitionKeyDefinitionVersion.V2,
};

export const otherChecks: Check[] = [
  {
    id: 'ttl-item-expires',
    name: 'an item is gone from reads and queries when its time to live has ended',
    async run(stage) {
      const container = await stage.container({ defaultTtl: 10 });
      await container.items.create({ id: 'default', pk: 'a' });
      await container.items.create({ id: 'short', pk: 'a', ttl: 2 });
      await container.items.create({ id: 'never', pk: 'a', ttl: -1 });
      const ids = async () =>
        (await container.items.query('SELECT VALUE c.id FROM c ORDER BY c.id').fetchAll()).resources;
      expect(await ids()).toEqual(['default', 'never', 'short']);
      stage.advance(3);
      expect((await container.item('short', 'a').read()).statusCode).toBe(404);
      expect(await ids()).toEqual(['default', 'never']);
      expect((await container.items.create({ id: 'short', pk: 'a' })).statusCode).toBe(201);
      stage.advance(11);
      expect(await ids()).toEqual(['never']);
      expect(await failure(container.items.create({ id: 'zero', pk: 'a', ttl: 0 }))).toMatchObject({ code: 400 });
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
    id: 'hierarchical-read-and-prefix-query',
    name: 'a hierarchical key serves point reads in full and queries by a part',
    async run(stage) {
      const container = await stage.container({ partitionKey: HIERARCHY });
      for (const tenant of ['x', 'y']) {
        for (const user of ['1', '2']) await container.items.create({ id: 'doc', tenant, user: { id: user } });
      }
      expect((await container.item('doc', ['y', '2']).read()).resource).toMatchObject({
        tenant: 'y',
        user: { id: '2' },
      });
      expect((await container.item('doc', ['y', '3']).read()).statusCode).toBe(404);
      const query = 'SELECT VALUE CONCAT(c.tenant, c.user.id) FROM c';
      const prefix = container.items.query(query, { partitionKey: ['x'] });
      expect((await prefix.fetchAll()).resources).toEqual(['x1', 'x2']);
      const full = container.items.query(query, { partitionKey: ['y', '1'] });
      expect((await full.fetchAll()).resources).toEqual(['y1']);
      const filtered = container.items.query(`${query} WHERE c.tenant = "y"`);
      expect((await filtered.fetchAll()).resources).toEqual(['y1', 'y2']);
    },
  },
  {
    id: 'session-token-echoed',
    name: 'a client with session consistency sends back the session token it got',
    async run(stage) {
      const { id } = await stage.container();
      const client = new CosmosClient({
        endpoint: stage.service.endpoint,
        key: stage.key,
        consistencyLevel: ConsistencyLevel.Session,
      });
      const container = client.database('checks').container(id);
      const { headers } = await container.items.create({ id: '1', pk: 'a' });
      const [request] = await stage.requestsDuring(() => container.item('1', 'a').read());
      client.dispose();
      expect(headers['x-ms-session-token']).toMatch(/^0:-1#\d+$/);
      expect(request?.headers['x-ms-session-token']).toBe(headers['x-ms-session-token']);
    },
  },
];
