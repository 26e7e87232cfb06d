import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { azuriteProcess, blobConnectionString } from '../../cloud/azurite.ts';
import { freePort } from '../../cloud/ports.ts';
import type { ManagedProcess } from '../../process/managedProcess.ts';

const ACCOUNT = { name: 'checks', key: Buffer.from('key of the account for checks').toString('base64') };

let containers = 0;

/** Blob Storage in a process of its own, with a folder of its own. */
export class TestBlobs {
  readonly connectionString: string;
  readonly #folder: string;
  readonly #azurite: ManagedProcess;

  private constructor(folder: string, azurite: ManagedProcess, port: number) {
    this.#folder = folder;
    this.#azurite = azurite;
    this.connectionString = blobConnectionString(ACCOUNT.name, ACCOUNT.key, port);
  }

  static async start(): Promise<TestBlobs> {
    const folder = mkdtempSync(join(tmpdir(), 'attune-eventhubs-blobs-'));
    const port = await freePort();
    const folders = { dataDir: join(folder, 'data'), logDir: join(folder, 'logs') };
    const azurite = azuriteProcess({ port, ...folders, accounts: { [ACCOUNT.name]: ACCOUNT.key } });
    await azurite.start();
    return new TestBlobs(folder, azurite, port);
  }

  /** A new container; with `create: false` it does not exist yet. */
  async container({ create = true } = {}): Promise<ContainerClient> {
    containers += 1;
    const client = BlobServiceClient.fromConnectionString(this.connectionString);
    const container = client.getContainerClient(`container-${containers}`);
    if (create) await container.create();
    return container;
  }

  async stop(): Promise<void> {
    await this.#azurite.stop();
    rmSync(this.#folder, { recursive: true });
  }
}
