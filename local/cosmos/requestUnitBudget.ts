/**
 * Provisioned throughput: what a second earns may be spent in that second. An operation is admitted while something
 * is left and may overdraw; what is overdrawn has to be earned back first.
 */
export class RequestUnitBudget {
  readonly unitsPerSecond: number;
  readonly #now: () => number;
  #left: number;
  #filledAt: number;

  constructor(unitsPerSecond: number, now: () => number) {
    this.unitsPerSecond = unitsPerSecond;
    this.#now = now;
    this.#left = unitsPerSecond;
    this.#filledAt = now();
  }

  /** 0 when an operation may run, else milliseconds until one may. */
  wait(): number {
    const now = this.#now();
    const earned = (Math.max(0, now - this.#filledAt) / 1000) * this.unitsPerSecond;
    this.#left = Math.min(this.unitsPerSecond, this.#left + earned);
    this.#filledAt = now;
    return this.#left > 0 ? 0 : Math.ceil(((1 - this.#left) / this.unitsPerSecond) * 1000);
  }

  spend(units: number): void {
    this.#left -= units;
  }
}
