import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CosmosClient } from '@azure/cosmos';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Stage } from './checks/check.ts';
import { CosmosService } from './service.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cosmos-service-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('requests that were accepted are answered before the service stops', async () => {
  const stage = await Stage.set();
  const container = await stage.container();
  await container.items.create({ id: 'first', pk: 'a' });
  let answers: Promise<number[]> | undefined;
  const seen = await stage.requestsDuring(async () => {
    const writes = Array.from({ length: 20 }, (_, index) => container.items.create({ id: String(index), pk: 'a' }));
    answers = Promise.all(
      writes.map((write) =>
        write.then(
          ({ statusCode }) => statusCode,
          () => 0,
        ),
      ),
    );
    await new Promise<void>((resolve) => setTimeout(resolve, 20));
    await stage.strike();
  });
  const written = (await answers)?.filter((statusCode) => statusCode === 201) ?? [];
  expect(written).toHaveLength(seen.filter(({ method }) => method === 'POST').length);
});

test('a port that was asked for is taken or refused, never exchanged', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise<void>((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as AddressInfo;
  await expect(CosmosService.start({ dataDir: folder, port })).rejects.toThrow(`cannot listen on port ${port}`);
  await new Promise((resolve) => taken.close(resolve));
  const service = await CosmosService.start({ dataDir: folder, port });
  expect(service.ports.http).toBe(port);
  await service.stop();
});

test('a port that was only preferred is exchanged when it is taken', async () => {
  const first = await CosmosService.start({ dataDir: join(folder, 'first') });
  const preferredPort = first.ports.http;
  const second = await CosmosService.start({ dataDir: join(folder, 'second'), preferredPort });
  expect(second.ports.http).not.toBe(preferredPort);
  expect(second.endpoint).toBe(`http://127.0.0.1:${second.ports.http}/`);
  await Promise.all([first.stop(), second.stop()]);
});

test('a wrong key is refused with 401, and nothing is written', async () => {
  const key = Buffer.from('right').toString('base64');
  const service = await CosmosService.start({ dataDir: folder, key });
  const wrong = new CosmosClient({ endpoint: service.endpoint, key: Buffer.from('wrong').toString('base64') });
  await expect(wrong.databases.create({ id: 'db' })).rejects.toMatchObject({ code: 401 });
  const right = new CosmosClient({ endpoint: service.endpoint, key });
  expect((await right.databases.readAll().fetchAll()).resources).toEqual([]);
  for (const client of [wrong, right]) client.dispose();
  await service.stop();
});
