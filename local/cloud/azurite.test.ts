import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ManagedProcess } from '../process/managedProcess.ts';
import { azuriteProcess, blobConnectionString } from './azurite.ts';
import { freePort } from './ports.ts';

const key = (byte: number) => Buffer.alloc(32, byte).toString('base64');
const accounts = { first: key(1), second: key(2) };
const events: string[] = [];
let folder: string;
let port: number;
let azurite: ManagedProcess;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'attune-azurite-'));
  port = await freePort();
  azurite = makeAzurite(port, join(folder, 'data'));
  await azurite.start();
});
afterAll(async () => {
  await azurite.stop();
  rmSync(folder, { recursive: true });
});

const makeAzurite = (at: number, dataDir: string) =>
  azuriteProcess({ port: at, dataDir, logDir: join(folder, 'logs'), accounts, onEvent: (event) => events.push(event) });

function container(account: string, accountKey: string) {
  const service = BlobServiceClient.fromConnectionString(blobConnectionString(account, accountKey, port), {
    retryOptions: { maxTries: 1 },
  });
  return service.getContainerClient('things');
}

describe('azuriteProcess', () => {
  it('serves every account under its own key, each with containers of its own', async () => {
    await container('first', accounts.first).create();
    expect(await container('second', accounts.second).exists()).toBe(false);
    await expect(container('first', accounts.second).exists()).rejects.toMatchObject({ statusCode: 403 });
  });

  it('is started again at its port, with its accounts, when it crashes', async () => {
    const pid = azurite.pid;
    azurite.kill('SIGKILL');
    await vi.waitFor(() => expect(events.at(-1)).toBe('azurite is running again'), { timeout: 15_000 });
    expect(azurite.pid).not.toBe(pid);
    const blob = container('second', accounts.second).getBlockBlobClient('blob');
    await container('second', accounts.second).createIfNotExists();
    await blob.uploadData(Buffer.from('content'));
    expect((await blob.downloadToBuffer()).toString()).toBe('content');
  });

  it('says why when its port is taken', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const taken = (holder.address() as AddressInfo).port;
    try {
      const start = makeAzurite(taken, join(folder, 'other')).start();
      await expect(start).rejects.toThrow(
        new RegExp(`azurite ended with code 1 while starting:[^]*EADDRINUSE.*${taken}`),
      );
    } finally {
      await new Promise((resolve) => holder.close(resolve));
    }
  });
});
