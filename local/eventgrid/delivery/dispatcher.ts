import type { Clock } from '../clock.ts';
import type { EventSchema, SubscriptionDefinition } from '../model.ts';
import type { Delivery, DeliveryStore, Ending } from '../store/deliveries.ts';
import type { GroupCommit } from '../../storage/groupCommit.ts';
import { toBatches, type Batch } from './batches.ts';
import type { DeadLetterQueue } from './deadLetterQueue.ts';
import type { DestinationClient } from './destination.ts';
import type { Failure } from './outcome.ts';
import { Pace } from './pace.ts';
import { Probation } from './probation.ts';
import { retryDelayMs, retryLimits, type RetryLimits } from './retrySchedule.ts';

const FAULT_PAUSE_MS = 1000;
/** Read from disk at a time. */
const READ_AHEAD = { events: 5000, bytes: 16 * 1024 * 1024 };

export interface DispatcherArgs {
  id: number;
  subscription: SubscriptionDefinition;
  schema: EventSchema;
  destination: DestinationClient;
  /** Absent: what cannot be delivered is dropped. */
  deadLetters: DeadLetterQueue | undefined;
  store: DeliveryStore;
  commit: GroupCommit;
  clock: Clock;
  /** In [0, 1), for the random share of waits. */
  random(): number;
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
    const started = this.#start({ now, publishedUntil: now, free });
    // Else the end of an attempt looks again.
    if (started < free) this.#alarmAt(this.#args.store.nextDue(this.#args.id, now));
    if (started > 0 && this.#pace.isLimited) this.#alarmAt(this.#pace.next);
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
    const expired = batch.filter(isExpired);
    if (expired.length > 0) await this.#giveUp(deliveries(expired), 'TimeToLiveExceeded');
    const live = batch.filter((one) => !isExpired(one));
    if (live.length === 0) return;
    this.#pace.sent();
    const outcome = await this.#args.destination.send(live.map(({ outgoing }) => outgoing));
    if (!outcome.delivered) return this.#failed(deliveries(live), outcome);
    this.#probation.succeeded();
    await this.#end(deliveries(live), 'delivered');
  }

  async #failed(batch: Delivery[], failure: Failure): Promise<void> {
    const { clock, random, store, commit } = this.#args;
    const now = clock.now();
    this.lastFailure = `${failure.outcome}: ${failure.detail}`;
    this.#probation.failed(failure.outcome, batch.length);
    for (const delivery of batch) {
      delivery.attempts += 1;
      delivery.lastAttempt = now;
      delivery.lastOutcome = failure.outcome;
    }
    if (failure.deadLetterReason !== undefined) return this.#giveUp(batch, failure.deadLetterReason);
    const isExhausted = ({ attempts }: Delivery) => attempts >= this.#limits.attempts;
    const exhausted = batch.filter(isExhausted);
    if (exhausted.length > 0) await this.#giveUp(exhausted, 'MaxDeliveryAttemptsExceeded');
    const again = batch.filter((delivery) => !isExhausted(delivery));
    const { minimumDelayMs } = failure;
    await commit.run(() => {
      for (const delivery of again) {
        const delay = retryDelayMs({ attempts: delivery.attempts, minimumDelayMs, random: random() });
        store.reschedule(delivery, clock.after(now, delay));
      }
    });
  }

  async #giveUp(batch: Delivery[], reason: string): Promise<void> {
    const { deadLetters, store, commit, clock } = this.#args;
    if (!deadLetters) return this.#end(batch, 'dropped');
    const due = deadLetters.dueTime();
    await commit.run(() => {
      for (const delivery of batch) {
        delivery.deadLetter = { reason, since: clock.now() };
        if (delivery.attempts === 0 && this.#probation.isProbing) delivery.lastOutcome = 'Probation';
        store.reschedule(delivery, due);
      }
    });
    deadLetters.wake();
  }

  #end(batch: Delivery[], ending: Ending): Promise<void> {
    const { id, store, commit } = this.#args;
    return commit.run(() => store.end(id, batch, ending));
  }
}

function deliveries(batch: Batch): Delivery[] {
  return batch.map(({ delivery }) => delivery);
}
