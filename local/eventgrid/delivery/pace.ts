import type { Clock } from '../clock.ts';

const MINUTE_MS = 60_000;

/** Spaces requests so that a destination gets no more of them a minute than it allowed in its handshake. */
export class Pace {
  readonly #clock: Clock;
  #intervalMs = 0;
  #next = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Requests per minute; undefined for as many as there are. */
  limit(requestsPerMinute: number | undefined): void {
    this.#intervalMs = requestsPerMinute === undefined ? 0 : MINUTE_MS / requestsPerMinute;
  }

  get isLimited(): boolean {
    return this.#intervalMs > 0;
  }

  /** When the next request may be sent. */
  get next(): number {
    return this.#next;
  }

  sent(): void {
    this.#next = this.#clock.after(this.#clock.now(), this.#intervalMs);
  }
}
