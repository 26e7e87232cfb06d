import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { ControlError } from '../process/serviceHost.ts';
import { Client } from './client.ts';
import type { HubDescription } from './hub.ts';
import { Hubs, type GroupName, type HubSettings } from './hubs.ts';
import type { Durability } from './log/partitionLog.ts';
import { TailCache } from './log/tailCache.ts';
import type { AccessKey } from './tokens.ts';

const HOST = '127.0.0.1';
const SEGMENT_BYTES = 64 * 1024 * 1024;
const CACHE_BYTES = 32 * 1024 * 1024;
const IDLE_TIMEOUT_MS = 60_000;
const SYNC_INTERVAL_MS = 1_000;
const RETENTION_INTERVAL_MS = 60_000;
/** Bytes that a socket takes before its receivers wait for a slow reader. */
const SOCKET_BUFFER_BYTES = 1024 * 1024;

export interface EventHubsBrokerOptions {
  /** Folder of declarations and events. */
  dataDir: string;
  /** Port to listen on; 0 takes a free one. One that is taken is an error. */
  port?: number;
  /** Port to listen on if it is free, else another one; used when `port` is absent. */
  preferredPort?: number;
  /** Tokens are checked against this key; without it every token is taken. */
  accessKey?: AccessKey;
  durability?: Durability;
  /** Size of a segment file; retention drops whole ones. */
  segmentBytes?: number;
  /** Memory for the newest events of all hubs. */
  cacheBytes?: number;
  /** A client that is silent for twice as long is disconnected. */
  idleTimeoutMs?: number;
}

export interface BrokerDescription {
  connections: number;
  hubs: HubDescription[];
  /** Events stored and delivered since the start. */
  eventsIn: number;
  eventsOut: number;
  /** CPU time of the process since its start, in microseconds. */
  cpuMicroseconds: number;
  rssBytes: number;
}

/** An AMQP 1.0 broker that unmodified Event Hubs clients take for a namespace. */
export class EventHubsBroker {
  readonly hubs: Hubs;
  readonly #server: Server;
  readonly #clients = new Set<Client>();
  readonly #timers: NodeJS.Timeout[];
  readonly #options: EventHubsBrokerOptions;

  private constructor(hubs: Hubs, options: EventHubsBrokerOptions) {
    this.hubs = hubs;
    this.#options = options;
    const sockets = { noDelay: true, highWaterMark: SOCKET_BUFFER_BYTES };
    this.#server = createServer(sockets, (socket) => this.#serve(socket));
    const maintenance: [number, () => Promise<void>][] = [[RETENTION_INTERVAL_MS, () => hubs.applyRetention()]];
    if ((options.durability ?? 'interval') === 'interval') maintenance.push([SYNC_INTERVAL_MS, () => hubs.sync()]);
    this.#timers = maintenance.map(([interval, action]) => repeat(interval, action));
  }

  /** Opens what is in `dataDir` and listens. @throws {ControlError} when the port is taken */
  static async start(options: EventHubsBrokerOptions): Promise<EventHubsBroker> {
    const { dataDir, durability = 'interval', segmentBytes = SEGMENT_BYTES, cacheBytes = CACHE_BYTES } = options;
    const cache = new TailCache(cacheBytes);
    const hubs = await Hubs.open(dataDir, { cache, log: { durability, segmentBytes } });
    await hubs.applyRetention();
    const broker = new EventHubsBroker(hubs, options);
    try {
      await broker.#listen();
    } catch (error) {
      await broker.stop();
      throw error;
    }
    return broker;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  putHub(settings: HubSettings): Promise<void> {
    return this.hubs.putHub(settings);
  }

  deleteHub(hub: { name: string }): Promise<void> {
    return this.hubs.deleteHub(hub);
  }

  putConsumerGroup(group: GroupName): Promise<void> {
    return this.hubs.putConsumerGroup(group);
  }

  deleteConsumerGroup(group: GroupName): Promise<void> {
    return this.hubs.deleteConsumerGroup(group);
  }

  describe(): BrokerDescription {
    const hubs = this.hubs.describe();
    const partitions = hubs.flatMap((hub) => hub.partitions);
    const { user, system } = process.cpuUsage();
    return {
      connections: this.#clients.size,
      hubs,
      eventsIn: partitions.reduce((sum, { eventsIn }) => sum + eventsIn, 0),
      eventsOut: partitions.reduce((sum, { eventsOut }) => sum + eventsOut, 0),
      cpuMicroseconds: user + system,
      rssBytes: process.memoryUsage.rss(),
    };
  }

  /**
   * Stops gracefully: what was sent so far is stored and acknowledged, then every client is detached and disconnected
   * in the way after which it reconnects at once.
   */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await Promise.all([...this.#clients].map((client) => client.quiesce()));
    await this.hubs.settled();
    // Acknowledgements are written in the turn after the one in which the events were stored.
    await turn();
    await Promise.all([...this.#clients].map((client) => client.shutdown()));
    await closed;
    await this.hubs.close();
  }

  #serve(stream: Socket): void {
    const client: Client = new Client({
      stream,
      hubs: this.hubs,
      containerId: 'attune-event-hubs',
      accessKey: this.#options.accessKey,
      idleTimeoutMs: this.#options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
      onClosed: () => this.#clients.delete(client),
    });
    this.#clients.add(client);
  }

  async #listen(): Promise<void> {
    const { port, preferredPort } = this.#options;
    const wanted = port ?? preferredPort ?? 0;
    try {
      await this.#bind(wanted);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      if (port !== undefined) {
        throw new ControlError(
          `The Event Hubs port ${port} is in use: end the program that listens there, or set another.`,
        );
      }
      await this.#bind(0);
    }
  }

  #bind(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, HOST, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }
}

/** Runs an action again and again; a failure is logged and does not end it. */
function repeat(intervalMs: number, action: () => Promise<void>): NodeJS.Timeout {
  return setInterval(() => {
    action().catch((error: unknown) => console.error(error));
  }, intervalMs).unref();
}
