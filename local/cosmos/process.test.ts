import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CosmosClient } from '@azure/cosmos';
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
