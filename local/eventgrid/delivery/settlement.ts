import type { Clock } from '../clock.ts';
import type { SubscriptionDefinition } from '../model.ts';
import type { Delivery, DeliveryStore, Ending } from '../store/deliveries.ts';
import type { GroupCommit } from '../../storage/groupCommit.ts';
import type { DeadLetterQueue } from './deadLetterQueue.ts';
import type { Disorder } from './disorder.ts';
import type { Failure } from './outcome.ts';
import { retryDelayMs, type RetryLimits } from './retrySchedule.ts';

/** Last outcome of an event that was delivered and comes once more; see `Disorder`. */
const ANSWER_LOST = 'Delivered';

export interface SettlementArgs {
  id: number;
  subscription: SubscriptionDefinition;
  /** Absent: what cannot be delivered is dropped. */
  deadLetters: DeadLetterQueue | undefined;
  store: DeliveryStore;
  commit: GroupCommit;
  clock: Clock;
  /** In [0, 1), for the random share of waits. */
  random(): number;
  disorder: Disorder;
}

/** What becomes of the deliveries of one subscription after an attempt. Each result is on disk when its promise resolves. */
export class Settlement {
  readonly #args: SettlementArgs;
  readonly #limits: RetryLimits;

  constructor(args: SettlementArgs, limits: RetryLimits) {
    this.#args = args;
    this.#limits = limits;
  }

  /** Ends deliveries, except those that are to come twice: of these the answer counts as lost. */
  async delivered(batch: Delivery[]): Promise<void> {
    const { id, subscription, store, commit, clock, disorder } = this.#args;
    const again = new Map<Delivery, number>();
    for (const delivery of batch) {
      if (isDuplicate(delivery)) continue;
      const due = disorder.duplicateAt(subscription.name, String(delivery.event.body.id));
      if (due !== undefined) again.set(delivery, due);
    }
    await commit.run(() => {
      for (const [delivery, due] of again) {
        const attempts = delivery.attempts + 1;
        store.reschedule({ ...delivery, attempts, lastAttempt: clock.now(), lastOutcome: ANSWER_LOST }, due);
      }
      const ended = batch.filter((delivery) => !again.has(delivery));
      if (ended.length > 0) store.end(id, ended, 'delivered');
    });
  }

  /** Notes a failed attempt: another one follows, or the deliveries are given up. */
  async failed(all: Delivery[], failure: Failure): Promise<void> {
    const { clock, random, store, commit } = this.#args;
    const now = clock.now();
    const batch = await this.#withoutDuplicates(all);
    for (const delivery of batch) {
      delivery.attempts += 1;
      delivery.lastAttempt = now;
      delivery.lastOutcome = failure.outcome;
    }
    if (failure.deadLetterReason !== undefined) return this.giveUp(batch, failure.deadLetterReason);
    const isExhausted = ({ attempts }: Delivery) => attempts >= this.#limits.attempts;
    await this.giveUp(batch.filter(isExhausted), 'MaxDeliveryAttemptsExceeded');
    const again = batch.filter((delivery) => !isExhausted(delivery));
    const { minimumDelayMs } = failure;
    await commit.run(() => {
      for (const delivery of again) {
        const delay = retryDelayMs({ attempts: delivery.attempts, minimumDelayMs, random: random() });
        store.reschedule(delivery, clock.after(now, delay));
      }
    });
  }

  /** Dead-letters deliveries or, without a destination for that, drops them. */
  async giveUp(all: Delivery[], reason: string): Promise<void> {
    const { deadLetters, store, commit, clock } = this.#args;
    const batch = await this.#withoutDuplicates(all);
    if (batch.length === 0) return;
    if (!deadLetters) return this.#end(batch, 'dropped');
    const due = deadLetters.dueTime();
    await commit.run(() => {
      for (const delivery of batch) {
        delivery.deadLetter = { reason, since: clock.now() };
        store.reschedule(delivery, due);
      }
    });
    deadLetters.wake();
  }

  /** Ends deliveries that arrived before: their duplicate may get lost. The others are given back. */
  async #withoutDuplicates(batch: Delivery[]): Promise<Delivery[]> {
    const duplicates = batch.filter(isDuplicate);
    if (duplicates.length > 0) await this.#end(duplicates, 'delivered');
    return batch.filter((delivery) => !isDuplicate(delivery));
  }

  #end(batch: Delivery[], ending: Ending): Promise<void> {
    const { id, store, commit } = this.#args;
    return commit.run(() => store.end(id, batch, ending));
  }
}

function isDuplicate({ lastOutcome }: Delivery): boolean {
  return lastOutcome === ANSWER_LOST;
}
