import { AmqpError, Condition } from './amqp/conditions.ts';

/** What one throughput unit of the tiers Basic and Standard allows per second, whichever comes first. */
const INGRESS = { bytes: 1024 * 1024, events: 1_000 };
const EGRESS = { bytes: 2 * 1024 * 1024, events: 4_096 };

export interface ThroughputSettings {
  units: number;
  /** Ceiling of auto-inflate; without it, or when it is not above `units`, the number of units is fixed. */
  maximumUnits?: number;
}

/** What may pass per second: up to one second's worth at once, and a larger request at the cost of those after it. */
class Allowance {
  #perSecond: number;
  #balance: number;
  #at: number;

  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#balance = perSecond;
    this.#at = now;
  }

  raise(perSecond: number): void {
    this.#balance += perSecond - this.#perSecond;
    this.#perSecond = perSecond;
  }

  /** Milliseconds until something may pass. */
  waitMs(now: number): number {
    this.#balance = Math.min(this.#perSecond, this.#balance + ((now - this.#at) * this.#perSecond) / 1_000);
    this.#at = now;
    return this.#balance > 0 ? 0 : Math.ceil(((1 - this.#balance) * 1_000) / this.#perSecond);
  }

  take(amount: number): void {
    this.#balance -= amount;
  }
}

/**
 * The capacity that a namespace was declared with. What is sent beyond it is refused as `com.microsoft:server-busy`;
 * what is received is delayed, without an error, as Azure does it.
 */
export class ThroughputUnits {
  readonly #now: () => number;
  readonly #maximum: number;
  readonly #ingress: { bytes: Allowance; events: Allowance };
  readonly #egress: { bytes: Allowance; events: Allowance };
  #units: number;
  #inflatedAt: number;

  /** `now` in milliseconds, any origin. */
  constructor({ units, maximumUnits = units }: ThroughputSettings, now: () => number = () => performance.now()) {
    this.#now = now;
    this.#units = units;
    this.#maximum = Math.max(units, maximumUnits);
    this.#inflatedAt = now();
    const allowances = (rates: typeof INGRESS) => ({
      bytes: new Allowance(rates.bytes * units, now()),
      events: new Allowance(rates.events * units, now()),
    });
    this.#ingress = allowances(INGRESS);
    this.#egress = allowances(EGRESS);
  }

  /** Grows by auto-inflate. */
  get units(): number {
    return this.#units;
  }

  /** Lets a send pass. @throws {AmqpError} `com.microsoft:server-busy` */
  admit(bytes: number, events: number): void {
    const wait = this.#ingressWaitMs();
    if (wait > 0 && !this.#inflate()) {
      const seconds = Math.max(1, Math.ceil(wait / 1_000));
      const what = `The request was terminated because the namespace is being throttled. Error code : 50002.`;
      throw new AmqpError(Condition.serverBusy, `${what} Please wait ${seconds} seconds and try again.`);
    }
    this.#ingress.bytes.take(bytes);
    this.#ingress.events.take(events);
  }

  /** Milliseconds until the next event may be delivered. */
  egressWaitMs(): number {
    const now = this.#now();
    return Math.max(this.#egress.bytes.waitMs(now), this.#egress.events.waitMs(now));
  }

  /** Counts a delivered event. */
  delivered(bytes: number): void {
    this.#egress.bytes.take(bytes);
    this.#egress.events.take(1);
  }

  #ingressWaitMs(): number {
    const now = this.#now();
    return Math.max(this.#ingress.bytes.waitMs(now), this.#ingress.events.waitMs(now));
  }

  /** Adds a unit where auto-inflate allows it, at most one a second; whether that makes room at once. */
  #inflate(): boolean {
    const now = this.#now();
    if (this.#units >= this.#maximum || now - this.#inflatedAt < 1_000) return false;
    this.#inflatedAt = now;
    this.#units += 1;
    for (const [allowances, rates] of [
      [this.#ingress, INGRESS],
      [this.#egress, EGRESS],
    ] as const) {
      allowances.bytes.raise(rates.bytes * this.#units);
      allowances.events.raise(rates.events * this.#units);
    }
    return this.#ingressWaitMs() === 0;
  }
}
