import type { ProducerStamp } from './record.ts';

/** As many producers are remembered per partition; beyond it the one that has been silent longest is forgotten. */
const MAX_PRODUCERS = 1_000;

/** What a partition knows of an idempotent producer: its epoch and the last sequence number that it stored. */
export interface ProducerState {
  epoch: number;
  sequence: number;
}

/** The idempotent producers of one partition, rebuilt from its records when the log is opened. */
export class ProducerStates {
  readonly #states = new Map<number, ProducerState>();

  get(id: number): ProducerState | undefined {
    return this.#states.get(id);
  }

  set(id: number, state: ProducerState): void {
    this.#states.delete(id);
    this.#states.set(id, state);
    if (this.#states.size > MAX_PRODUCERS) this.#states.delete(this.#states.keys().next().value ?? id);
  }

  record({ id, epoch, sequence }: ProducerStamp): void {
    this.set(id, { epoch, sequence });
  }

  toJSON(): [number, number, number][] {
    return [...this.#states].map(([id, { epoch, sequence }]) => [id, epoch, sequence]);
  }

  load(entries: readonly [number, number, number][]): void {
    for (const [id, epoch, sequence] of entries) this.set(id, { epoch, sequence });
  }
}
