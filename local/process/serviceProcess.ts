import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { ReadyLine, ServiceStart } from './serviceHost.ts';
import { ManagedProcess } from './managedProcess.ts';

/** What is needed to run a local service as a process; see `serviceHost.ts` for the other side. */
export interface ServiceProcessOptions {
  name: string;
  /** Its `main.ts`. */
  entry: string;
  dataDir: string;
  logDir: string;
  options: Record<string, unknown>;
  ports?: Record<string, number>;
  /** Bound of the JavaScript heap. Without one V8 lets garbage grow with the machine's memory. */
  heapMegabytes?: number;
  /** Environment besides `ATTUNE_SERVICE`; default: this process's own. */
  env?: NodeJS.ProcessEnv;
  onEvent?(event: string): void;
}

/** A local service in a process of its own, kept running, with its control methods. */
export class ServiceProcess {
  readonly process: ManagedProcess;
  readonly #token = randomBytes(24).toString('base64url');
  #ports: Record<string, number>;
  #control = 0;

  constructor(options: ServiceProcessOptions) {
    const { name, entry, dataDir, logDir, env = process.env, heapMegabytes } = options;
    const heapBound = heapMegabytes === undefined ? [] : [`--max-old-space-size=${heapMegabytes}`];
    mkdirSync(dataDir, { recursive: true });
    mkdirSync(logDir, { recursive: true });
    this.#ports = options.ports ?? {};
    const logFile = join(logDir, `${name}.log`);
    this.process = new ManagedProcess({
      name,
      command: process.execPath,
      args: ['--disable-warning=ExperimentalWarning', ...heapBound, entry],
      // A getter, so that a restart asks for the ports of the start before.
      get env() {
        return { ...env, ATTUNE_SERVICE: start() };
      },
      logFile,
      ready: (child) => this.#readReadyLine(child, logFile),
      onEvent: options.onEvent,
    });
    const start = () => {
      const args: ServiceStart = { dataDir, token: this.#token, ports: this.#ports, options: options.options };
      return JSON.stringify(args);
    };
  }

  /** Addresses that the service announced; the same after a restart. */
  get ports(): Record<string, number> {
    return this.#ports;
  }

  async start(): Promise<void> {
    await this.process.start();
  }

  async stop(): Promise<void> {
    await this.process.stop();
  }

  /** Calls a control method. A refusal of the service becomes an error with its text. */
  async call<T = unknown>(method: string, params: unknown = null): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${this.#control}/${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      body: JSON.stringify(params),
    });
    const body = (await response.json()) as T & { error?: string };
    if (!response.ok) throw new Error(`${this.process.spec.name}: ${body.error ?? `status ${response.status}`}`);
    return body;
  }

  #readReadyLine(child: ChildProcess, logFile: string): Promise<void> {
    const output = child.stdout;
    if (!output) throw new Error('the service process was started without a pipe for its output');
    const log = createWriteStream(logFile, { flags: 'a' });
    return new Promise((resolve) => {
      createInterface({ input: output }).on('line', (line) => {
        if (!line.startsWith('{"ready":')) {
          log.write(`${line}\n`);
          return;
        }
        const { ready } = JSON.parse(line) as ReadyLine;
        this.#control = ready.control;
        this.#ports = ready.ports;
        resolve();
      });
    });
  }
}
