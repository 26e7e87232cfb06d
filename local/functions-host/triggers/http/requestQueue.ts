import type { HttpOptions } from '../../settings/httpOptions.ts';

/**
 * Bounds the http calls of this host: `maxConcurrentRequests` run, others wait, and of both together there are at most
 * `maxOutstandingRequests`. -1 is no bound.
 */
export class RequestQueue {
  readonly #mostRunning: number;
  readonly #mostOutstanding: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor({
    maxConcurrentRequests,
    maxOutstandingRequests,
  }: Pick<HttpOptions, 'maxConcurrentRequests' | 'maxOutstandingRequests'>) {
    this.#mostRunning = boundOf(maxConcurrentRequests);
    this.#mostOutstanding = boundOf(maxOutstandingRequests);
  }

  /** Runs the call, now or when one before it has ended, and resolves with it; false at once when too many are outstanding. */
  async run(call: () => Promise<void>): Promise<boolean> {
    if (this.#running + this.#waiting.length >= this.#mostOutstanding) return false;
    if (this.#running >= this.#mostRunning) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      await call();
    } finally {
      // The place goes to the next in line, or becomes free.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
    return true;
  }
}

function boundOf(limit: number): number {
  return limit < 0 ? Infinity : limit;
}
