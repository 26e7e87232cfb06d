import type { RecommenderSettings } from '../contracts/model.ts';
import type { EncodedHistory } from './encodedHistory.ts';

/** One entry of a history, as callers know it. */
export interface HistoryItem {
  item: string;
  action: string;
}

/**
 * Turns a history into item indices and weights: recency × action weight, an entry of age a counting
 * 0.5^(a / historyHalfLife). Unknown items and actions without weight are skipped and make nothing older; repeats of
 * an item are added up. Not reentrant: one encoder keeps its scratch memory between calls.
 */
export class HistoryEncoder {
  readonly #indexOf: ReadonlyMap<string, number>;
  readonly #longest: number;
  readonly #actionWeights: ReadonlyMap<string, number>;
  readonly #otherActions: number;
  readonly #perEntry: number;
  /** Position + 1 of an item in the history being encoded; all zero between calls. */
  readonly #positionOf: Int32Array;

  constructor(indexOf: ReadonlyMap<string, number>, settings: RecommenderSettings) {
    this.#indexOf = indexOf;
    this.#longest = settings.historyLength;
    this.#actionWeights = new Map(Object.entries(settings.actionWeights));
    this.#otherActions = settings.actionWeights.custom ?? 0;
    this.#perEntry = 0.5 ** (1 / settings.historyHalfLife);
    this.#positionOf = new Int32Array(indexOf.size);
  }

  /** Replaces what `into` holds by the last `historyLength` usable entries of a history (most recent last). */
  encode(history: readonly HistoryItem[], into: EncodedHistory): void {
    into.length = 0;
    let recency = 1;
    let entries = 0;
    for (let place = history.length - 1; place >= 0 && entries < this.#longest; place--) {
      const { item, action } = history[place]!;
      const index = this.#indexOf.get(item);
      const weight = this.#actionWeights.get(action) ?? this.#otherActions;
      if (index === undefined || weight === 0) continue;
      const position = this.#positionOf[index]!;
      if (position > 0) {
        into.weights[position - 1]! += weight * recency;
      } else {
        into.push(index, weight * recency);
        this.#positionOf[index] = into.length;
      }
      recency *= this.#perEntry;
      entries++;
    }
    for (let entry = 0; entry < into.length; entry++) this.#positionOf[into.idWords[2 * entry]!] = 0;
  }
}
