import type { Recurrence } from '../project/definition.ts';
import type { RunStore } from '../store/runStore.ts';
import { nextOccurrence, timeOf } from './occurrences.ts';

const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Fires a recurrence. As on Azure one without `startTime` fires when it is first seen, then by its interval from the last
 * time. What falls into a time when the runner does not run is not made up for.
 */
export class RecurrenceTimer {
  readonly #workflow: string;
  readonly #recurrence: Recurrence;
  readonly #store: RunStore;
  readonly #fire: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #next: number | undefined;

  constructor(args: { workflow: string; recurrence: Recurrence; store: RunStore; fire: () => Promise<void> }) {
    this.#workflow = args.workflow;
    this.#recurrence = args.recurrence;
    this.#store = args.store;
    this.#fire = args.fire;
  }

  /** When it fires next, ISO 8601; nothing when it has ended. */
  async describe(): Promise<{ next?: string }> {
    return this.#next === undefined ? {} : { next: new Date(this.#next).toISOString() };
  }

  start(): void {
    const now = Date.now();
    const last = this.#store.lastRecurrence(this.#workflow);
    const { startTime } = this.#recurrence;
    const firstTime = startTime === undefined && last === undefined;
    this.#next = firstTime ? now : this.#after(now, last === undefined ? now : Date.parse(last));
    this.#arm();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
  }

  #after(now: number, last: number): number | undefined {
    const { startTime } = this.#recurrence;
    return nextOccurrence(this.#recurrence, {
      after: now,
      anchor: startTime === undefined ? last : timeOf(startTime, this.#recurrence),
    });
  }

  #arm(): void {
    if (this.#next === undefined) return;
    const wait = Math.min(Math.max(this.#next - Date.now(), 0), MAX_TIMER_MS);
    this.#timer = setTimeout(() => this.#wake(), wait).unref();
  }

  #wake(): void {
    const due = this.#next!;
    if (due > Date.now()) return this.#arm();
    this.#next = this.#after(Math.max(due, Date.now()), due);
    this.#store
      .saveRecurrence(this.#workflow, new Date(due).toISOString())
      .then(this.#fire)
      .catch((error: unknown) => console.error(error));
    this.#arm();
  }
}
