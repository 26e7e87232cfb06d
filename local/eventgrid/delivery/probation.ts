import type { Clock } from '../clock.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/**
 * How long nothing is sent to a destination that keeps failing, by the outcome of the last attempt. Table "Probation" of
 * "Event Grid message delivery and retry" (2026-02-09). Other outcomes put nothing on probation.
 */
const DURATION_MS: Partial<Record<string, number>> = {
  Busy: 10 * SECOND,
  NotFound: 5 * MINUTE,
  SocketError: 30 * SECOND,
  ResolutionError: 5 * MINUTE,
  Disabled: 5 * MINUTE,
  Full: 5 * MINUTE,
  TimedOut: 10 * SECOND,
  Unauthorized: 5 * MINUTE,
  Forbidden: 5 * MINUTE,
};

/** "If the first 10 events published to an endpoint fail": so many failures in a row delay everything else. */
const FAILURES_IN_A_ROW = 10;

/**
 * Delayed delivery: after ten failures in a row a destination gets neither retries nor new events for a while; after that
 * one request at a time shows whether it is there again.
 */
export class Probation {
  readonly #clock: Clock;
  #failures = 0;
  #until = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** When requests may be sent again; in the past when nothing is delayed. */
  get until(): number {
    return this.#until;
  }

  /** True until the first answer after a probation. */
  get isProbing(): boolean {
    return this.#until > 0;
  }

  /** The endpoint has taken a request. */
  succeeded(): void {
    this.#failures = 0;
    this.#until = 0;
  }

  failed(outcome: string, events: number): void {
    const duration = DURATION_MS[outcome];
    // An answer that has to do with the event shows that the endpoint is there.
    if (duration === undefined) return this.succeeded();
    this.#failures += events;
    if (this.#failures >= FAILURES_IN_A_ROW) this.#until = this.#clock.after(this.#clock.now(), duration);
  }
}
