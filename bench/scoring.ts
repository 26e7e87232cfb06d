import { Tensor } from 'onnxruntime-node';
import { packModel } from '../runtime/scoring/artefacts.ts';
import { openSession } from '../runtime/scoring/graphSession.ts';
import { loadRecommender } from '../runtime/scoring/recommender.ts';
import { randomModel, untrainedRecord } from '../runtime/scoring/testing/randomModel.ts';
import { seededRandom } from '../runtime/scoring/testing/seededRandom.ts';
import { percentile } from './percentiles.ts';

export interface ScoringFigures {
  /** One run of the ONNX graph by onnxruntime, microseconds. */
  runP50: number;
  runP99: number;
  /** One `Recommender.rank` with its reasons, microseconds. */
  rankP50: number;
  rankP99: number;
}

const LIMIT = 10;
const WARM_UP_RUNS = 2_000;
const HISTORIES = 64;

/** Time to score `items` items for `history` clicks on one thread, on a random model with `neighbours` per item. */
export async function benchScoring(shape: {
  items: number;
  neighbours: number;
  history: number;
  runs: number;
}): Promise<ScoringFigures> {
  const { items, history, runs } = shape;
  const content = randomModel({ items, perItem: shape.neighbours, seed: 1 });
  const artefacts = packModel(content, untrainedRecord);
  const random = seededRandom(2);
  const histories = Array.from({ length: HISTORIES }, () =>
    Array.from({ length: history }, () => Math.floor(random() * items)),
  );

  const session = await openSession(artefacts.graph);
  const boost = new Tensor('float32', new Float32Array(items), [items]);
  const limit = new Tensor('int64', BigInt64Array.of(BigInt(LIMIT)), [1]);
  const feeds = histories.map((indices) => ({
    ids: new Tensor('int64', BigInt64Array.from(indices, BigInt), [history]),
    weights: new Tensor('float32', new Float32Array(history).fill(1), [history]),
    boost,
    limit,
  }));
  const run = await sample(runs, (round) => session.run(feeds[round % HISTORIES]!));
  await session.release();

  const recommender = await loadRecommender(artefacts);
  const clicks = histories.map((indices) => indices.map((index) => ({ item: `item-${index}`, action: 'click' })));
  const rank = await sample(runs, (round) => recommender.rank({ history: clicks[round % HISTORIES]!, limit: LIMIT }));
  await recommender.release();

  return {
    runP50: percentile(run, 0.5),
    runP99: percentile(run, 0.99),
    rankP50: percentile(rank, 0.5),
    rankP99: percentile(rank, 0.99),
  };
}

/** Microseconds that each of `runs` calls took, one after the other, after a warm-up. */
async function sample(runs: number, call: (round: number) => Promise<unknown>): Promise<number[]> {
  const samples: number[] = [];
  for (let round = -WARM_UP_RUNS; round < runs; round++) {
    const started = performance.now();
    await call(Math.abs(round));
    if (round >= 0) samples.push((performance.now() - started) * 1000);
  }
  return samples;
}
