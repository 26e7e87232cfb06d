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
    id: 'offer-read',
    name: 'the throughput of a container is read as its offer',
    async run(stage) {
      const fixed = await stage.container({ throughput: 700 });
      expect((await fixed.readOffer()).resource?.content?.offerThroughput).toBe(700);
      const autoscale = await stage.container({ maxThroughput: 4000 });
      expect((await autoscale.readOffer()).resource?.content).toMatchObject({
        offerAutopilotSettings: { maxThroughput: 4000 },
      });
      expect((await (await stage.container()).readOffer()).resource).toBeUndefined();
    },
  },
  {
    id: 'offer-replace',
    name: 'a replaced offer changes the throughput, within its limits',
    async run(stage) {
      const container = await stage.container({ throughput: 400 });
      const { offer, resource } = await container.readOffer();
      if (!offer || !resource?.content) throw new Error('the container has no offer');
      const content = { ...resource.content, offerThroughput: 1000 };
      expect((await offer.replace({ ...resource, content })).statusCode).toBe(200);
      expect((await container.readOffer()).resource?.content?.offerThroughput).toBe(1000);
      const tooLow = { ...content, offerThroughput: 100 };
      expect(await failure(offer.replace({ ...resource, content: tooLow }))).toMatchObject({ code: 400 });
    },
  },
  {
    id: 'throttle-429-retried',
    name: 'the client tries again after 429 and its retry-after, and gets its answer',
    async run(stage) {
      const container = await stage.container();
      await container.items.create({ id: '1', pk: 'a' });
      await stage.service.methods.throttle?.({ count: 2, retryAfterMs: 5, container: container.id } as never);
      let statusCode: number | undefined;
      const requests = await stage.requestsDuring(async () => {
        ({ statusCode } = await container.item('1', 'a').read());
      });
      expect(statusCode).toBe(200);
      expect(requests).toHaveLength(3);
      const provisioned = await stage.container({ throughput: 400 });
      const path = `dbs/checks/colls/${provisioned.id}/docs`;
      const headers = { 'x-ms-documentdb-partitionkey': '["a"]', 'x-ms-documentdb-is-upsert': 'True' };
      const body = JSON.stringify({ id: '1', pk: 'a', text: 'x'.repeat(1_900_000) });
      const answers = [];
      for (let write = 0; write < 2; write += 1) answers.push(await stage.raw('POST', path, headers, body));
      const refused = answers.at(-1);
      expect(answers.map(({ status }) => status)).toEqual([201, 429]);
      expect(refused?.headers.get('x-ms-substatus')).toBe('3200');
      expect(Number(refused?.headers.get('x-ms-retry-after-ms'))).toBeGreaterThan(0);
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
