import { setTimeout as sleep } from 'node:timers/promises';

export interface BufferOptions<T> {
  /** Sends some entries; rejects when they could not be sent. */
  send(entries: T[]): Promise<void>;
  /** Entries that may wait; what comes on top is dropped. */
  capacity: number;
  /** Most entries in one call of `send`. */
  batch: number;
  /** How long entries may wait for company, ms. */
  lingerMs: number;
  /** Times that a batch is sent before it is dropped, and the pause before the second, doubled each time, ms. */
  attempts: number;
  retryMs: number;
  /** Told how many entries were dropped, and why: the error of the last attempt, or nothing for a full buffer. */
  onDropped(count: number, error?: unknown): void;
}

/**
 * Sends entries in batches behind the back of the requests that cause them: adding never waits and never fails. Memory
 * is bounded; what cannot be kept or sent is dropped and reported.
 */
export class BackgroundBuffer<T> {
  readonly #options: BufferOptions<T>;
  #entries: T[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;

  constructor(options: BufferOptions<T>) {
    this.#options = options;
  }

  add(entry: T): void {
    const { capacity, batch, lingerMs, onDropped } = this.#options;
    if (this.#entries.length >= capacity) {
      onDropped(1);
      return;
    }
    this.#entries.push(entry);
    if (this.#entries.length >= batch) this.#start();
    else this.#timer ??= setTimeout(() => this.#start(), lingerMs);
  }

  /** Sends everything that waits; resolves when nothing does. */
  async flush(): Promise<void> {
    while (this.#entries.length > 0 || this.#sending) {
      this.#start();
      await this.#sending;
    }
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= this.#send().finally(() => (this.#sending = undefined));
  }

  /** Sends one batch, and more as long as they are full; a rest waits for company again. */
  async #send(): Promise<void> {
    const { batch, lingerMs } = this.#options;
    do {
      const sending = this.#entries.slice(0, batch);
      this.#entries = this.#entries.slice(batch);
      await this.#sendWithRetries(sending);
    } while (this.#entries.length >= batch);
    if (this.#entries.length > 0) this.#timer ??= setTimeout(() => this.#start(), lingerMs);
  }

  async #sendWithRetries(entries: T[]): Promise<void> {
    const { send, attempts, retryMs, onDropped } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await send(entries);
      } catch (error) {
        if (attempt >= attempts) return onDropped(entries.length, error);
        await sleep(retryMs * 2 ** (attempt - 1));
      }
    }
  }
}
