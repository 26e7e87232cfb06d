import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServiceProcess } from '../process/serviceProcess.ts';
import type { ManagedProcess } from '../process/managedProcess.ts';
import { freePort, isFree } from './ports.ts';
import { PortReservations } from './portReservations.ts';
import { CloudState } from './state.ts';
import { BlobStorage } from './blobStorage.ts';
import { LocalIdentity } from './localIdentity.ts';

export interface LocalCloudOptions {
  /** Where everything lives that must survive a restart. */
  dataDir: string;
  /** Folder that relative paths of the program (its packages) start from. */
  projectDir: string;
  /** Ports that the user asked for, by service name; one that is taken is an error, not a reason to take another. */
  fixedPorts?: Record<string, number>;
  /** Whether Event Hubs throttles by the declared throughput units; off, replays run at full speed. */
  throttling?: boolean;
  /** Factor on the waits of Event Grid (retries, dead letters); default 1, Azure's own times. */
  timeScale?: number;
  /** Told about crashes and restarts of processes. */
  onEvent?(event: string): void;
}

/** How a service of the local cloud is run; see `serviceHost.ts`. */
export interface ServiceDefinition {
  entry: URL;
  /** Port names with the number that clients expect by default, if there is one. */
  ports: Record<string, number | undefined>;
  options: Record<string, unknown>;
  env?: NodeJS.ProcessEnv;
  /** Bound of its JavaScript heap, default `SERVICE_HEAP_MEGABYTES`. */
  heapMegabytes?: number;
}

/** Plenty for a service, whose data is on disk; eight processes share one machine. */
const SERVICE_HEAP_MEGABYTES = 384;

/** Services that call others, in the order in which they are stopped. */
const CALLERS = [['functions', 'workflows'], ['eventgrid']];

interface RunningService {
  process: ServiceProcess;
  started: Promise<void>;
}

/**
 * The processes that stand in for Azure on this machine, with what they share: data folder, ports, keys. Resource
 * handlers (`local/resources/`) start services here and tell them what was declared.
 */
export class LocalCloud {
  readonly options: LocalCloudOptions;
  readonly state: CloudState;
  readonly blobs: BlobStorage;
  readonly logDir: string;
  #identity: LocalIdentity | undefined;
  readonly #services = new Map<string, RunningService>();
  readonly #apps = new Map<string, ManagedProcess>();
  readonly #reservations = new PortReservations();
  readonly #redirects = new Map<string, string>();

  constructor(options: LocalCloudOptions) {
    this.options = options;
    this.state = new CloudState(options.dataDir);
    this.logDir = join(options.dataDir, 'logs');
    this.blobs = new BlobStorage(this);
  }

  /** Identities, tokens and certificates; undefined in profile `fast`. */
  get identity(): LocalIdentity | undefined {
    return this.#identity;
  }

  /** Turns profile `faithful` on; before anything else is started. */
  async startIdentity(): Promise<void> {
    this.#identity = await LocalIdentity.start(this);
  }

  /**
   * A port that stays the same over restarts of the stack as long as nobody else takes it, and that nobody else is given.
   * Throws when the user asked for one that is taken.
   */
  async port(name: string, preferred?: number): Promise<number> {
    const port = await this.#choosePort(name, preferred);
    this.state.setPort(name, port);
    return port;
  }

  /** Whether a port is this stack's from now on; false while another stack of this machine has it. */
  reservePort(port: number): boolean {
    return this.#reservations.take(port);
  }

  /** Apps whose settings hold the address `from` are given `to` instead. */
  redirect(from: string, to: string): void {
    this.#redirects.set(from, to);
  }

  /** The address that apps use here for one that the program gives them. */
  localAddress(address: string): string {
    return this.#redirects.get(address) ?? address;
  }

  async #choosePort(name: string, preferred?: number): Promise<number> {
    const fixed = this.options.fixedPorts?.[name];
    if (fixed !== undefined) {
      if ((await isFree(fixed)) && this.#reservations.take(fixed)) return fixed;
      throw new Error(`port ${fixed} for "${name}" is in use: stop what listens there or choose another port.`);
    }
    for (const wanted of [this.state.port(name), preferred]) {
      if (wanted !== undefined && (await isFree(wanted)) && this.#reservations.take(wanted)) return wanted;
    }
    for (;;) {
      const any = await freePort();
      if (this.#reservations.take(any)) return any;
    }
  }

  /** Starts a service without waiting for it; a second call for the same name is an error of the handlers. */
  async startService(name: string, definition: ServiceDefinition): Promise<Record<string, number>> {
    const ports: Record<string, number> = {};
    for (const [port, preferred] of Object.entries(definition.ports)) {
      ports[port] = await this.port(`${name}.${port}`, preferred);
    }
    this.#run(name, ports, definition);
    return ports;
  }

  #run(name: string, ports: Record<string, number>, definition: Omit<ServiceDefinition, 'ports'>): void {
    if (this.#services.has(name)) throw new Error(`service ${name} was started twice`);
    const { entry, options, env, heapMegabytes = SERVICE_HEAP_MEGABYTES } = definition;
    const service = new ServiceProcess({
      name,
      entry: fileURLToPath(entry),
      dataDir: join(this.options.dataDir, name),
      logDir: this.logDir,
      options: { ...options, faithful: this.#identity?.serviceOptions },
      ports,
      env: env ?? { ...process.env, ...this.#identity?.trust },
      heapMegabytes,
      onEvent: this.options.onEvent,
    });
    const started = service.start();
    // Reported where it is awaited; until then the rejection has no listener.
    started.catch(() => undefined);
    this.#services.set(name, { process: service, started });
  }

  /** Starts a service that has one port `http`, already chosen, and waits until it is up. */
  async startServiceAt(name: string, port: number, definition: Omit<ServiceDefinition, 'ports'>): Promise<void> {
    this.#run(name, { http: port }, definition);
    await this.#services.get(name)?.started;
  }

  hasService(name: string): boolean {
    return this.#services.has(name);
  }

  /** Calls a control method of a service once it is up. */
  async control<T = unknown>(name: string, method: string, params: unknown): Promise<T> {
    const service = this.#services.get(name);
    if (!service) throw new Error(`service ${name} is not declared by the program`);
    await service.started;
    return service.process.call<T>(method, params);
  }

  /** Starts a program that is no service of the local cloud (the web app) and waits until it is ready. */
  async startApp(app: ManagedProcess): Promise<void> {
    this.#apps.set(app.spec.name, app);
    await app.start();
  }

  /** All processes by name, for status and drills. */
  get processes(): Map<string, ManagedProcess> {
    const all = new Map(this.#apps);
    for (const [name, { process }] of this.#services) all.set(name, process.process);
    if (this.blobs.process) all.set('azurite', this.blobs.process);
    return all;
  }

  /**
   * Stops everything, callers before the services they call: apps, then the hosts of code, then Event Grid, then the
   * stores, so that consumers leave their links before the broker closes them. Blob is last, because all write there.
   */
  async stop(): Promise<void> {
    await Promise.all([...this.#apps.values()].map((app) => app.stop()));
    const stores = [...this.#services.keys()].filter((name) => !CALLERS.flat().includes(name));
    for (const stage of [...CALLERS, stores]) {
      await Promise.all(stage.map((name) => this.#services.get(name)?.process.stop()));
    }
    await this.blobs.stop();
    this.#reservations.releaseAll();
  }
}
