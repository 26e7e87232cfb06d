import { createServer, type Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { Client } from './client.ts';
import type { EntraOptions } from './entraTokens.ts';
import { gateOf, type Gate } from './gate.ts';
import { HttpEndpoint } from './http/httpEndpoint.ts';
import type { HubDescription } from './hub.ts';
import { Hubs, type GroupName, type HubSettings } from './hubs.ts';
import { listen, portOf, type TlsSettings } from './listen.ts';
import type { Durability } from './log/partitionLog.ts';
import { TailCache } from './log/tailCache.ts';
import { ThroughputUnits, type ThroughputSettings } from './throughputUnits.ts';
import type { AccessKey } from './tokens.ts';

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
  /** Port for AMQP; 0 takes a free one. One that is taken is an error. */
  port?: number;
  /** Port for AMQP if it is free, else another one; used when `port` is absent. */
  preferredPort?: number;
  /** The same for HTTP: sending by REST, and AMQP over WebSockets. */
  httpPort?: number;
  preferredHttpPort?: number;
  /** With it both ports speak TLS, and nothing else. */
  tls?: TlsSettings;
  /** Tokens are checked against this key; without it and `entra` every token is taken. */
  accessKey?: AccessKey;
  /** Profile `faithful`: tokens of Microsoft Entra and roles. */
  entra?: EntraOptions;
  durability?: Durability;
  /** Size of a segment file; retention drops whole ones. */
  segmentBytes?: number;
  /** Memory for the newest events of all hubs. */
  cacheBytes?: number;
  /** A client that is silent for twice as long is disconnected. */
  idleTimeoutMs?: number;
  /** Capacity of the namespace; without it nothing is throttled. */
  throughput?: ThroughputSettings;
  /** Milliseconds, any origin, that throughput is counted by; default: the clock of the machine. */
  throughputClock?: () => number;
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

/** A broker that unmodified Event Hubs clients take for a namespace. */
export class EventHubsBroker {
  readonly hubs: Hubs;
  readonly #server: Server;
  readonly #http: HttpEndpoint;
  readonly #clients = new Set<Client>();
  readonly #timers: NodeJS.Timeout[];
  readonly #options: EventHubsBrokerOptions;
  readonly #gate: Gate;

  private constructor(hubs: Hubs, options: EventHubsBrokerOptions) {
    this.hubs = hubs;
    this.#options = options;
    const sockets = { noDelay: true, highWaterMark: SOCKET_BUFFER_BYTES };
    const serve = (stream: Duplex) => this.#serve(stream);
    const { tls } = options;
    this.#gate = gateOf(options);
    this.#server = tls ? createTlsServer({ ...sockets, ...tls }, serve) : createServer(sockets, serve);
    this.#http = new HttpEndpoint({ hubs, gate: this.#gate, tls, bufferBytes: SOCKET_BUFFER_BYTES, serve });
    const maintenance: [number, () => Promise<void>][] = [[RETENTION_INTERVAL_MS, () => hubs.applyRetention()]];
    if ((options.durability ?? 'interval') === 'interval') maintenance.push([SYNC_INTERVAL_MS, () => hubs.sync()]);
    this.#timers = maintenance.map(([interval, action]) => repeat(interval, action));
  }

  /** Opens what is in `dataDir` and listens. @throws {ControlError} when the port is taken */
  static async start(options: EventHubsBrokerOptions): Promise<EventHubsBroker> {
    const { dataDir, durability = 'interval', segmentBytes = SEGMENT_BYTES, cacheBytes = CACHE_BYTES } = options;
    const cache = new TailCache(cacheBytes);
    const throughput = options.throughput && new ThroughputUnits(options.throughput, options.throughputClock);
    const hubs = await Hubs.open(dataDir, { cache, log: { durability, segmentBytes } }, throughput);
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
    return portOf(this.#server);
  }

  get httpPort(): number {
    return portOf(this.#http.server);
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

  /** Role assignments have changed: what is not allowed any more ends. */
  reloadAccess(): void {
    this.#options.entra?.control.reload();
    for (const client of this.#clients) client.recheckRights();
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
    const closed = [new Promise<void>((resolve) => this.#server.close(() => resolve())), this.#http.stop()];
    await Promise.all([...this.#clients].map((client) => client.quiesce()));
    await this.hubs.settled();
    // Acknowledgements are written in the turn after the one in which the events were stored.
    await turn();
    await Promise.all([...this.#clients].map((client) => client.shutdown()));
    await Promise.all(closed);
    await this.hubs.close();
  }

  #serve(stream: Duplex): void {
    const client: Client = new Client({
      stream,
      hubs: this.hubs,
      containerId: 'attune-event-hubs',
      gate: this.#gate,
      idleTimeoutMs: this.#options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
      onClosed: () => this.#clients.delete(client),
    });
    this.#clients.add(client);
  }

  async #listen(): Promise<void> {
    const { port, preferredPort, httpPort, preferredHttpPort } = this.#options;
    await listen(this.#server, { port, preferredPort, purpose: 'Event Hubs' });
    await listen(this.#http.server, { port: httpPort, preferredPort: preferredHttpPort, purpose: 'Event Hubs HTTP' });
  }
}

/** Runs an action again and again; a failure is logged and does not end it. */
function repeat(intervalMs: number, action: () => Promise<void>): NodeJS.Timeout {
  return setInterval(() => {
    action().catch((error: unknown) => console.error(error));
  }, intervalMs).unref();
}
