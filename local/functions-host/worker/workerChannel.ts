import { fork, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { FunctionMetadata, InvocationRequest, InvocationResponse } from '../app/coreTypes.ts';
import { HostError } from '../hostError.ts';
import type { LogLevel } from '../app/coreTypes.ts';
import { fromPlainError, type HostMessage, type WorkerLog, type WorkerMessage } from './protocol.ts';

export interface WorkerChannelOptions {
  appDir: string;
  /** The whole environment of the process. */
  env: NodeJS.ProcessEnv;
  onLog(log: WorkerLog): void;
  /** A line that the app wrote to its standard output or error. */
  onConsole(level: LogLevel, line: string): void;
}

/** Grace of the real host between the request to end and the kill. */
const TERMINATE_MS = 5_000;
const ENTRY = fileURLToPath(new URL('./workerMain.ts', import.meta.url));

interface Executing {
  resolve(response: InvocationResponse): void;
  reject(error: Error): void;
}

/** One worker process and the calls that it is executing. */
export class WorkerChannel {
  readonly functions: readonly FunctionMetadata[];
  readonly capabilities: Readonly<Record<string, string>>;
  /** Resolves with what ended the process. */
  readonly exited: Promise<Error>;
  readonly #child: ChildProcess;
  readonly #executing = new Map<string, Executing>();

  private constructor(child: ChildProcess, loaded: WorkerMessage & { kind: 'ready' }, exited: Promise<Error>) {
    this.#child = child;
    this.functions = loaded.functions;
    this.capabilities = loaded.capabilities;
    this.exited = exited;
    child.on('message', (message: WorkerMessage) => this.#receive(message));
    void exited.then((reason) => this.fail(reason));
  }

  /** Starts a process and waits until it has loaded the app. Throws `HostError` when it cannot. */
  static async start({ appDir, env, onLog, onConsole }: WorkerChannelOptions): Promise<WorkerChannel> {
    const child = fork(ENTRY, [appDir], {
      cwd: appDir,
      env,
      execArgv: ['--disable-warning=ExperimentalWarning', ...heapBound()],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    readLines(child.stdout!, (line) => onConsole('information', line));
    readLines(child.stderr!, (line) => onConsole(levelOfErrorLine(line), line));
    const exited = exitOf(child);
    const loaded = await new Promise<WorkerMessage & { kind: 'ready' }>((resolve, reject) => {
      child.on('message', (message: WorkerMessage) => {
        if (message.kind === 'log') onLog(message);
        else if (message.kind === 'ready') resolve(message);
        else if (message.kind === 'refused') reject(new HostError(message.message));
      });
      void exited.then((reason) =>
        reject(new HostError(`The worker ended while it loaded the app: ${reason.message}`)),
      );
    });
    return new WorkerChannel(child, loaded, exited);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  isExecuting(invocationId: string): boolean {
    return this.#executing.has(invocationId);
  }

  invoke(request: InvocationRequest): Promise<InvocationResponse> {
    return new Promise((resolve, reject) => {
      this.#executing.set(request.invocationId, { resolve, reject });
      this.#tell({ kind: 'invoke', request });
    });
  }

  /** Ends every executing call with this error. */
  fail(reason: Error): void {
    const executing = [...this.#executing.values()];
    this.#executing.clear();
    for (const { reject } of executing) reject(reason);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Lets the app run its `appTerminate` hooks, 5 s long, and ends the process. */
  async stop(): Promise<void> {
    this.#tell({ kind: 'terminate' });
    const timer = setTimeout(() => this.kill(), TERMINATE_MS);
    await this.exited;
    clearTimeout(timer);
  }

  /** What cannot be sent any more is answered by the end of the process. */
  #tell(message: HostMessage): void {
    this.#child.send(message, () => undefined);
  }

  #receive(message: WorkerMessage): void {
    if (message.kind !== 'result' && message.kind !== 'failure') return;
    const executing = this.#executing.get(message.invocationId);
    this.#executing.delete(message.invocationId);
    if (message.kind === 'result') executing?.resolve(message.response);
    else executing?.reject(fromPlainError(message.error));
  }
}

/** The bound of the heap that this process was given is meant for the app. */
function heapBound(): string[] {
  return process.execArgv.filter((flag) => flag.startsWith('--max-old-space-size'));
}

function readLines(stream: Readable, take: (line: string) => void): void {
  createInterface({ input: stream }).on('line', take);
}

/** The words by which the real host ranks what a worker writes to its standard error. */
function levelOfErrorLine(line: string): LogLevel {
  if (/warn/i.test(line)) return 'warning';
  return /error|fail|severe/i.test(line) ? 'error' : 'information';
}

/** Messages that were under way are taken before the end counts, so that an answered call has succeeded. */
function exitOf(child: ChildProcess): Promise<Error> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(new Error(`node could not be run: ${error.message}`)));
    child.once('exit', (code, signal) => {
      const end = () => resolve(new Error(exitMessage(code, signal)));
      if (child.connected) child.once('disconnect', end);
      else end();
    });
  });
}

/** As the real host words it; a process that a signal ended has the code 128 + its number there. */
function exitMessage(code: number | null, signal: NodeJS.Signals | null): string {
  const number = code ?? 128 + constants.signals[signal!];
  return `node exited with code ${number} (0x${(number >>> 0).toString(16).toUpperCase()})`;
}
