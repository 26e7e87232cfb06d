import { errorDetails, type Log } from '../log.ts';
import type { BlobLock } from '../storage/blobLock.ts';
import type { TriggerListener } from './listener.ts';

/** Wait before a question that the storage did not answer is asked again. */
const RETRY_MS = 1_000;

export interface SingletonOptions {
  /** Makes the listener that runs on one instance alone; another one after the lock was lost. */
  create(): TriggerListener;
  lock: Pick<BlobLock, 'acquire' | 'renew' | 'release'>;
  /** How often an instance without the lock asks for it. */
  pollMs: number;
  /** Life of the lock without renewal. */
  periodMs: number;
  log: Log;
  functionName: string;
}

/**
 * Runs a listener on the one instance of the app that holds its lock. The others ask again from time to time; when the
 * holder stops it gives the lock up, when it dies the lock expires.
 */
export class SingletonListener implements TriggerListener {
  readonly #options: SingletonOptions;
  #inner: TriggerListener | undefined;
  #timer: NodeJS.Timeout | undefined;
  #renewedAt = 0;
  #stopped = false;
  /** One step at a time: taking, renewing, giving up. */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: SingletonOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.#inTurn(() => this.#step());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#inTurn(async () => {
      if (!this.#inner) return;
      await this.#inner.stop();
      this.#inner = undefined;
      await this.#options.lock.release();
    });
  }

  async describe(): Promise<Record<string, unknown>> {
    return { lock: this.#inner ? 'held' : 'not held', ...(await this.#inner?.describe()) };
  }

  /** On demand a function runs on any instance. */
  async fire(): Promise<void> {
    await (this.#inner ?? this.#options.create()).fire?.();
  }

  async #step(): Promise<void> {
    if (this.#stopped) return;
    await (this.#inner ? this.#renew() : this.#take());
  }

  async #take(): Promise<void> {
    const { lock, create, pollMs } = this.#options;
    if (!(await lock.acquire())) return this.#later(pollMs);
    this.#inner = create();
    await this.#inner.start();
    this.#held();
  }

  #held(): void {
    this.#renewedAt = Date.now();
    this.#later(this.#options.periodMs / 2);
  }

  async #renew(): Promise<void> {
    if (await this.#isStillHeld()) return this.#held();
    const { log, functionName } = this.#options;
    log('warning', 'Host.Singleton', `The lock of ${functionName} was lost to another instance`);
    await this.#inner?.stop();
    this.#inner = undefined;
    await this.#take();
  }

  /** While the storage does not answer, nobody else can take a lock that has not expired. */
  async #isStillHeld(): Promise<boolean> {
    try {
      return await this.#options.lock.renew();
    } catch (error) {
      if (Date.now() - this.#renewedAt >= this.#options.periodMs) return false;
      throw error;
    }
  }

  #later(ms: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#inTurn(() => this.#step()).catch((error: unknown) => {
        const { log, functionName } = this.#options;
        log('error', 'Host.Singleton', `The lock of ${functionName} cannot be asked for`, errorDetails(error));
        this.#later(Math.min(ms, RETRY_MS));
      });
    }, ms);
  }

  #inTurn(step: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(step);
    // Whoever asked for the step gets its error; the next one only waits for it to end.
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
