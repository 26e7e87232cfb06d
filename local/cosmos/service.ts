import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import type { ServiceAccess } from '../identity/serviceAccess.ts';
import { ControlError, type Service } from '../process/serviceHost.ts';
import { controlMethods } from './control.ts';
import { CosmosError } from './errors.ts';
import { Faults } from './faults.ts';
import { createAuthorize } from './http/auth.ts';
import type { RouteContext } from './http/context.ts';
import { authorizeByIdentity } from './http/identityAuth.ts';
import { createEndpoint } from './http/server.ts';
import { ResultCache } from './operations/resultCache.ts';
import { Catalog } from './store/catalog.ts';
import { openDatabase } from './store/database.ts';
import { LOGICAL_PARTITION_BYTES, PartitionLimit } from './store/partitionLimit.ts';
import { Throttle } from './throttle.ts';
import { GroupCommit, isStorageError } from '../storage/groupCommit.ts';

export interface CosmosServiceOptions {
  /** Folder for the data; created if it is missing. */
  dataDir: string;
  /** Base64. With it every request must be signed; without it none is checked. */
  key?: string;
  /** Profile `faithful`: https, and tokens instead of the key. */
  access?: ServiceAccess;
  /** ARM id of the account, that roles are assigned on; needed with `access`. */
  accountId?: string;
  /** Default `local`. */
  accountName?: string;
  /** The port to take; an error if it is in use. */
  port?: number;
  /** Without `port`: the one to take if it is free. Default: any. */
  preferredPort?: number;
  /** An account without provisioned throughput. Default: with. */
  serverless?: boolean;
  /** What one logical partition may hold; for drills. Default: 20 GB. */
  logicalPartitionBytes?: number;
  /** Whether operations are held to the throughput of their container. Default: all are admitted. */
  throttling?: boolean;
  /** Consistency of the account. Default `Session`. */
  consistency?: string;
  /** How long a request may take to arrive. Default: a minute. */
  requestTimeoutMs?: number;
  /** Clock in milliseconds since 1970, for tests. */
  now?: () => number;
}

/** How often documents whose time has come are cleared away, and how many at a time. */
const PURGE_MS = 1000;
const PURGE_LIMIT = 500;
const SWEEP_MS = 20;
const REQUEST_TIMEOUT_MS = 60_000;
/** A request that has not ended by then does not keep the service from stopping. */
const STOP_LIMIT_MS = 5000;

/** A local Azure Cosmos DB account (API for NoSQL): the REST protocol for the official clients over one SQLite file. */
export class CosmosService implements Service {
  readonly ports: { http: number };
  readonly methods: Service['methods'];
  readonly #server: Server;
  readonly #tls: boolean;
  readonly #close: () => void;

  private constructor(
    server: Server,
    methods: Service['methods'],
    { tls, close }: { tls: boolean; close: () => void },
  ) {
    this.ports = { http: (server.address() as AddressInfo).port };
    this.#server = server;
    this.methods = methods;
    this.#tls = tls;
    this.#close = close;
  }

  /** `http://127.0.0.1:<port>/` or `https://localhost:<port>/`, as clients want it. */
  get endpoint(): string {
    return this.#tls ? `https://localhost:${this.ports.http}/` : `http://127.0.0.1:${this.ports.http}/`;
  }

  static async start(options: CosmosServiceOptions): Promise<CosmosService> {
    const {
      dataDir,
      key,
      access,
      accountId = '',
      accountName = 'local',
      serverless = false,
      throttling = false,
      logicalPartitionBytes = LOGICAL_PARTITION_BYTES,
      requestTimeoutMs = REQUEST_TIMEOUT_MS,
      consistency = 'Session',
      now = Date.now,
    } = options;
    const database = openDatabase(dataDir);
    const group = new GroupCommit(database);
    const partitionLimit = new PartitionLimit(database, logicalPartitionBytes);
    const catalog = new Catalog({ database, group, now, partitionLimit }, { serverless });
    const faults = new Faults();
    const context: RouteContext = {
      accountName,
      protocol: access ? 'https' : 'http',
      consistency,
      catalog,
      group,
      results: new ResultCache(),
      faults,
      throttle: new Throttle(catalog, { enabled: throttling, now }),
      authorize: access ? authorizeByIdentity({ ...access, accountId }) : createAuthorize({ key, now }),
      now,
    };
    const server = createEndpoint(context, { tls: access?.tls, requestTimeoutMs });
    const purge = setInterval(() => clearEnded(catalog), PURGE_MS);
    const close = () => {
      clearInterval(purge);
      group.flush();
      database.close();
    };
    try {
      await listen(server, options);
    } catch (error) {
      close();
      throw error;
    }
    const methods = {
      ...controlMethods(catalog, faults),
      reloadAccess: () => access?.control.reload(),
      takeDenials: () => access?.control.takeDenials(),
    };
    return new CosmosService(server, refusalsAsControlErrors(methods), { tls: access !== undefined, close });
  }

  /** Finishes the requests that have been accepted, then closes connections and file. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    // A connection that was busy when the server closed stays open once it is idle, unless somebody looks.
    const sweep = setInterval(() => this.#server.closeIdleConnections(), SWEEP_MS);
    const cut = setTimeout(() => this.#server.closeAllConnections(), STOP_LIMIT_MS);
    await closed;
    clearInterval(sweep);
    clearTimeout(cut);
    this.#close();
  }
}

/** A disk that is full is reported; the documents are cleared away when it has room again. */
function clearEnded(catalog: Catalog): void {
  try {
    for (const container of catalog.containers()) container.purge(PURGE_LIMIT);
  } catch (error) {
    if (!isStorageError(error)) throw error;
    console.error(`Documents whose time has come could not be cleared away: ${error.message}`);
  }
}

async function listen(server: Server, { port, preferredPort = 0 }: CosmosServiceOptions): Promise<void> {
  try {
    await listenOn(server, port ?? preferredPort);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    if (port !== undefined) {
      throw new ControlError(`Cosmos DB cannot listen on port ${port}: it is in use. Free it or choose another port.`);
    }
    await listenOn(server, 0);
  }
}

function listenOn(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** What the service refuses is for the caller of a control method to read. */
function refusalsAsControlErrors(methods: Service['methods']): Service['methods'] {
  const wrapped = Object.entries(methods).map(([name, method]) => [
    name,
    (params: never) => {
      try {
        return method(params);
      } catch (error) {
        throw error instanceof CosmosError ? new ControlError(error.message) : error;
      }
    },
  ]);
  return Object.fromEntries(wrapped) as Service['methods'];
}
