import type { RecommenderTables } from './recommenderGraph.ts';

/** Inputs of the recommender graph as plain arrays; see `RECOMMENDER_GRAPH`. */
export interface GraphInputs {
  ids: ArrayLike<number>;
  weights: ArrayLike<number>;
  boost: Float32Array;
  limit: number;
}

/** Outputs of the recommender graph as plain arrays. */
export interface GraphOutputs {
  items: ArrayLike<number>;
  scores: ArrayLike<number>;
}

/** Difference up to which two scorers count as equal, relative to the magnitudes that were added up. */
const TOLERANCE = 1e-5;

/** Scores of all items in double precision: the definition that the ONNX graph is compared with. */
export function plainScores(tables: RecommenderTables, { ids, weights, boost }: GraphInputs): Float64Array {
  const { perItem, targets, scores } = tables.neighbours;
  const total = new Float64Array(boost.length);
  for (let item = 0; item < total.length; item++) total[item] = boost[item]! + tables.prior[item]!;
  for (let position = 0; position < ids.length; position++) {
    const row = ids[position]! * perItem;
    for (let place = row; place < row + perItem; place++) {
      total[targets[place]!]! += weights[position]! * scores[place]!;
    }
  }
  return total;
}

/**
 * Says how an answer of the graph differs from the plain scorer, or undefined where it agrees: the right number of
 * distinct items, the right score for each, best first, and none left out that is better than the last.
 */
export function disagreement(tables: RecommenderTables, inputs: GraphInputs, answer: GraphOutputs): string | undefined {
  const expected = plainScores(tables, inputs);
  const magnitude = plainScores(tables, { ...inputs, boost: inputs.boost.map(Math.abs) });
  const close = (item: number, score: number) => Math.abs(score - expected[item]!) <= TOLERANCE * magnitude[item]!;
  const { items, scores } = answer;
  if (items.length !== inputs.limit || scores.length !== inputs.limit) {
    return `${items.length} items and ${scores.length} scores instead of ${inputs.limit}`;
  }
  const answered = new Uint8Array(expected.length);
  for (let place = 0; place < items.length; place++) {
    const item = items[place]!;
    if (answered[item] !== 0) return `item ${item} at place ${place} is unknown or repeated`;
    answered[item] = 1;
    if (!close(item, scores[place]!)) return `item ${item} scored ${scores[place]} for ${expected[item]}`;
    if (place > 0 && scores[place]! > scores[place - 1]!) return `place ${place} is better than the one before`;
  }
  const last = scores[items.length - 1] ?? Infinity;
  for (let item = 0; item < expected.length; item++) {
    if (answered[item] === 0 && expected[item]! > last && !close(item, last)) {
      return `item ${item} with score ${expected[item]} is missing`;
    }
  }
  return undefined;
}
