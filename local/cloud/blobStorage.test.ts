import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalCloud } from './localCloud.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'attune-blobs-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a stack on the data folder that all tests of this file share. */
async function withCloud<T>(use: (cloud: LocalCloud) => Promise<T>): Promise<T> {
  const cloud = new LocalCloud({ dataDir: folder, projectDir: folder });
  try {
    return await use(cloud);
  } finally {
    await cloud.stop();
  }
}

function container(cloud: LocalCloud, account: string): ContainerClient {
  return BlobServiceClient.fromConnectionString(cloud.blobs.connectionString(account)).getContainerClient('models');
}

describe('BlobStorage', () => {
  it('serves accounts that are declared at the same time from one process', async () => {
    await withCloud(async (cloud) => {
      const endpoints = await Promise.all(['alpha', 'beta'].map((name) => cloud.blobs.declareAccount(name, 'id')));
      expect(new Set(endpoints.map((endpoint) => new URL(endpoint).port)).size).toBe(1);
      expect(endpoints.map((endpoint) => cloud.blobs.accountOf(`${endpoint}/`))).toEqual(['alpha', 'beta']);
      expect(cloud.blobs.process).toBeUndefined();

      await Promise.all(['alpha', 'beta'].map((name) => cloud.blobs.createContainer(name, 'models')));
      await cloud.blobs.createContainer('alpha', 'models');
      await container(cloud, 'alpha').getBlockBlobClient('kept').uploadData(Buffer.from('content'));
      expect(await container(cloud, 'beta').getBlobClient('kept').exists()).toBe(false);
      expect([...cloud.processes.keys()]).toEqual(['azurite']);
    });
  });

  it('starts with the accounts of the last time, at the same address, and takes a new one in without loss', async () => {
    await withCloud(async (cloud) => {
      const endpoint = await cloud.blobs.declareAccount('alpha', 'id');
      const first = cloud.blobs.process;
      expect(first).toBeDefined();
      expect(await cloud.blobs.declareAccount('gamma', 'id')).toBe(endpoint.replace(/alpha$/, 'gamma'));
      await cloud.blobs.createContainer('gamma', 'models');
      expect(cloud.blobs.process).not.toBe(first);
      expect(await container(cloud, 'gamma').exists()).toBe(true);
      expect((await container(cloud, 'alpha').getBlobClient('kept').downloadToBuffer()).toString()).toBe('content');
    });
  });

  it('goes on with the process of the start when no account is new', async () => {
    await withCloud(async (cloud) => {
      await cloud.blobs.declareAccount('gamma', 'id');
      const first = cloud.blobs.process;
      await cloud.blobs.ready();
      expect(cloud.blobs.process).toBe(first);
      expect(await container(cloud, 'gamma').exists()).toBe(true);
    });
  });

  it('names an account that the program does not declare', async () => {
    await withCloud(async (cloud) => {
      await cloud.blobs.declareAccount('alpha', 'id');
      expect(() => cloud.blobs.connectionString('delta')).toThrow(
        'The storage account "delta" is not declared by the program.',
      );
      expect(() => cloud.blobs.accountOf('http://127.0.0.1:1/alpha')).toThrow(
        'No declared storage account has the Blob endpoint http://127.0.0.1:1/alpha.',
      );
    });
  });
});
