import type { ChangeFeed } from './changeFeed.ts';

export interface FollowOptions<T> {
  feed: ChangeFeed<T>;
  /** Takes the changes in order. Must not throw. */
  apply(documents: readonly T[]): void;
  /** Pause after a page with changes, and the pause that quiet times grow to, ms. */
  activeMs: number;
  idleMs: number;
  /** Told of each failed read; reading goes on. */
  onError(error: unknown): void;
  now?: () => number;
}

const GROWTH = 1.5;
const RETRY_MS = 500;
/** A read that takes longer than this is a store that does not answer. */
const PATIENCE_MS = 3_000;

/** Follows a change feed until it is stopped: quickly while there are changes, slower in quiet times. */
export class FeedFollower<T> {
  /** Resolves with the first successful read: from then on no change is missed. */
  readonly positioned: Promise<void>;
  /** Resolves when the feed has been read to its end for the first time. */
  readonly caughtUp: Promise<void>;
  readonly #options: FollowOptions<T>;
  readonly #now: () => number;
  #resolvePositioned!: () => void;
  #resolveCaughtUp!: () => void;
  #timer: NodeJS.Timeout | undefined;
  #pause: number;
  #stopped = false;
  #readAt: number;

  constructor(options: FollowOptions<T>) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#pause = options.activeMs;
    this.#readAt = this.#now();
    this.positioned = new Promise((resolve) => (this.#resolvePositioned = resolve));
    this.caughtUp = new Promise((resolve) => (this.#resolveCaughtUp = resolve));
    void this.#read();
  }

  /** Milliseconds since the feed was last read with success: the age of what is known. */
  get age(): number {
    return this.#now() - this.#readAt;
  }

  /** Whether the store has not answered for longer than pauses and a slow read explain. */
  get failing(): boolean {
    return this.age > PATIENCE_MS + this.#options.idleMs;
  }

  /** Stops following. A read under way is left to end by itself, its changes are not applied. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #read(): Promise<void> {
    try {
      const documents = await this.#options.feed.read();
      if (this.#stopped) return;
      this.#readAt = this.#now();
      this.#resolvePositioned();
      if (documents.length > 0) {
        this.#options.apply(documents);
        this.#pause = this.#options.activeMs;
      } else {
        this.#resolveCaughtUp();
        this.#pause = Math.min(this.#pause * GROWTH, this.#options.idleMs);
      }
      this.#schedule(this.#pause);
    } catch (error) {
      if (this.#stopped) return;
      this.#options.onError(error);
      this.#schedule(RETRY_MS);
    }
  }

  #schedule(pause: number): void {
    this.#timer = setTimeout(() => void this.#read(), pause);
    this.#timer.unref();
  }
}
