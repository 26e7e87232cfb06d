import { createRequire } from 'node:module';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { ManagedProcess } from '../process/managedProcess.ts';

const require = createRequire(import.meta.url);
const END_WITH_PARENT = new URL('../process/endWithParent.ts', import.meta.url).href;
const SAVE_BEFORE_ANSWER = new URL('../azurite/preload.ts', import.meta.url).href;

export interface AzuriteOptions {
  port: number;
  dataDir: string;
  logDir: string;
  /** Account name to key (base64). */
  accounts: Readonly<Record<string, string>>;
  onEvent?(event: string): void;
}

/** The Blob service of Azurite as a child process. What it has answered for survives a crash of it. */
export function azuriteProcess({ port, dataDir, logDir, accounts, onEvent }: AzuriteOptions): ManagedProcess {
  mkdirSync(dataDir, { recursive: true });
  mkdirSync(logDir, { recursive: true });
  const preloads = [
    '--disable-warning=ExperimentalWarning',
    '--import',
    END_WITH_PARENT,
    '--import',
    SAVE_BEFORE_ANSWER,
  ];
  const flags = ['--silent', '--skipApiVersionCheck', '--disableTelemetry'];
  const address = ['--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', dataDir];
  const listed = Object.entries(accounts).map(([name, key]) => `${name}:${key}`);
  return new ManagedProcess({
    name: 'azurite',
    command: process.execPath,
    args: [...preloads, require.resolve('azurite/dist/src/blob/main.js'), ...flags, ...address],
    env: { ...process.env, AZURITE_ACCOUNTS: listed.join(';') },
    logFile: join(logDir, 'azurite.log'),
    ready: listening,
    onEvent,
  });
}

function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.toString('utf8').includes('successfully listens')) resolve();
    });
  });
}

/** Connection string of one account for any storage client. */
export function blobConnectionString(account: string, key: string, port: number): string {
  return (
    `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};` +
    `BlobEndpoint=${blobEndpoint(account, port)};`
  );
}

export function blobEndpoint(account: string, port: number): string {
  return `http://127.0.0.1:${port}/${account}`;
}
