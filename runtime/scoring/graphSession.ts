import { InferenceSession, Tensor } from 'onnxruntime-node';
import { EXCLUDED, RECOMMENDER_GRAPH } from '../contracts/model.ts';
import { ModelError } from './modelError.ts';
import { disagreement, type GraphInputs } from './plainScorer.ts';
import type { RecommenderTables } from './recommenderGraph.ts';

const { inputs: INPUT, outputs: OUTPUT } = RECOMMENDER_GRAPH;

/** One thread that does not spin: a run takes some 30 µs and many run beside each other. */
const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  // Whatever goes wrong is thrown as well; a line on standard error would say it twice.
  logSeverityLevel: 4,
};

/** History of one check: item indices and their weights. */
export interface SampleHistory {
  ids: readonly number[];
  weights: readonly number[];
}

/** Loads a recommender graph into onnxruntime; throws `ModelError` with its reason. */
export async function openSession(graph: Uint8Array): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(graph, SESSION_OPTIONS);
  } catch (error) {
    throw new ModelError(`onnxruntime cannot load the graph: ${firstLine(error)}`, { cause: error });
  }
}

/**
 * Runs the graph on each history, with and without boosts, and compares every answer with the plain scorer to 1e-5;
 * throws `ModelError` on the first difference.
 */
export async function checkSession(
  session: InferenceSession,
  tables: RecommenderTables,
  histories: readonly SampleHistory[],
): Promise<void> {
  const { items } = tables.neighbours;
  const noBoost = new Float32Array(items);
  const boost = noBoost.map((_, item) => (item % 3 === 0 ? EXCLUDED : (item % 5) / 10));
  for (const history of histories) {
    await checkRun(session, tables, { ...history, boost: noBoost, limit: Math.min(items, 10) });
    await checkRun(session, tables, { ...history, boost, limit: Math.min(items, 100) });
  }
}

/** Histories of 0, 1, 3 and 20 items, spread over the vocabulary. */
export function spreadHistories(items: number): SampleHistory[] {
  const lengths = items === 0 ? [0] : [0, 1, 3, 20];
  return lengths.map((length) => ({
    ids: Array.from({ length }, (_, position) => (position * 7919 + length) % items),
    weights: Array.from({ length }, (_, position) => 1 / (1 + position)),
  }));
}

async function checkRun(session: InferenceSession, tables: RecommenderTables, inputs: GraphInputs): Promise<void> {
  const difference = disagreement(tables, inputs, await run(session, inputs));
  if (difference !== undefined) throw new ModelError(`The graph does not score as its tables say: ${difference}.`);
}

async function run(session: InferenceSession, { ids, weights, boost, limit }: GraphInputs) {
  try {
    const outputs = await session.run({
      [INPUT.ids]: new Tensor('int64', BigInt64Array.from(Array.from(ids), BigInt), [ids.length]),
      [INPUT.weights]: new Tensor('float32', Float32Array.from(weights), [weights.length]),
      [INPUT.boost]: new Tensor('float32', boost, [boost.length]),
      [INPUT.limit]: new Tensor('int64', BigInt64Array.of(BigInt(limit)), [1]),
    });
    const items = Array.from(outputs[OUTPUT.items]!.data as BigInt64Array, Number);
    return { items, scores: outputs[OUTPUT.scores]!.data as Float32Array };
  } catch (error) {
    throw new ModelError(`The graph cannot be run: ${firstLine(error)}`, { cause: error });
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!;
}
