import type { EventSchema, SubscriptionDefinition } from '../model.ts';
import type { Delivery, DeliveryStore, Ending } from '../store/deliveries.ts';
import type { GroupCommit } from '../../storage/groupCommit.ts';
import { toBatches, type Batch } from './batches.ts';
import type { DeadLetterSink } from './deadLetter.ts';
import type { DestinationClient } from './destination.ts';
import type { Failure } from './outcome.ts';
import { RETRY_DEFAULTS, retryDelayMs } from './retrySchedule.ts';

const MINUTE = 60_000;
const MAX_TIMER_MS = 2 ** 31 - 1;
/** Event Grid gives an unavailable dead-letter destination this long before it drops the event. */
const DEAD_LETTER_PATIENCE_MS = 4 * 60 * MINUTE;
const DEAD_LETTER_RETRY_MS = 30_000;
const FAULT_PAUSE_MS = 1000;
/** Deliveries read from disk at a time. */
const READ_AHEAD = 1000;

export interface DispatcherArgs {
  id: number;
  subscription: SubscriptionDefinition;
  schema: EventSchema;
  destination: DestinationClient;
  deadLetterSink: DeadLetterSink | undefined;
  store: DeliveryStore;
  commit: GroupCommit;
  /** Requests to the destination under way at once. */
  concurrency: number;
  /** Factor on every wait and on the time to live; 1 is Azure's time. */
  timeScale: number;
}

/**
 * Delivers the due events of one subscription with bounded concurrency, retries on Event Grid's schedule, and
 * dead-letters or drops what has run out of attempts or time. State changes are on disk before the next step, so a
 * crash repeats an attempt at most.
 */
export class Dispatcher {
  readonly #args: DispatcherArgs;
  readonly #inFlight = new Set<number>();
  readonly #running = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  lastFailure: string | undefined;

  constructor(args: DispatcherArgs) {
    this.#args = args;
  }

  /** Looks for due deliveries; call it after each acceptance. */
  wake(): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    const { id, store, concurrency, destination } = this.#args;
    const free = concurrency - this.#running.size;
    if (free <= 0) return;
    const now = Date.now();
    const limit = Math.min(free * destination.maxEvents, READ_AHEAD);
    const due = store.due({ subscription: id, now, limit, underWay: this.#inFlight });
    const batches = toBatches({ ...this.#args, due }).slice(0, free);
    for (const batch of batches) this.#start(batch);
    if (batches.length < free) this.#sleepUntil(store.nextDue(id, now));
  }

  /** Starts nothing more and waits for the attempts under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await Promise.all(this.#running);
    await this.#args.destination.close();
  }

  #sleepUntil(time: number | undefined): void {
    clearTimeout(this.#timer);
    if (time === undefined) return;
    const wait = Math.min(Math.max(time - Date.now(), 1), MAX_TIMER_MS);
    this.#timer = setTimeout(() => this.wake(), wait).unref();
  }

  #start(batch: Batch): void {
    for (const { delivery } of batch) this.#inFlight.add(delivery.id);
    const attempt = this.#attempt(batch)
      .then(
        () => 0,
        (error: unknown) => this.#fault(error),
      )
      .then((pauseMs) => {
        for (const { delivery } of batch) this.#inFlight.delete(delivery.id);
        this.#running.delete(attempt);
        if (pauseMs === 0) this.wake();
        else this.#sleepUntil(Date.now() + pauseMs);
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
    const now = Date.now();
    if (batch[0]!.delivery.deadLetter) return this.#deadLetter(batch);
    const expired = batch.filter(({ delivery }) => this.#expiry(delivery) <= now);
    if (expired.length > 0) await this.#giveUp(expired, 'TimeToLiveExceeded');
    const live = batch.filter(({ delivery }) => this.#expiry(delivery) > now);
    if (live.length === 0) return;
    const outcome = await this.#args.destination.send(live.map(({ outgoing }) => outgoing));
    if (outcome.delivered) return this.#end(live, 'delivered');
    await this.#failed(live, outcome);
  }

  #expiry(delivery: Delivery): number {
    const minutes =
      this.#args.subscription.retryPolicy?.eventTimeToLiveInMinutes ?? RETRY_DEFAULTS.eventTimeToLiveInMinutes;
    return delivery.published + minutes * MINUTE * this.#args.timeScale;
  }

  async #failed(batch: Batch, failure: Failure): Promise<void> {
    this.lastFailure = `${failure.outcome}: ${failure.detail}`;
    const now = Date.now();
    for (const { delivery } of batch) {
      delivery.attempts += 1;
      delivery.lastAttempt = now;
      delivery.lastOutcome = failure.outcome;
    }
    if (failure.deadLetterReason !== undefined) return this.#giveUp(batch, failure.deadLetterReason);
    const most = this.#args.subscription.retryPolicy?.maxDeliveryAttempts ?? RETRY_DEFAULTS.maxDeliveryAttempts;
    const exhausted = batch.filter(({ delivery }) => delivery.attempts >= most);
    if (exhausted.length > 0) await this.#giveUp(exhausted, 'MaxDeliveryAttemptsExceeded');
    const again = batch.filter(({ delivery }) => delivery.attempts < most);
    await this.#reschedule(again, (delivery) =>
      retryDelayMs({
        attempts: delivery.attempts,
        minimumDelayMs: failure.minimumDelayMs,
        random: Math.random(),
      }),
    );
  }

  async #giveUp(batch: Batch, reason: string): Promise<void> {
    if (!this.#args.deadLetterSink) return this.#end(batch, 'dropped');
    for (const { delivery } of batch) delivery.deadLetter = { reason, since: Date.now() };
    await this.#deadLetter(batch);
  }

  async #deadLetter(batch: Batch): Promise<void> {
    try {
      if (!this.#args.deadLetterSink) return await this.#end(batch, 'dropped');
      await this.#args.deadLetterSink.write(batch);
    } catch (error) {
      this.lastFailure = `dead-letter destination: ${error instanceof Error ? error.message : String(error)}`;
      const limit = Date.now() - DEAD_LETTER_PATIENCE_MS * this.#args.timeScale;
      const lost = batch.filter(({ delivery }) => delivery.deadLetter!.since <= limit);
      if (lost.length > 0) await this.#end(lost, 'dropped');
      const again = batch.filter(({ delivery }) => delivery.deadLetter!.since > limit);
      return this.#reschedule(again, () => DEAD_LETTER_RETRY_MS);
    }
    await this.#end(batch, 'dead_lettered');
  }

  #end(batch: Batch, ending: Ending): Promise<void> {
    const { id, store, commit } = this.#args;
    return commit.run(() =>
      store.end(
        id,
        batch.map(({ delivery }) => delivery),
        ending,
      ),
    );
  }

  #reschedule(batch: Batch, delayMs: (delivery: Delivery) => number): Promise<void> {
    const { store, commit, timeScale } = this.#args;
    return commit.run(() => {
      for (const { delivery } of batch)
        store.reschedule(delivery, Math.round(Date.now() + delayMs(delivery) * timeScale));
    });
  }
}
