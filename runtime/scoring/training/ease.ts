import { invertByBlocks } from './blockInverse.ts';

/** Item-item weights of EASE for the items 0 .. items − 1, row-major; the diagonal is 0. */
export interface EaseWeights {
  items: number;
  /** float32 [items × items]: row i holds what item i in a history says about every item. */
  weights: Float32Array;
}

/**
 * EASE (Steck 2019, arXiv 1905.03375): the ridge regression of every item on all others in closed form,
 * B = I − P diag(P)⁻¹ with P = (XᵀX + λI)⁻¹ and X the users' items. `sequences` hold item indices, each at most once
 * per user; those from `items` on are left out. Memory is about 12 items² bytes, time O(items³).
 */
export async function trainEase(input: {
  sequences: readonly Int32Array[];
  items: number;
  lambda: number;
}): Promise<EaseWeights> {
  const { items, lambda } = input;
  const matrix = coOccurrences(input.sequences, items);
  for (let item = 0; item < items; item++) matrix[item * items + item]! += lambda;
  await invertByBlocks(matrix, items);
  return { items, weights: regressionWeights(matrix, items) };
}

/** XᵀX: in how many sequences two items occur together. The lower triangle is counted, then mirrored. */
function coOccurrences(sequences: readonly Int32Array[], items: number): Float32Array {
  const counts = new Float32Array(items * items);
  for (const sequence of sequences) {
    const known = sequence.filter((item) => item < items).sort();
    for (let one = 0; one < known.length; one++) {
      const row = known[one]! * items;
      for (let other = 0; other <= one; other++) counts[row + known[other]!]! += 1;
    }
  }
  for (let row = 1; row < items; row++) {
    for (let column = 0; column < row; column++) counts[column * items + row] = counts[row * items + column]!;
  }
  return counts;
}

/** B = I − P diag(P)⁻¹, in place of P. */
function regressionWeights(inverse: Float32Array, items: number): Float32Array {
  const diagonal = Float64Array.from({ length: items }, (_, item) => inverse[item * items + item]!);
  for (let from = 0; from < items; from++) {
    const row = from * items;
    for (let to = 0; to < items; to++) inverse[row + to] = -inverse[row + to]! / diagonal[to]!;
    inverse[row + from] = 0;
  }
  return inverse;
}
