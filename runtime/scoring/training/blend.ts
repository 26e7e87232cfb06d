import type { NeighbourTable } from '../recommenderGraph.ts';
import { TopSelection } from '../topSelection.ts';
import type { EaseWeights } from './ease.ts';

/** What follows one item: the indices of other items and with which probability. */
export interface TransitionRow {
  targets: Int32Array;
  probabilities: Float32Array;
}

/**
 * Merges both item-item models into one table with the `perItem` best neighbours of each item: `easeShare` of EASE and
 * the rest of the transitions. Each model is first scaled to rows of norm 1 (root mean square over its rows), because
 * regression weights and probabilities have no common unit; scores are therefore alike for every catalogue size.
 */
export function blendNeighbours(input: {
  ease: EaseWeights;
  /** One row per item of the vocabulary. */
  transitions: readonly TransitionRow[];
  easeShare: number;
  perItem: number;
}): NeighbourTable {
  const { ease, transitions, perItem } = input;
  const items = transitions.length;
  const easeScale = input.easeShare * unitRows([ease.weights], ease.items);
  const transitionScale =
    (1 - input.easeShare) *
    unitRows(
      transitions.map((row) => row.probabilities),
      items,
    );
  const table = { items, perItem, targets: new Int32Array(items * perItem), scores: new Float32Array(items * perItem) };
  const blended = new Float64Array(items);
  for (let item = 0; item < items; item++) {
    blended.fill(0);
    if (item < ease.items) {
      const row = item * ease.items;
      for (let to = 0; to < ease.items; to++) blended[to] = easeScale * ease.weights[row + to]!;
    }
    const { targets, probabilities } = transitions[item]!;
    for (let place = 0; place < targets.length; place++) {
      blended[targets[place]!]! += transitionScale * probabilities[place]!;
    }
    writeRow(table, item, blended);
  }
  return table;
}

/** Keeps the best neighbours with a positive score; unused places hold the item itself with score 0. */
function writeRow({ perItem, targets, scores }: NeighbourTable, item: number, blended: Float64Array): void {
  const best = new TopSelection<number>(perItem);
  for (let to = 0; to < blended.length; to++) {
    if (blended[to]! > 0 && to !== item) best.offer(to, blended[to]!);
  }
  const row = item * perItem;
  targets.fill(item, row, row + perItem);
  targets.set(best.ids, row);
  scores.set(best.values, row);
}

/** Factor that gives rows a root mean square norm of 1; 0 for a model that knows nothing. */
function unitRows(values: readonly Float32Array[], rows: number): number {
  let sumOfSquares = 0;
  for (const part of values) for (const value of part) sumOfSquares += value * value;
  return sumOfSquares > 0 ? Math.sqrt(rows / sumOfSquares) : 0;
}
