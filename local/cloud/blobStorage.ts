import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import type { ManagedProcess } from '../process/managedProcess.ts';
import { azuriteProcess, blobConnectionString, blobEndpoint } from './azurite.ts';
import type { LocalCloud } from './localCloud.ts';

const BLOB_PORT = 10_000;

/**
 * All declared storage accounts, served by one Azurite. Azurite takes its accounts at its start, so it starts with those
 * of the last time at once, or else when the program has been evaluated and all are known.
 */
export class BlobStorage {
  readonly #cloud: LocalCloud;
  readonly #declared = new Set<string>();
  #choosingPort: Promise<number> | undefined;
  #port: number | undefined;
  #process: ManagedProcess | undefined;
  #started: Promise<void> | undefined;
  #startedWith: readonly string[] = [];
  #ready: Promise<void> | undefined;

  constructor(cloud: LocalCloud) {
    this.#cloud = cloud;
  }

  get process(): ManagedProcess | undefined {
    return this.#process;
  }

  /** Declares an account and returns its Blob endpoint. */
  async declareAccount(account: string): Promise<string> {
    this.#declared.add(account);
    // Accounts are declared at the same time: all must wait for the same choice of a port.
    this.#choosingPort ??= this.#cloud.port('blob', BLOB_PORT);
    this.#port = await this.#choosingPort;
    const remembered = this.#cloud.state.storageAccounts;
    if (!this.#process && remembered.includes(account)) this.#start(remembered);
    return blobEndpoint(account, this.#port);
  }

  connectionString(account: string): string {
    if (this.#port === undefined || !this.#declared.has(account)) {
      throw new Error(`The storage account "${account}" is not declared by the program.`);
    }
    return blobConnectionString(account, this.#key(account), this.#port);
  }

  /** The declared account that a Blob endpoint belongs to. */
  accountOf(endpoint: string): string {
    for (const account of this.#declared) {
      if (this.#port && endpoint.replace(/\/$/, '') === blobEndpoint(account, this.#port)) return account;
    }
    throw new Error(`No declared storage account has the Blob endpoint ${endpoint}.`);
  }

  /** Waits until every account that has been declared by the first call is served. */
  ready(): Promise<void> {
    this.#ready ??= this.#serveDeclared();
    return this.#ready;
  }

  async createContainer(account: string, container: string): Promise<void> {
    await this.ready();
    await BlobServiceClient.fromConnectionString(this.connectionString(account))
      .getContainerClient(container)
      .createIfNotExists();
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  async #serveDeclared(): Promise<void> {
    const missing = [...this.#declared].some((account) => !this.#startedWith.includes(account));
    if (missing) {
      await this.#process?.stop();
      this.#start([...this.#declared]);
    }
    await this.#started;
  }

  #start(accounts: readonly string[]): void {
    this.#startedWith = accounts;
    this.#cloud.state.setStorageAccounts(accounts);
    this.#process = azuriteProcess({
      port: this.#port ?? BLOB_PORT,
      dataDir: join(this.#cloud.options.dataDir, 'blob'),
      logDir: this.#cloud.logDir,
      accounts: Object.fromEntries(accounts.map((account) => [account, this.#key(account)])),
      onEvent: this.#cloud.options.onEvent,
    });
    this.#started = this.#process.start();
    this.#started.catch(() => undefined);
  }

  #key(account: string): string {
    return this.#cloud.state.key(`storage.${account}`);
  }
}
