import type { EncodedHistory } from './encodedHistory.ts';
import type { NeighbourTable } from './recommenderGraph.ts';

/** A history item and its share, 0 to 1, of what the whole history added to a score. */
export interface Contribution {
  index: number;
  share: number;
}

/** History items named per recommended item. */
const MOST_REASONS = 3;

/** Items explained in one pass; more are explained in several. The marks of a pass fit into a byte. */
const PASS = 255;

/**
 * Finds which history items a score comes from. The model is additive, so the shares are exact. Reads each neighbour
 * row of the history once for all recommended items, and only numbers that fit into the processor's caches besides.
 * Not reentrant: it keeps its scratch memory between calls.
 */
export class Explainer {
  readonly #neighbours: NeighbourTable;
  /** Place + 1 of an item in the pass; all zero between passes. */
  readonly #placeOf: Uint8Array;
  /** What each history entry added to each item: [place × history length]. */
  #parts = new Float64Array(0);

  constructor(neighbours: NeighbourTable) {
    this.#neighbours = neighbours;
    this.#placeOf = new Uint8Array(neighbours.items);
  }

  /** Contributions of a history's entries to each of `items`, largest first. */
  explain(history: EncodedHistory, items: readonly number[]): Contribution[][] {
    const reasons: Contribution[][] = [];
    for (let first = 0; first < items.length; first += PASS) {
      const last = Math.min(first + PASS, items.length);
      this.#collect(history, items, first, last);
      for (let place = 0; place < last - first; place++) reasons.push(this.#strongest(history, place));
    }
    return reasons;
  }

  #collect(history: EncodedHistory, items: readonly number[], first: number, last: number): void {
    const { length } = history;
    const { perItem, targets, scores } = this.#neighbours;
    const size = (last - first) * length;
    if (this.#parts.length < size) this.#parts = new Float64Array(size);
    const parts = this.#parts.fill(0, 0, size);
    const placeOf = this.#placeOf;
    for (let place = first; place < last; place++) placeOf[items[place]!] = place - first + 1;
    for (let entry = 0; entry < length; entry++) {
      const row = history.idWords[2 * entry]! * perItem;
      const weight = history.weights[entry]!;
      for (let column = row; column < row + perItem; column++) {
        const place = placeOf[targets[column]!]!;
        if (place > 0) parts[(place - 1) * length + entry]! += weight * scores[column]!;
      }
    }
    for (let place = first; place < last; place++) placeOf[items[place]!] = 0;
  }

  /** Takes the largest parts of one item out of `#parts`, which is refilled by the next pass. */
  #strongest(history: EncodedHistory, place: number): Contribution[] {
    const { length } = history;
    const start = place * length;
    const parts = this.#parts;
    let total = 0;
    for (let entry = 0; entry < length; entry++) total += parts[start + entry]!;
    const reasons: Contribution[] = [];
    while (reasons.length < MOST_REASONS) {
      let strongest = -1;
      let most = 0;
      for (let entry = 0; entry < length; entry++) {
        if (parts[start + entry]! > most) {
          strongest = entry;
          most = parts[start + entry]!;
        }
      }
      if (strongest < 0) break;
      reasons.push({ index: history.idWords[2 * strongest]!, share: most / total });
      parts[start + strongest] = 0;
    }
    return reasons;
  }
}
