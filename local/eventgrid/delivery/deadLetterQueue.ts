import type { Clock } from '../clock.ts';
import type { Delivery, DeliveryStore } from '../store/deliveries.ts';
import type { GroupCommit } from '../../storage/groupCommit.ts';
import { isContainerMissing, type DeadLetterSink } from './deadLetterSink.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Event Grid waits this long between the last attempt and the dead letter, to write fewer blobs. */
const DELAY_MS = 5 * MINUTE;
/** What falls due within this time goes into one blob. */
const WINDOW_MS = 10 * SECOND;
/** Event Grid gives an unavailable dead-letter destination this long before it drops the event. */
const PATIENCE_MS = 4 * 60 * MINUTE;
const RETRY_MS = 30 * SECOND;
const FAULT_PAUSE_MS = SECOND;
const EVENTS_PER_BLOB = 1000;
const BYTES_PER_BLOB = 4 * 1024 * 1024;

export interface DeadLetterQueueArgs {
  /** The subscription. */
  id: number;
  sink: DeadLetterSink;
  store: DeliveryStore;
  commit: GroupCommit;
  clock: Clock;
  /** Told why a write failed. */
  onFailure(reason: string): void;
}

/**
 * The undeliverable events of one subscription on their way to Blob Storage. They wait on disk: a Blob service that is
 * away gets them later. Times are those of "Event Grid message delivery and retry" (2026-02-09), section "Dead-letter events".
 */
export class DeadLetterQueue {
  readonly #args: DeadLetterQueueArgs;
  #cancelAlarm = () => {};
  #writing: Promise<void> | undefined;
  #stopped = false;

  constructor(args: DeadLetterQueueArgs) {
    this.#args = args;
  }

  /** When an event that is given up now is to be written. */
  dueTime(): number {
    const { clock } = this.#args;
    const window = Math.max(clock.after(0, WINDOW_MS), 1);
    return Math.ceil(clock.after(clock.now(), DELAY_MS) / window) * window;
  }

  /** Writes what is due; call it when the queue has grown. */
  wake(): void {
    if (this.#stopped || this.#writing) return;
    this.#cancelAlarm();
    const { id, store, clock } = this.#args;
    const due = store.dueDeadLetters({
      subscription: id,
      now: clock.now(),
      limit: EVENTS_PER_BLOB,
      bytes: BYTES_PER_BLOB,
    });
    if (due.length === 0) {
      const next = store.nextDeadLetter(id);
      if (next !== undefined) this.#cancelAlarm = clock.at(next, () => this.wake());
      return;
    }
    this.#writing = this.#write(due).then(
      () => this.#goOn(0),
      (error: unknown) => this.#goOn(this.#fault(error)),
    );
  }

  /** Starts nothing more and waits for the write under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelAlarm();
    await this.#writing;
  }

  async #write(due: Delivery[]): Promise<void> {
    const { id, sink, store, commit, clock } = this.#args;
    try {
      await sink.write(due, new Date(clock.now()));
    } catch (error) {
      return this.#failed(due, error);
    }
    await commit.run(() => store.end(id, due, 'dead_lettered'));
  }

  async #failed(due: Delivery[], error: unknown): Promise<void> {
    const { id, store, commit, clock, onFailure } = this.#args;
    onFailure(`dead-letter destination: ${error instanceof Error ? error.message : String(error)}`);
    const now = clock.now();
    const isLost = (delivery: Delivery) =>
      isContainerMissing(error) || clock.after(delivery.deadLetter!.since, DELAY_MS + PATIENCE_MS) <= now;
    const lost = due.filter(isLost);
    const later = due.filter((delivery) => !isLost(delivery));
    await commit.run(() => {
      if (lost.length > 0) store.end(id, lost, 'dropped');
      for (const delivery of later) store.reschedule(delivery, clock.after(now, RETRY_MS));
    });
  }

  /** A fault of our own, such as a full disk: nothing was noted, so the write is made again after a while. */
  #fault(error: unknown): number {
    console.error(error);
    this.#args.onFailure(error instanceof Error ? error.message : String(error));
    return FAULT_PAUSE_MS;
  }

  #goOn(pauseMs: number): void {
    this.#writing = undefined;
    const { clock } = this.#args;
    if (pauseMs === 0) this.wake();
    else if (!this.#stopped) this.#cancelAlarm = clock.at(clock.now() + pauseMs, () => this.wake());
  }
}
