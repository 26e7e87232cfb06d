import { ForwardDecay, type DecayState } from './forwardDecay.ts';
import { TopSelection } from './topSelection.ts';

const DAY_MS = 86_400_000;

/** JSON form of `TransitionTable`: stored values, not values at some time, so that nothing is lost by a round trip. */
export interface TransitionTableState {
  decay: DecayState;
  rows: [from: string, to: [item: string, stored: number][]][];
}

/**
 * What the arrival of `next` teaches: each of the last `window` items of `previous` (oldest first) leads to it with
 * weight 1/gap, where the item directly before has gap 1. An item does not lead to itself.
 */
export function transitionsInto(
  previous: readonly string[],
  next: string,
  window: number,
): [from: string, weight: number][] {
  const transitions: [string, number][] = [];
  for (let gap = 1; gap <= window && gap <= previous.length; gap++) {
    const from = previous[previous.length - gap]!;
    if (from !== next) transitions.push([from, 1 / gap]);
  }
  return transitions;
}

/**
 * How often one item followed another, halving every half-life of event time. The result does not depend on the order
 * in which transitions are added or tables are merged. Event times in the future must be clamped by the caller, as for
 * `DecayedCounts`.
 */
export class TransitionTable {
  readonly #decay: ForwardDecay;
  readonly #rows = new Map<string, Map<string, number>>();

  /** Half-life in days. */
  constructor(halfLifeDays: number, decay = new ForwardDecay(halfLifeDays * DAY_MS)) {
    this.#decay = decay;
  }

  /** Items that something followed. */
  get size(): number {
    return this.#rows.size;
  }

  /** Latest event time added, ms; `-Infinity` before the first. */
  get latest(): number {
    return this.#decay.latest;
  }

  /** Adds `weight` for an event at `time` (ms since 1970). O(1) except when the landmark moves. */
  add(from: string, to: string, weight: number, time: number): void {
    this.#scale(this.#decay.observe(time));
    addTo(this.#row(from), to, weight * this.#decay.stored(time));
  }

  /** Adds every transition of `other`; throws a RangeError when its half-life differs. */
  merge(other: TransitionTable): void {
    const { own, others } = this.#decay.align(other.#decay);
    this.#scale(own);
    for (const [from, targets] of other.#rows) {
      const row = this.#row(from);
      for (const [to, stored] of targets) addTo(row, to, stored * others);
    }
  }

  /** Everything that followed `from`, in no particular order, with weights as of the latest event of the table. */
  *row(from: string): Generator<[item: string, weight: number]> {
    for (const [to, stored] of this.#rows.get(from) ?? []) yield [to, this.#decay.worth(stored, this.latest)];
  }

  /** What followed `from` most, with weights as of the latest event of the table; best first, ties by id. */
  neighbours(from: string, limit: number): [item: string, weight: number][] {
    const best = new TopSelection<string>(limit);
    for (const [to, weight] of this.row(from)) best.offer(to, weight);
    return best.pairs();
  }

  /** Keeps the `perItem` strongest targets of each item and drops those that have decayed to nothing. */
  prune(perItem: number): void {
    for (const [from, targets] of this.#rows) {
      const best = new TopSelection<string>(perItem);
      for (const [to, stored] of targets) if (stored > 0) best.offer(to, stored);
      if (best.ids.length === 0) this.#rows.delete(from);
      else if (best.ids.length < targets.size) this.#rows.set(from, new Map(best.pairs()));
    }
  }

  toJSON(): TransitionTableState {
    return { decay: this.#decay.toJSON(), rows: Array.from(this.#rows, ([from, targets]) => [from, [...targets]]) };
  }

  static fromJSON(state: TransitionTableState): TransitionTable {
    const table = new TransitionTable(state.decay.halfLifeMs / DAY_MS, ForwardDecay.fromJSON(state.decay));
    for (const [from, targets] of state.rows) table.#rows.set(from, new Map(targets));
    return table;
  }

  #row(from: string): Map<string, number> {
    let row = this.#rows.get(from);
    if (!row) this.#rows.set(from, (row = new Map()));
    return row;
  }

  #scale(factor: number): void {
    if (factor === 1) return;
    for (const targets of this.#rows.values()) {
      for (const [to, stored] of targets) targets.set(to, stored * factor);
    }
  }
}

function addTo(row: Map<string, number>, to: string, stored: number): void {
  row.set(to, (row.get(to) ?? 0) + stored);
}
