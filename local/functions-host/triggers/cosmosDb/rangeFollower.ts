import { pause } from '../../invocation/pause.ts';
import type { RetriedOutcome } from '../../invocation/retry.ts';
import type { ChangeFeed } from './changeFeed.ts';
import { LeaseLost, type Lease, type LeaseStore } from './leaseStore.ts';

export interface RangeFollowerOptions {
  leaseId: string;
  leases: LeaseStore;
  open(position: string | undefined): ChangeFeed;
  dispatch(documents: unknown[], cutOff: AbortSignal): Promise<RetriedOutcome>;
  pollDelayMs: number;
  acquireMs: number;
  renewMs: number;
  onError(error: unknown): void;
}

/**
 * Follows one range of a change feed while this instance holds its lease. The position moves on after a page whether the
 * function succeeded or not; a page that was cut off, by the end of the host or the loss of the lease, comes again.
 */
export class RangeFollower {
  readonly #options: RangeFollowerOptions;
  readonly #stopped = new AbortController();
  #lease: Lease | undefined;
  #running: Promise<void> = Promise.resolve();
  /** Writes of the lease go one after the other, because each needs the ETag of the one before. */
  #writing: Promise<void> = Promise.resolve();

  constructor(options: RangeFollowerOptions) {
    this.#options = options;
  }

  get position(): string | undefined {
    return this.#lease?.continuationToken;
  }

  get owned(): boolean {
    return this.#lease !== undefined;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Lets the running call end, with the position after it, and gives the lease up. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { leases, leaseId, acquireMs, pollDelayMs, onError } = this.#options;
    while (!this.#stopped.signal.aborted) {
      try {
        this.#lease = await leases.acquire(leaseId);
        if (this.#lease) await this.#follow();
        else await pause(acquireMs, this.#stopped.signal);
      } catch (error) {
        onError(error);
        await pause(pollDelayMs, this.#stopped.signal);
      }
    }
  }

  /** Until the host stops, the lease is lost or reading fails. */
  async #follow(): Promise<void> {
    const lost = new AbortController();
    const cutOff = AbortSignal.any([lost.signal, this.#stopped.signal]);
    const renewing = setInterval(() => {
      this.#save(this.position).catch((error: unknown) => {
        if (error instanceof LeaseLost) lost.abort();
        this.#options.onError(error);
      });
    }, this.#options.renewMs);
    try {
      const feed = this.#options.open(this.position);
      while (!cutOff.aborted) await this.#step(feed, cutOff);
      if (!lost.signal.aborted) await this.#release();
    } finally {
      clearInterval(renewing);
      this.#lease = undefined;
    }
  }

  async #step(feed: ChangeFeed, cutOff: AbortSignal): Promise<void> {
    const { documents, position } = await feed.next();
    if (cutOff.aborted) return;
    if (documents.length > 0 && (await this.#options.dispatch(documents, cutOff)) === 'cut off') return;
    if (position !== this.position) await this.#save(position);
    if (documents.length === 0) await pause(this.#options.pollDelayMs, this.#stopped.signal);
  }

  #save(position: string | undefined): Promise<void> {
    return this.#inTurn(async (lease) => {
      this.#lease = await this.#options.leases.renew({ ...lease, continuationToken: position });
    });
  }

  #release(): Promise<void> {
    return this.#inTurn((lease) => this.#options.leases.release(lease));
  }

  #inTurn(write: (lease: Lease) => Promise<void>): Promise<void> {
    const turn = this.#writing.then(async () => {
      if (this.#lease) await write(this.#lease);
    });
    // Whoever asked for the write gets its error; the next one only waits for it to end.
    this.#writing = turn.catch(() => undefined);
    return turn;
  }
}
