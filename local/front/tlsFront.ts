import { readFileSync, writeFileSync } from 'node:fs';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { createServer, type Server } from 'node:tls';

/** A port that speaks TLS for a site that speaks plain http on another one. */
export interface Route {
  port: number;
  target: number;
}

export interface TlsFrontOptions {
  tls: { cert: Buffer; key: Buffer };
  /** File that keeps the routes over restarts. */
  routesFile: string;
}

/**
 * Ends TLS in front of the sites, as App Service does. Bytes are passed on as they are, so that it costs little and any
 * protocol on top works.
 */
export class TlsFront {
  readonly #options: TlsFrontOptions;
  readonly #servers = new Map<number, Server>();
  readonly #targets = new Map<number, number>();
  readonly #sockets = new Set<Socket>();

  constructor(options: TlsFrontOptions) {
    this.#options = options;
  }

  /** Opens the routes of the start before. */
  async start(): Promise<void> {
    for (const route of readRoutes(this.#options.routesFile)) await this.putRoute(route);
  }

  /** Listens on the route's port; a second call for the same port changes its target. */
  async putRoute({ port, target }: Route): Promise<Route> {
    const known = this.#servers.get(port);
    const server = known ?? createServer(this.#options.tls, (socket) => this.#connect(socket));
    if (!known) await listen(server, port);
    const listening = (server.address() as AddressInfo).port;
    this.#servers.set(listening, server);
    this.#targets.set(listening, target);
    const routes = [...this.#targets].map(([from, to]) => ({ port: from, target: to }));
    writeFileSync(this.#options.routesFile, JSON.stringify(routes));
    return { port: listening, target };
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([...this.#servers.values()].map((server) => new Promise((resolve) => server.close(resolve))));
  }

  #connect(client: Socket): void {
    const site = connect(this.#targets.get(client.localPort ?? 0) ?? 0, '127.0.0.1');
    for (const [socket, other] of [
      [client, site],
      [site, client],
    ] as const) {
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      // Whatever happens to one end is told to the other one by closing it: the clients' own retries do the rest.
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}

function readRoutes(file: string): Route[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Route[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}
