/**
 * Request units. Cosmos DB does not publish its formula; these follow its published examples (1 KB read: 1 RU,
 * 1 KB write with the default index: about 5 RU) and are for shape, never for capacity planning.
 */

const KILOBYTE = 1024;

export function readCharge(bytes: number): number {
  return Math.max(1, round(bytes / KILOBYTE));
}

/** A replaced document is taken out of the index and put in again. */
export function writeCharge(bytes: number, replaces: boolean): number {
  const insert = 5 + 0.5 * Math.max(0, bytes / KILOBYTE - 1);
  return round(replaces ? insert * 1.9 : insert);
}

export function queryCharge(scannedBytes: number, returnedBytes: number): number {
  return round(2.28 + (0.05 * scannedBytes) / KILOBYTE + (0.3 * returnedBytes) / KILOBYTE);
}

export function feedCharge(returnedBytes: number): number {
  return Math.max(1, round((0.5 * returnedBytes) / KILOBYTE));
}

function round(units: number): number {
  return Math.round(units * 100) / 100;
}

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
