import { tooManyRequests } from './errors.ts';
import type { Container } from './store/container.ts';

/** Refusals to come, for drills: the next requests for items are answered with 429. */
export interface ThrottleFault {
  /** How many requests. */
  count: number;
  retryAfterMs: number;
  /** Only for this container; else for any. */
  database?: string;
  container?: string;
}

export class Faults {
  #throttles: ThrottleFault[] = [];

  add(fault: ThrottleFault): void {
    this.#throttles.push({ ...fault });
  }

  /** Refuses a request for items of a container if a drill says so. */
  strike(container: Container): void {
    if (this.#throttles.length === 0) return;
    const fault = this.#throttles.find(
      ({ database, container: id }) =>
        (database === undefined || database === container.identity.databaseId) &&
        (id === undefined || id === container.id),
    );
    if (!fault) return;
    fault.count -= 1;
    if (fault.count <= 0) this.#throttles = this.#throttles.filter((other) => other !== fault);
    throw tooManyRequests(fault.retryAfterMs);
  }
}
