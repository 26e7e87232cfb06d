import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** How to run one process of the local cloud. */
export interface ProcessSpec {
  /** Shown in messages and used for the log file. */
  name: string;
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  cwd?: string;
  /** Receives standard error, and standard output as far as `onOutput` does not ask for it. */
  logFile: string;
  /** Resolves once the started process can be used; rejects with the reason why it never will. */
  ready(child: ChildProcess): Promise<void>;
  /** Told about every unwanted end and every restart, for the console. */
  onEvent?(event: string): void;
}

const BACKOFF_FIRST_MS = 200;
const BACKOFF_LIMIT_MS = 5_000;
/** A process that lived this long starts again with the shortest delay: one that cannot run ends sooner. */
const STABLE_MS = 5_000;
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const LINES_SHOWN = 20;

/**
 * A child process that is kept running: restarted with exponential backoff when it ends by itself, ended with SIGTERM
 * (SIGKILL after 10 s) by `stop`. Its standard input stays open and closes with this process, which tells it to end.
 */
export class ManagedProcess {
  readonly spec: ProcessSpec;
  #child: ChildProcess | undefined;
  #stopping = false;
  #restarts = 0;
  #startedAt = 0;
  #delay = BACKOFF_FIRST_MS;
  #running: Promise<void> = Promise.resolve();

  constructor(spec: ProcessSpec) {
    this.spec = spec;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** How often it was restarted after ending by itself. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Starts it and waits until it is ready. A first start that fails is an error; only later ends are repaired. */
  async start(): Promise<void> {
    await this.#spawn();
    const child = this.#child;
    child?.once('exit', (code, signal) => this.#repair(code, signal));
  }

  /** Resolves when a restart that is under way has finished. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /** Ends the process so that it is started again, as after a crash. */
  kill(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }

  async #spawn(): Promise<void> {
    const { name, command, args, env, cwd, logFile } = this.spec;
    const log = openSync(logFile, 'a');
    const logStart = fstatSync(log).size;
    const said = () => lastLines(logFile, logStart);
    // A process group of its own: Ctrl-C in the terminal reaches this process alone, which then stops all in order.
    const child = spawn(command, args, { env, cwd, stdio: ['pipe', 'pipe', log], detached: true });
    closeSync(log);
    // Writing to the input of a process that just ended is no fault of ours: its exit is what counts.
    child.stdin?.on('error', () => child.stdin?.destroy());
    this.#child = child;
    this.#startedAt = Date.now();
    const failed = new Promise<never>((_, reject) => {
      child.once('error', (error) => reject(new Error(`${name} could not be started: ${error.message}`)));
      child.once('exit', (code, signal) =>
        reject(new Error(`${name} ended with ${signal ?? `code ${code}`} while starting:\n${said()}`)),
      );
    });
    const late = new AbortController();
    const timeout = sleep(START_TIMEOUT_MS, undefined, { signal: late.signal }).then(() => {
      throw new Error(`${name} was not ready after ${START_TIMEOUT_MS / 1000} s:\n${said()}`);
    });
    timeout.catch(() => undefined);
    failed.catch(() => undefined);
    try {
      await Promise.race([this.spec.ready(child), failed, timeout]);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    } finally {
      late.abort();
    }
  }

  #repair(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#stopping) return;
    this.spec.onEvent?.(`${this.spec.name} ended with ${signal ?? `code ${code}`}; starting it again`);
    this.#running = this.#restart();
  }

  async #restart(): Promise<void> {
    if (Date.now() - this.#startedAt > STABLE_MS) this.#delay = BACKOFF_FIRST_MS;
    while (!this.#stopping) {
      await sleep(this.#delay);
      this.#delay = Math.min(this.#delay * 2, BACKOFF_LIMIT_MS);
      if (this.#stopping) return;
      this.#restarts += 1;
      try {
        await this.start();
        this.spec.onEvent?.(`${this.spec.name} is running again`);
        return;
      } catch (error) {
        this.spec.onEvent?.((error as Error).message);
      }
    }
  }
}

/** The end of what a log holds from a byte on, for an error message: room for a message and its stack. */
function lastLines(logFile: string, start: number): string {
  return readFileSync(logFile).subarray(start).toString('utf8').trim().split('\n').slice(-LINES_SHOWN).join('\n');
}
