import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { azuriteProcess, blobConnectionString } from '../../cloud/azurite.ts';
import { freePort } from '../../cloud/ports.ts';
import { TEST_KEY } from './startService.ts';

const ACCOUNT = 'testaccount';

export interface BlobStorage {
  connectionString: string;
  stop(): Promise<void>;
}

/** The Blob service of the local cloud with one account, on a free port unless told otherwise. */
export async function startAzurite(args: { port?: number } = {}): Promise<BlobStorage> {
  const folder = mkdtempSync(join(tmpdir(), 'eventgrid-blobs-'));
  const port = args.port ?? (await freePort());
  const accounts = { [ACCOUNT]: TEST_KEY };
  const azurite = azuriteProcess({ port, dataDir: join(folder, 'data'), logDir: folder, accounts });
  await azurite.start();
  return {
    connectionString: blobConnectionString(ACCOUNT, TEST_KEY, port),
    stop: async () => {
      await azurite.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
