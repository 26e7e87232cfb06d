import type { FunctionMetadata, InvocationRequest, InvocationResponse, LogLevel } from '../app/coreTypes.ts';
import { InvocationCutOff, type Invoker } from '../invocation/invoker.ts';
import type { Log } from '../log.ts';
import type { WorkerLog } from './protocol.ts';
import { WorkerChannel } from './workerChannel.ts';

export interface AppWorkerOptions {
  appDir: string;
  /** Environment of the worker process: the app settings. */
  env: NodeJS.ProcessEnv;
  log: Log;
  /** The worker ended too often: the host has to be started afresh. */
  onFatal(): void;
}

/** So many ends of the worker, each within half an hour of the one before, and the host gives up on it. */
const ERROR_THRESHOLD = 3;
const ERROR_WINDOW_MS = 30 * 60_000;

/**
 * The app in a worker process of its own, as the real host runs it. A worker that ends by itself fails the calls that it
 * was executing and is replaced; calls that come meanwhile wait. After the third end the host is recycled.
 */
export class AppWorker implements Invoker {
  readonly #options: AppWorkerOptions;
  #current: WorkerChannel;
  /** Calls wait here while there is no worker. */
  #ready = Promise.withResolvers<WorkerChannel>();
  #starting: Promise<void> = Promise.resolve();
  #stopping = false;
  #errors = 0;
  #lastError = 0;

  private constructor(options: AppWorkerOptions, channel: WorkerChannel) {
    this.#options = options;
    this.#current = channel;
    this.#use(channel);
  }

  /** Loads the app; throws `HostError` when it cannot be loaded. */
  static async start(options: AppWorkerOptions): Promise<AppWorker> {
    return new AppWorker(options, await startChannel(options));
  }

  get functions(): readonly FunctionMetadata[] {
    return this.#current.functions;
  }

  get capabilities(): Readonly<Record<string, string>> {
    return this.#current.capabilities;
  }

  /** Process id of the present worker. */
  get pid(): number | undefined {
    return this.#current.pid;
  }

  async invoke(request: InvocationRequest): Promise<InvocationResponse> {
    const channel = await this.#ready.promise;
    if (this.#stopping) throw new InvocationCutOff();
    return channel.invoke(request);
  }

  giveUp(invocationId: string, reason: Error): void {
    const channel = this.#current;
    if (this.#stopping || !channel.isExecuting(invocationId)) return;
    const { log } = this.#options;
    log('warning', 'Host.General', `Restarting worker process executing invocationId '${invocationId}'.`);
    channel.fail(reason);
    // Before the kill: this end is wanted and does not count.
    this.#replace();
    channel.kill();
  }

  /** Ends the executing calls as cut off, for a host that cannot wait for them any longer. */
  cutOff(): void {
    this.#stopping = true;
    this.#ready.promise.catch(() => undefined);
    this.#ready.reject(new InvocationCutOff());
    this.#current.fail(new InvocationCutOff());
    this.#current.kill();
  }

  /** Runs the app's `appTerminate` hooks and ends the process. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#starting;
    await this.#current.stop();
  }

  #use(channel: WorkerChannel): void {
    this.#current = channel;
    this.#ready.resolve(channel);
    void channel.exited.then((reason) => {
      if (channel === this.#current && !this.#stopping) this.#recover(reason);
    });
  }

  #recover(reason: Error): void {
    const { log, onFatal } = this.#options;
    log('error', 'Host.General', reason.message);
    const now = Date.now();
    this.#errors = now - this.#lastError > ERROR_WINDOW_MS ? 1 : this.#errors + 1;
    this.#lastError = now;
    if (this.#errors < ERROR_THRESHOLD) return this.#replace();
    const message =
      'Exceeded language worker restart retry count for runtime:node. Shutting down and proactively recycling the ' +
      'Functions Host to recover';
    log('error', 'Host.General', message);
    this.#ready = Promise.withResolvers();
    onFatal();
  }

  #replace(): void {
    this.#ready = Promise.withResolvers();
    this.#starting = startChannel(this.#options).then(
      (channel) => {
        this.#use(channel);
        this.#options.log('information', 'Host.General', 'Worker process started again');
      },
      (error: Error) => {
        if (!this.#stopping) this.#recover(error);
      },
    );
  }
}

function startChannel({ appDir, env, log }: AppWorkerOptions): Promise<WorkerChannel> {
  return WorkerChannel.start({
    appDir,
    env,
    onLog: (entry) => log(entry.level, categoryOf(entry), entry.message, detailsOf(entry)),
    onConsole: (level: LogLevel, line) => log(level, 'Host.Function.Console', line),
  });
}

function categoryOf({ category, source }: WorkerLog): string {
  if (!source) return 'Worker';
  return `Function.${source.functionId}${category === 'user' ? '.User' : ''}`;
}

function detailsOf({ source }: WorkerLog): { invocationId: string } | undefined {
  return source && { invocationId: source.invocationId };
}
