import { ForwardDecay, type DecayState } from './forwardDecay.ts';
import { TopSelection } from './topSelection.ts';

/** JSON form of `DecayedCounts`: stored values, not values at some time, so that nothing is lost by a round trip. */
export interface DecayedCountsState {
  decay: DecayState;
  counts: [item: string, stored: number][];
}

/**
 * Weighted counts per item that halve every half-life of event time. The result does not depend on the order in which
 * events are added or tables are merged. A caller clamps event times to the present: one event far in the future
 * would make everything before it worthless.
 */
export class DecayedCounts {
  readonly #decay: ForwardDecay;
  readonly #stored = new Map<string, number>();

  constructor(halfLifeMs: number, decay = new ForwardDecay(halfLifeMs)) {
    this.#decay = decay;
  }

  /** Number of items with a count. */
  get size(): number {
    return this.#stored.size;
  }

  /** Latest event time added, ms; `-Infinity` before the first. */
  get latest(): number {
    return this.#decay.latest;
  }

  /** Adds `weight` for an event at `time` (ms since 1970). O(1) except when the landmark moves. */
  add(item: string, weight: number, time: number): void {
    this.#scale(this.#decay.observe(time));
    this.#stored.set(item, (this.#stored.get(item) ?? 0) + weight * this.#decay.stored(time));
  }

  /** Adds everything that `other` has counted; throws a RangeError when its half-life differs. */
  merge(other: DecayedCounts): void {
    const { own, others } = this.#decay.align(other.#decay);
    this.#scale(own);
    for (const [item, stored] of other.#stored) {
      this.#stored.set(item, (this.#stored.get(item) ?? 0) + stored * others);
    }
  }

  /** Count of an item as of `now` (ms); 0 for an unknown one. */
  value(item: string, now: number): number {
    return this.#decay.worth(this.#stored.get(item) ?? 0, now);
  }

  /** The `limit` items with the highest positive counts as of the latest event, ties by id; `accept` filters. */
  top(limit: number, accept?: (item: string) => boolean): [item: string, value: number][] {
    const best = new TopSelection<string>(limit);
    for (const [item, stored] of this.#stored) {
      if (stored > 0 && (!accept || accept(item))) best.offer(item, stored);
    }
    return best.pairs().map(([item, stored]) => [item, this.#decay.worth(stored, this.latest)]);
  }

  toJSON(): DecayedCountsState {
    return { decay: this.#decay.toJSON(), counts: [...this.#stored] };
  }

  static fromJSON(state: DecayedCountsState): DecayedCounts {
    const counts = new DecayedCounts(state.decay.halfLifeMs, ForwardDecay.fromJSON(state.decay));
    for (const [item, stored] of state.counts) counts.#stored.set(item, stored);
    return counts;
  }

  #scale(factor: number): void {
    if (factor === 1) return;
    for (const [item, stored] of this.#stored) this.#stored.set(item, stored * factor);
  }
}
