import type { EventSchema } from '../model.ts';
import type { Delivery } from '../store/deliveries.ts';
import { toBatches, type Batch } from './batches.ts';
import type { DestinationClient } from './destination.ts';
import { Pace } from './pace.ts';
import { Probation } from './probation.ts';
import { retryLimits, type RetryLimits } from './retrySchedule.ts';
import { Settlement, type SettlementArgs } from './settlement.ts';

const FAULT_PAUSE_MS = 1000;
/** Read from disk at a time. */
const READ_AHEAD = { events: 5000, bytes: 16 * 1024 * 1024 };

export interface DispatcherArgs extends SettlementArgs {
  schema: EventSchema;
  destination: DestinationClient;
  /** Requests to the destination under way at once. */
  concurrency: number;
}

/**
 * Delivers the due events of one subscription with bounded concurrency, retries on Event Grid's schedule, and gives up
 * what has run out of attempts or time. State changes are on disk before the next step, so a crash repeats an attempt at
 * most. Sends nothing until it is opened; the time to live passes all the same.
 */
export class Dispatcher {
  readonly #args: DispatcherArgs;
  readonly #limits: RetryLimits;
  readonly #settlement: Settlement;
  readonly #probation: Probation;
  readonly #pace: Pace;
  readonly #inFlight = new Set<number>();
  readonly #running = new Set<Promise<void>>();
  #cancelAlarm = () => {};
  /** Time of the alarm while nothing may be sent: until then a further event changes nothing. */
  #closedUntil = 0;
  #opened = false;
  #stopped = false;
  lastFailure: string | undefined;

  constructor(args: DispatcherArgs) {
    this.#args = args;
    this.#limits = retryLimits(args.subscription.retryPolicy, args.clock);
    this.#settlement = new Settlement(args, this.#limits);
    this.#probation = new Probation(args.clock);
    this.#pace = new Pace(args.clock);
  }

  /** Begins to send, with as many requests per minute as the destination allows. */
  open(requestsPerMinute?: number): void {
    this.#opened = true;
    this.#closedUntil = 0;
    this.#pace.limit(requestsPerMinute);
    this.wake();
  }

  /** Looks for due deliveries; call it after each acceptance. */
  wake(): void {
    const now = this.#args.clock.now();
    if (this.#stopped || now < this.#closedUntil) return;
    this.#cancelAlarm();
    const opensAt = this.#opened ? Math.max(this.#probation.until, this.#pace.next) : Infinity;
    if (opensAt <= now) this.#startDue(now);
    else this.#startExpired(now, opensAt);
  }

  /** Starts nothing more and waits for the attempts under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelAlarm();
    await Promise.all(this.#running);
    await this.#args.destination.close();
  }

  #startDue(now: number): void {
    this.#closedUntil = 0;
    const free = this.#freeRequests();
    const started = this.#start({ now, publishedUntil: Number.MAX_SAFE_INTEGER, free });
    // Else the end of an attempt looks again.
    if (started < free) this.#alarmAt(this.#args.store.nextDue(this.#args.id, now));
    if (started === 0) return;
    this.#pace.sent();
    if (this.#pace.isLimited) this.#alarmAt(this.#pace.next);
  }

  #startExpired(now: number, opensAt: number): void {
    const { id, store, concurrency } = this.#args;
    const { timeToLive } = this.#limits;
    const free = concurrency - this.#running.size;
    const started = this.#start({ now, publishedUntil: now - timeToLive, free });
    // The end of an attempt looks again.
    if (started > 0 || free <= 0) return;
    const next = Math.min(opensAt, store.nextExpiry(id, timeToLive) ?? Infinity);
    if (!Number.isFinite(next)) return;
    this.#alarmAt(next);
    this.#closedUntil = next;
  }

  #freeRequests(): number {
    const { concurrency } = this.#args;
    if (this.#probation.isProbing) return this.#running.size > 0 ? 0 : 1;
    const free = concurrency - this.#running.size;
    return this.#pace.isLimited ? Math.min(free, 1) : free;
  }

  #alarmAt(time: number | undefined): void {
    if (time === undefined) return;
    this.#cancelAlarm();
    this.#cancelAlarm = this.#args.clock.at(time, () => {
      this.#closedUntil = 0;
      this.wake();
    });
  }

  #start(args: { now: number; publishedUntil: number; free: number }): number {
    const { id, store, destination } = this.#args;
    if (args.free <= 0) return 0;
    const limit = Math.min(args.free * destination.maxEvents, READ_AHEAD.events);
    const due = store.due({ ...args, subscription: id, underWay: this.#inFlight, limit, bytes: READ_AHEAD.bytes });
    const batches = toBatches({ ...this.#args, due }).slice(0, args.free);
    for (const batch of batches) this.#startBatch(batch);
    return batches.length;
  }

  #startBatch(batch: Batch): void {
    for (const { delivery } of batch) this.#inFlight.add(delivery.id);
    const attempt = this.#attempt(batch)
      .then(
        () => 0,
        (error: unknown) => this.#fault(error),
      )
      .then((pauseMs) => {
        for (const { delivery } of batch) this.#inFlight.delete(delivery.id);
        this.#running.delete(attempt);
        this.#closedUntil = 0;
        if (pauseMs === 0) this.wake();
        else if (!this.#stopped) this.#alarmAt(this.#args.clock.now() + pauseMs);
      });
    this.#running.add(attempt);
  }

  /** A fault of our own, such as a full disk: nothing was noted, so the attempt is made again after a while. */
  #fault(error: unknown): number {
    this.lastFailure = error instanceof Error ? error.message : String(error);
    console.error(error);
    return FAULT_PAUSE_MS;
  }

  async #attempt(batch: Batch): Promise<void> {
    const oldest = this.#args.clock.now() - this.#limits.timeToLive;
    const isExpired = ({ delivery }: Batch[number]) => delivery.published <= oldest;
    await this.#giveUpExpired(deliveries(batch.filter(isExpired)));
    const live = batch.filter((one) => !isExpired(one));
    if (live.length === 0) return;
    const outcome = await this.#args.destination.send(live.map(({ outgoing }) => outgoing));
    if (outcome.delivered) {
      this.#probation.succeeded();
      return this.#settlement.delivered(deliveries(live));
    }
    this.lastFailure = `${outcome.outcome}: ${outcome.detail}`;
    this.#probation.failed(outcome.outcome, live.length);
    await this.#settlement.failed(deliveries(live), outcome);
  }

  #giveUpExpired(expired: Delivery[]): Promise<void> {
    for (const delivery of expired) {
      if (delivery.attempts === 0 && this.#probation.isProbing) delivery.lastOutcome = 'Probation';
    }
    return this.#settlement.giveUp(expired, 'TimeToLiveExceeded');
  }
}

function deliveries(batch: Batch): Delivery[] {
  return batch.map(({ delivery }) => delivery);
}
