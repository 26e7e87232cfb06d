import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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

const isPreload = (argument: string | undefined) => argument === '--import' || argument?.endsWith('azurite/preload.ts');

/** Kills it and waits until it has been started again. */
async function crash(): Promise<void> {
  const told = events.length;
  azurite.kill('SIGKILL');
  await vi.waitFor(() => expect(events.slice(told)).toContain('azurite is running again'), { timeout: 15_000 });
}

const container = (account: string, accountKey: string) => containerAt(port, account, accountKey);

function containerAt(at: number, account: string, accountKey: string) {
  const service = BlobServiceClient.fromConnectionString(blobConnectionString(account, accountKey, at), {
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
    await crash();
    expect(azurite.pid).not.toBe(pid);
    const blob = container('second', accounts.second).getBlockBlobClient('blob');
    await container('second', accounts.second).createIfNotExists();
    await blob.uploadData(Buffer.from('content'));
    expect((await blob.downloadToBuffer()).toString()).toBe('content');
  });

  it('keeps what it has answered for when it is killed right after the answer', async () => {
    const things = container('first', accounts.first);
    await things.createIfNotExists();
    const changed = things.getBlockBlobClient('changed');
    await changed.uploadData(Buffer.from('old'));
    const removed = things.getBlockBlobClient('removed');
    await removed.uploadData(Buffer.from('x'));
    const leased = things.getBlockBlobClient('leased');
    await leased.uploadData(Buffer.from('x'));
    const staged = things.getBlockBlobClient('staged');
    const blockId = Buffer.from('block-0').toString('base64');
    const { etag } = await changed.uploadData(Buffer.from('new'), { metadata: { reason: 'test' } });
    await removed.delete();
    const { leaseId = '' } = await leased.getBlobLeaseClient().acquireLease(-1);
    await staged.stageBlock(blockId, 'in two steps', 12);
    await crash();

    expect((await changed.downloadToBuffer()).toString()).toBe('new');
    expect(await changed.getProperties()).toMatchObject({ etag, metadata: { reason: 'test' } });
    expect(await removed.exists()).toBe(false);
    await expect(leased.uploadData(Buffer.from('y'))).rejects.toMatchObject({ code: 'LeaseIdMissing' });
    await leased.uploadData(Buffer.from('y'), { conditions: { leaseId } });
    await staged.commitBlockList([blockId]);
    expect((await staged.downloadToBuffer()).toString()).toBe('in two steps');
  });

  it('loses none of the blobs that it accepted when it is killed in the middle of many', async () => {
    const things = container('first', accounts.first);
    const accepted: string[] = [];
    let writing = true;
    const writer = async (name: string) => {
      for (let version = 0; writing; version += 1) {
        const blob = `${name}/${version}`;
        const sent = await things
          .getBlockBlobClient(blob)
          .uploadData(Buffer.from(blob))
          .catch(() => undefined);
        if (sent) accepted.push(blob);
        else await sleep(20);
      }
    };
    const writers = ['a', 'b', 'c'].map(writer);
    await vi.waitFor(() => expect(accepted.length).toBeGreaterThan(50), { timeout: 15_000 });
    await crash();
    writing = false;
    await Promise.all(writers);

    const stored = new Set<string>();
    for await (const { name } of things.listBlobsFlat()) stored.add(name);
    expect(accepted.filter((name) => !stored.has(name))).toEqual([]);
    for (const name of accepted.slice(-20)) {
      expect((await things.getBlobClient(name).downloadToBuffer()).toString()).toBe(name);
    }
  });

  it('takes over the blobs of a folder whose index Azurite had saved itself', async () => {
    const plainPort = await freePort();
    const dataDir = join(folder, 'plain');
    const plain = makeAzurite(plainPort, dataDir);
    plain.spec.args = plain.spec.args.filter(
      (argument, index, all) => !isPreload(argument) && !isPreload(all[index + 1]),
    );
    await plain.start();
    const blob = containerAt(plainPort, 'first', accounts.first).getBlockBlobClient('kept');
    await containerAt(plainPort, 'first', accounts.first).create();
    await blob.uploadData(Buffer.from('of before'));
    await plain.stop();
    expect(readdirSync(dataDir)).not.toContain('index.sqlite');

    for (let start = 1; start <= 2; start += 1) {
      const later = makeAzurite(plainPort, dataDir);
      await later.start();
      expect((await blob.downloadToBuffer()).toString()).toBe('of before');
      await later.stop();
    }
    expect(readdirSync(dataDir)).toContain('index.sqlite');
  });

  it('says which file cannot be used when its index is damaged', async () => {
    const dataDir = join(folder, 'damaged');
    mkdirSync(dataDir);
    const index = join(dataDir, 'index.sqlite');
    writeFileSync(index, 'no database'.repeat(100));
    await expect(makeAzurite(await freePort(), dataDir).start()).rejects.toThrow(
      `The index of blobs ${index} cannot be used: file is not a database.`,
    );
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
