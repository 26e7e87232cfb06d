import type { RecommenderSettings } from '../contracts/model.ts';

/** One entry of a history, as callers know it. */
export interface HistoryItem {
  item: string;
  action: string;
}

/** Where an encoder writes to: room for `historyLength` entries. */
export interface EncodedHistory {
  /** Low and high words of int64 item indices, little endian; the high words stay 0. */
  idWords: Int32Array;
  weights: Float32Array;
}

/**
 * Turns a history into item indices and weights: recency × action weight, an entry of age a counting
 * 0.5^(a / historyHalfLife). Unknown items and actions without weight are skipped and make nothing older; repeats of
 * an item are added up. Not reentrant: one encoder keeps its scratch memory between calls.
 */
export class HistoryEncoder {
  readonly #indexOf: ReadonlyMap<string, number>;
  readonly #settings: RecommenderSettings;
  readonly #actionWeights: ReadonlyMap<string, number>;
  readonly #otherActions: number;
  readonly #perEntry: number;
  /** Position + 1 of an item in the history being encoded; all zero between calls. */
  readonly #positionOf: Int32Array;
  readonly #used: Int32Array;

  constructor(indexOf: ReadonlyMap<string, number>, settings: RecommenderSettings) {
    this.#indexOf = indexOf;
    this.#settings = settings;
    this.#actionWeights = new Map(Object.entries(settings.actionWeights));
    this.#otherActions = settings.actionWeights.custom ?? 0;
    this.#perEntry = 0.5 ** (1 / settings.historyHalfLife);
    this.#positionOf = new Int32Array(indexOf.size);
    this.#used = new Int32Array(settings.historyLength);
  }

  /** Encodes a history (most recent last) and returns the number of distinct items. */
  encode(history: readonly HistoryItem[], into: EncodedHistory): number {
    let length = 0;
    let recency = 1;
    let entries = 0;
    for (let age = history.length - 1; age >= 0 && entries < this.#settings.historyLength; age--) {
      const { item, action } = history[age]!;
      const index = this.#indexOf.get(item);
      const weight = this.#actionWeights.get(action) ?? this.#otherActions;
      if (index === undefined || weight === 0) continue;
      const known = this.#positionOf[index]!;
      if (known > 0) {
        into.weights[known - 1]! += weight * recency;
      } else {
        into.idWords[2 * length] = index;
        into.weights[length] = weight * recency;
        this.#used[length++] = index;
        this.#positionOf[index] = length;
      }
      recency *= this.#perEntry;
      entries++;
    }
    for (let position = 0; position < length; position++) this.#positionOf[this.#used[position]!] = 0;
    return length;
  }
}
