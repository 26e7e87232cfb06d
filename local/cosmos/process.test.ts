import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChangeFeedStartFrom, CosmosClient, type Container } from '@azure/cosmos';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ServiceProcess } from '../process/serviceProcess.ts';
import type { CosmosDescription } from './control.ts';

const KEY = Buffer.from('key of the process under test').toString('base64');
const folder = mkdtempSync(join(tmpdir(), 'cosmos-process-'));
let service: ServiceProcess;
let client: CosmosClient;

beforeAll(async () => {
  service = new ServiceProcess({
    name: 'cosmos',
    entry: new URL('main.ts', import.meta.url).pathname,
    dataDir: join(folder, 'data'),
    logDir: folder,
    options: { key: KEY, accountName: 'tested' },
    ports: { http: 0 },
  });
  await service.start();
  await service.call('putDatabase', { id: 'db' });
  for (const id of ['items', 'others']) await putContainer(id);
  client = new CosmosClient({ endpoint: `http://127.0.0.1:${service.ports.http}/`, key: KEY });
});

afterAll(async () => {
  client.dispose();
  await service.stop();
  rmSync(folder, { recursive: true });
});

function putContainer(id: string): Promise<unknown> {
  return service.call('putContainer', { database: 'db', id, partitionKey: { paths: ['/pk'] }, defaultTtl: -1 });
}

interface Written {
  id: string;
  value: number;
}

/** Writes one version after another until it is told to stop; remembers what was acknowledged. */
async function writeOn(
  container: Container,
  id: string,
  acknowledged: Map<string, number>,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    const value = (acknowledged.get(id) ?? 0) + 1;
    const write = container.items.upsert({ id, pk: id, value, text: 'x'.repeat(5000) });
    // Of a write that failed it is open whether it was stored: the caller allows for it.
    if (
      await write.then(
        () => true,
        () => false,
      )
    )
      acknowledged.set(id, value);
  }
}

test('every acknowledged write survives kill -9, and so do positions of the change feed', async () => {
  const acknowledged = new Map<string, number>();
  let continuation: string | undefined;
  const seen = new Map<string, number>();
  for (let round = 0; round < 3; round += 1) {
    const options = { connectionPolicy: { requestTimeout: 2000, enableEndpointDiscovery: false } };
    const endpoint = `http://127.0.0.1:${service.ports.http}/`;
    const writer = new CosmosClient({ endpoint, key: KEY, ...options });
    const container = writer.database('db').container('items');
    const stop = new AbortController();
    const writers = Array.from({ length: 8 }, (_, index) =>
      writeOn(container, `doc-${index}`, acknowledged, stop.signal),
    );
    const enough = count(acknowledged) + 40;
    while (count(acknowledged) < enough) await turn();
    service.process.kill('SIGKILL');
    stop.abort();
    await Promise.all(writers);
    writer.dispose();
    while (service.process.restarts <= round) await turn();
    await service.process.settled();

    const items = client.database('db').container('items').items;
    const { resources } = await items.query<Written>('SELECT c.id, c["value"] FROM c').fetchAll();
    const stored = new Map(resources.map(({ id, value }) => [id, value]));
    for (const [id, value] of acknowledged) {
      expect([value, value + 1]).toContain(stored.get(id));
      acknowledged.set(id, stored.get(id) ?? 0);
    }
    const changeFeedStartFrom =
      continuation === undefined ? ChangeFeedStartFrom.Beginning() : ChangeFeedStartFrom.Continuation(continuation);
    const feed = items.getChangeFeedIterator<Written>({ changeFeedStartFrom });
    for (;;) {
      const { statusCode, result, continuationToken } = await feed.readNext();
      continuation = continuationToken;
      if (statusCode === 304) break;
      for (const { id, value } of result) seen.set(id, value);
    }
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(stored));
  }
}, 60_000);

function count(acknowledged: ReadonlyMap<string, number>): number {
  return [...acknowledged.values()].reduce((sum, value) => sum + value, 0);
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

test('containers are put again without a loss and described', async () => {
  const container = client.database('db').container('others');
  await container.items.create({ id: '1', pk: 'a' });
  const { etag } = await container.read();
  await putContainer('others');
  expect((await container.read()).etag).toBe(etag);
  await service.call('putContainer', {
    database: 'db',
    id: 'others',
    partitionKey: { paths: ['/pk'] },
    defaultTtl: 60,
  });
  expect((await container.read()).resource?.defaultTtl).toBe(60);
  const { databases } = await service.call<CosmosDescription>('describe');
  expect(databases).toMatchObject([{ id: 'db', containers: [{ id: 'items' }, { id: 'others', documents: 1 }] }]);
  expect(databases[0]?.containers[1]?.bytes).toBeGreaterThan(200);
});

test.each([
  ['putContainer', { database: 'db', id: 'others', partitionKey: { paths: ['/other'] } }, 'cannot be changed'],
  ['putContainer', { database: 'none', id: 'x', partitionKey: { paths: ['/pk'] } }, 'Owner resource does not exist'],
  [
    'putContainer',
    { database: 'db', id: 'a/b', partitionKey: { paths: ['/pk'] } },
    'The id of a database or container',
  ],
  [
    'putContainer',
    { database: 'db', id: 'x', partitionKey: { paths: ['/pk'] }, options: { throughput: 5 } },
    'at least 400',
  ],
  ['throttle', { count: 0, retryAfterMs: 1 }, '"count"'],
])('refuses %s %j in one line', async (method, params, message) => {
  await expect(service.call(method, params)).rejects.toThrow(message);
});

test('deletes containers and databases', async () => {
  await service.call('putDatabase', { id: 'gone' });
  await service.call('putContainer', { database: 'gone', id: 'c', partitionKey: { paths: ['/pk'] } });
  await service.call('deleteContainer', { database: 'gone', id: 'c' });
  await service.call('deleteContainer', { database: 'gone', id: 'c' });
  await service.call('deleteDatabase', { id: 'gone' });
  await service.call('deleteDatabase', { id: 'gone' });
  const { databases } = await service.call<CosmosDescription>('describe');
  expect(databases.map(({ id }) => id)).toEqual(['db']);
});

test('a second service on the same folder is refused', async () => {
  const second = new ServiceProcess({
    name: 'second',
    entry: new URL('main.ts', import.meta.url).pathname,
    dataDir: join(folder, 'data'),
    logDir: folder,
    options: {},
    ports: { http: 0 },
  });
  await expect(second.start()).rejects.toThrow('is in use by another process');
});
