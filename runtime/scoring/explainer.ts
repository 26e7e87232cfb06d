import type { EncodedHistory } from './historyEncoder.ts';
import type { NeighbourTable } from './recommenderGraph.ts';

/** A history item and its share, 0 to 1, of what the whole history added to a score. */
export interface Contribution {
  index: number;
  share: number;
}

/** History items named per recommended item. */
const MOST_REASONS = 3;

/**
 * Finds which history items a score comes from. The model is additive, so the shares are exact. Reads the neighbour
 * rows of the history once for all recommended items. Not reentrant: it keeps its scratch memory between calls.
 */
export class Explainer {
  readonly #neighbours: NeighbourTable;
  /** Place + 1 of an item in the answer being explained; all zero between calls. */
  readonly #placeOf: Int32Array;
  /** [place × history length]. */
  #parts = new Float64Array(0);

  constructor(neighbours: NeighbourTable) {
    this.#neighbours = neighbours;
    this.#placeOf = new Int32Array(neighbours.items);
  }

  /** Contributions to each of `items` by the first `length` entries of `history`, largest first. */
  explain(history: EncodedHistory, length: number, items: readonly number[]): Contribution[][] {
    const parts = this.#collect(history, length, items);
    return items.map((_, place) => strongest(history, parts.subarray(place * length, (place + 1) * length)));
  }

  #collect(history: EncodedHistory, length: number, items: readonly number[]): Float64Array {
    const { perItem, targets, scores } = this.#neighbours;
    if (this.#parts.length < items.length * length) this.#parts = new Float64Array(items.length * length);
    const parts = this.#parts.fill(0, 0, items.length * length);
    for (let place = 0; place < items.length; place++) this.#placeOf[items[place]!] = place + 1;
    for (let entry = 0; entry < length; entry++) {
      const row = history.idWords[2 * entry]! * perItem;
      const weight = history.weights[entry]!;
      for (let column = row; column < row + perItem; column++) {
        const place = this.#placeOf[targets[column]!]!;
        if (place > 0) parts[(place - 1) * length + entry]! += weight * scores[column]!;
      }
    }
    for (const item of items) this.#placeOf[item] = 0;
    return parts;
  }
}

function strongest(history: EncodedHistory, parts: Float64Array): Contribution[] {
  let total = 0;
  for (const part of parts) total += part;
  const reasons: Contribution[] = [];
  let bound = Infinity;
  let after = -1;
  while (reasons.length < MOST_REASONS) {
    const entry = nextLargest(parts, bound, after);
    if (entry < 0) break;
    bound = parts[entry]!;
    after = entry;
    reasons.push({ index: history.idWords[2 * entry]!, share: bound / total });
  }
  return reasons;
}

/** Entry with the largest positive part that comes after entry `after` with part `bound` in descending order. */
function nextLargest(parts: Float64Array, bound: number, after: number): number {
  let found = -1;
  for (let entry = 0; entry < parts.length; entry++) {
    const part = parts[entry]!;
    const eligible = part > 0 && (part < bound || (part === bound && entry > after));
    if (eligible && (found < 0 || part > parts[found]!)) found = entry;
  }
  return found;
}
