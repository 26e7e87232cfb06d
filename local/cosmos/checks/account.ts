import { CosmosClient } from '@azure/cosmos';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { CosmosService } from '../service.ts';
import { failure, type Check } from './check.ts';

export const accountChecks: Check[] = [
  {
    id: 'account-locations-no-extra-reads',
    name: 'three point reads cost four requests: the account is read once',
    async run(stage) {
      const container = await stage.container();
      await container.items.create({ id: '1', pk: 'a' });
      const requests = await stage.requestsDuring(async () => {
        const client = new CosmosClient({ endpoint: stage.service.endpoint, key: stage.key });
        const item = client.database('checks').container(container.id).item('1', 'a');
        for (let read = 0; read < 3; read += 1) await item.read();
        client.dispose();
      });
      expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
        'GET /',
        ...Array<string>(3).fill(`GET /dbs/checks/colls/${container.id}/docs/1`),
      ]);
    },
  },
  {
    id: 'connection-string-any-key',
    name: 'a client made from a connection string with any key is served where no key is set',
    async run() {
      const dataDir = mkdtempSync(join(tmpdir(), 'cosmos-open-'));
      const service = await CosmosService.start({ dataDir });
      const client = new CosmosClient(`AccountEndpoint=${service.endpoint};AccountKey=YW55IGtleQ==;`);
      const { statusCode } = await client.databases.create({ id: 'open' });
      expect(statusCode).toBe(201);
      client.dispose();
      await service.stop();
      rmSync(dataDir, { recursive: true });
    },
  },
  {
    id: 'database-and-container-create-conflict',
    name: 'a second database or container of the same id is refused with 409',
    async run({ client }) {
      const created = await client.databases.create({ id: 'twice' });
      expect(created.statusCode).toBe(201);
      expect((await created.database.read()).statusCode).toBe(200);
      expect(await failure(client.databases.create({ id: 'twice' }))).toMatchObject({ code: 409 });
      const definition = { id: 'items', partitionKey: '/pk' };
      const { statusCode, container } = await created.database.containers.create({ ...definition });
      expect(statusCode).toBe(201);
      expect((await container.read()).statusCode).toBe(200);
      expect(await failure(created.database.containers.create({ ...definition }))).toMatchObject({ code: 409 });
    },
  },
  {
    id: 'container-replace-keeps-items',
    name: 'replacing the definition of a container keeps its items',
    async run(stage) {
      const container = await stage.container();
      for (const id of ['1', '2', '3']) await container.items.create({ id, pk: 'a' });
      const { resource } = await container.read();
      const replaced = await container.replace({
        id: container.id,
        partitionKey: resource?.partitionKey,
        defaultTtl: -1,
      });
      expect(replaced.resource?.defaultTtl).toBe(-1);
      const { resources } = await container.items.query('SELECT VALUE COUNT(1) FROM c').fetchAll();
      expect(resources).toEqual([3]);
    },
  },
  {
    id: 'container-create-if-not-exists-throughput',
    name: 'createIfNotExists takes a throughput and answers 201, then 200',
    async run({ database }) {
      const definition = { id: 'with-throughput', partitionKey: '/pk', throughput: 500 };
      expect((await database.containers.createIfNotExists({ ...definition })).statusCode).toBe(201);
      expect((await database.containers.createIfNotExists({ ...definition })).statusCode).toBe(200);
      const { resource } = await database.container('with-throughput').readOffer();
      expect(resource?.content?.offerThroughput).toBe(500);
    },
  },
  {
    id: 'container-feed-ranges',
    name: 'a container names the feed ranges that cover it',
    async run(stage) {
      const ranges = await (await stage.container()).getFeedRanges();
      expect(ranges.map(({ minInclusive, maxExclusive }) => [minInclusive, maxExclusive])).toEqual([['', 'FF']]);
    },
  },
  {
    id: 'container-missing-404-1003',
    name: 'an item call on a missing container answers 404 with substatus 1003',
    async run({ database }) {
      const { code, substatus } = await failure(database.container('nowhere').item('1', 'a').replace({ id: '1' }));
      expect({ code, substatus }).toEqual({ code: 404, substatus: 1003 });
    },
  },
  {
    id: 'system-properties-present',
    name: 'databases, containers and items carry _rid, _self, _etag and _ts',
    async run(stage) {
      const container = await stage.container();
      const item = await container.items.create({ id: '1', pk: 'a' });
      const read = [await stage.database.read(), await container.read(), item, await item.item.read()];
      for (const { resource } of read) {
        expect(resource).toMatchObject({
          _rid: expect.stringMatching(/^[A-Za-z0-9+=-]+$/) as string,
          _self: expect.stringMatching(/^dbs\/.*\/$/) as string,
          _etag: expect.stringMatching(/^"[0-9a-f-]{36}"$/) as string,
          _ts: expect.any(Number) as number,
        });
      }
    },
  },
  {
    id: 'metadata-feeds-and-queries',
    name: 'databases, containers and offers are listed and queried',
    async run({ client }) {
      const { database } = await client.databases.create({ id: 'listed', throughput: 400 });
      for (const id of ['one', 'two']) await database.containers.create({ id, partitionKey: '/pk' });
      const { resources: databases } = await client.databases.readAll().fetchAll();
      expect(databases.map(({ id }) => id)).toContain('listed');
      const spec = { query: 'SELECT * FROM root r WHERE r.id = @id', parameters: [{ name: '@id', value: 'two' }] };
      const { resources: containers } = await database.containers.query(spec).fetchAll();
      expect(containers).toMatchObject([{ id: 'two', partitionKey: { paths: ['/pk'], kind: 'Hash', version: 2 } }]);
      const { _rid: rid } = (await database.read()).resource ?? {};
      const ofDatabase = async () => {
        const { resources } = await client.offers.readAll().fetchAll();
        return resources.find(({ offerResourceId }) => offerResourceId === rid)?.content?.offerThroughput;
      };
      expect(await ofDatabase()).toBe(400);
      await database.delete();
      expect(await failure(database.container('one').read())).toMatchObject({ code: 404, substatus: 1003 });
      expect(await ofDatabase()).toBeUndefined();
    },
  },
  {
    id: 'container-size',
    name: 'a container tells its size when it is asked for',
    async run(stage) {
      const container = await stage.container();
      for (const id of ['1', '2', '3']) await container.items.create({ id, pk: 'a' });
      const { headers } = await container.read({ populateQuotaInfo: true });
      expect(headers['x-ms-resource-usage']).toContain('documentsCount=3;');
    },
  },
];
