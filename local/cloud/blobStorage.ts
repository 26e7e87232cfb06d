import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import type { ManagedProcess } from '../process/managedProcess.ts';
import { azuriteProcess, blobConnectionString, blobEndpoint } from './azurite.ts';
import type { LocalCloud } from './localCloud.ts';

const BLOB_PORT = 10_000;

/** Where clients go, and where Azurite listens; the same in profile `fast`. */
interface BlobPorts {
  clients: number;
  azurite: number;
}

/** The service that stands in front of Azurite in profile `faithful`. */
const FRONT = 'blob';

/**
 * All declared storage accounts, served by one Azurite. Azurite takes its accounts at its start, so it starts with those
 * of the last time at once, or else when the program has been evaluated and all are known. In profile `faithful` clients
 * talk to the front, which knows identities and roles; Azurite is on a port behind it.
 */
export class BlobStorage {
  readonly #cloud: LocalCloud;
  /** ARM ids of the declared accounts by name. */
  readonly #declared = new Map<string, string>();
  #choosingPorts: Promise<BlobPorts> | undefined;
  #ports: BlobPorts | undefined;
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

  /** Declares an account by its name and ARM id and returns its Blob endpoint. */
  async declareAccount(account: string, resourceId: string): Promise<string> {
    this.#declared.set(account, resourceId);
    // Accounts are declared at the same time: all must wait for the same choice of ports.
    this.#choosingPorts ??= this.#choosePorts();
    this.#ports = await this.#choosingPorts;
    const remembered = this.#cloud.state.storageAccounts;
    if (!this.#process && remembered.includes(account)) this.#start(remembered);
    return this.endpoint(account);
  }

  /** Where clients reach an account. */
  endpoint(account: string): string {
    const { clients } = this.#portsOf(account);
    return this.#cloud.identity ? `https://localhost:${clients}/${account}` : blobEndpoint(account, clients);
  }

  /** With the account's key, straight to Azurite: for clients in profile `fast`, and for what the control plane does. */
  connectionString(account: string): string {
    return blobConnectionString(account, this.#key(account), this.#portsOf(account).azurite);
  }

  /** The declared account that a Blob endpoint belongs to. */
  accountOf(endpoint: string): string {
    for (const account of this.#declared.keys()) {
      if (endpoint.replace(/\/$/, '') === this.endpoint(account)) return account;
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
    const names = [...this.#declared.keys()];
    const missing = names.some((account) => !this.#startedWith.includes(account));
    if (missing) {
      await this.#process?.stop();
      this.#start(names);
    }
    await Promise.all([this.#started, this.#cloud.identity && this.#startFront(names)]);
  }

  async #startFront(names: readonly string[]): Promise<void> {
    const accounts = names.map((name) => [name, { key: this.#key(name), resourceId: this.#declared.get(name) }]);
    await this.#cloud.startServiceAt(FRONT, this.#ports?.clients ?? BLOB_PORT, {
      entry: new URL('../blob/main.ts', import.meta.url),
      options: { azuritePort: this.#ports?.azurite, accounts: Object.fromEntries(accounts) as Record<string, unknown> },
    });
  }

  async #choosePorts(): Promise<BlobPorts> {
    const clients = await this.#cloud.port('blob', BLOB_PORT);
    return { clients, azurite: this.#cloud.identity ? await this.#cloud.port('blob.azurite') : clients };
  }

  #portsOf(account: string): BlobPorts {
    if (this.#ports && this.#declared.has(account)) return this.#ports;
    throw new Error(`The storage account "${account}" is not declared by the program.`);
  }

  #start(accounts: readonly string[]): void {
    this.#startedWith = accounts;
    this.#cloud.state.setStorageAccounts(accounts);
    this.#process = azuriteProcess({
      port: this.#ports?.azurite ?? BLOB_PORT,
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
