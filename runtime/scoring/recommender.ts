import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { EXCLUDED, RECOMMENDER_GRAPH, type RecommenderSettings } from '../contracts/model.ts';
import { openModel, type ModelArtefacts, type ModelContent } from './artefacts.ts';
import { EncodedHistory } from './encodedHistory.ts';
import { Explainer } from './explainer.ts';
import { checkSession, openSession, spreadHistories } from './graphSession.ts';
import { HistoryEncoder, type HistoryItem } from './historyEncoder.ts';

export type { ModelArtefacts } from './artefacts.ts';
export { ModelError } from './modelError.ts';

/** A history that one model has encoded, for callers that rank the same one often. Must not be changed. */
export type PreparedHistory = EncodedHistory;

export interface RankRequest {
  /** Most recent last, unknown items are ignored; or what `Recommender.prepare` made of it. */
  history: readonly HistoryItem[] | PreparedHistory;
  /**
   * One finite number per vocabulary item, added to the scores; `EXCLUDED` removes an item. Must not change before
   * the answer is there.
   */
  boost?: Float32Array;
  limit: number;
}

export interface RankedItem {
  item: string;
  /** Position in the vocabulary. */
  index: number;
  score: number;
  /** History items that added most to the score, largest first, with their shares of all that the history added. */
  because: { item: string; share: number }[];
}

/** Scores at or below this are of items that a boost has excluded. */
const EXCLUDED_SCORE = EXCLUDED / 2;

const { inputs: INPUT, outputs: OUTPUT } = RECOMMENDER_GRAPH;

/** A loaded model: ranks the vocabulary for a history by running the ONNX graph. Calls may overlap. */
export class Recommender {
  readonly version: string;
  readonly vocabulary: readonly string[];
  /** Decayed popularity at training time, 0 to 1, in index order. */
  readonly popularity: Float32Array;
  readonly settings: RecommenderSettings;
  readonly #session: InferenceSession;
  readonly #indexOf: ReadonlyMap<string, number>;
  readonly #encoder: HistoryEncoder;
  readonly #explainer: Explainer;
  readonly #noBoost: Tensor;
  /** Tensor of each limit that was asked for. */
  readonly #limits = new Map<number, Tensor>();
  readonly #free: EncodedHistory[] = [];
  #running = 0;
  #idle: (() => void) | undefined;

  /** `loadRecommender` constructs it, from a model that has been checked. */
  constructor({ version, content, session }: { version: string; content: ModelContent; session: InferenceSession }) {
    this.version = version;
    this.vocabulary = content.vocabulary;
    this.popularity = content.popularity;
    this.settings = content.settings;
    this.#session = session;
    this.#indexOf = new Map(content.vocabulary.map((item, index) => [item, index]));
    this.#encoder = new HistoryEncoder(this.#indexOf, content.settings);
    this.#explainer = new Explainer(content.tables.neighbours);
    this.#noBoost = this.#boostTensor(new Float32Array(content.vocabulary.length));
  }

  /** Index of an item in the vocabulary; -1 when the model does not know it. */
  indexOf(item: string): number {
    return this.#indexOf.get(item) ?? -1;
  }

  /** Encodes a history once for many calls of `rank` on this model. */
  prepare(history: readonly HistoryItem[]): PreparedHistory {
    const prepared = new EncodedHistory(this.vocabulary, this.settings.historyLength);
    this.#encoder.encode(history, prepared);
    return prepared;
  }

  /**
   * The best `limit` items, best first; fewer when fewer are allowed, none for a limit below 1. Throws a RangeError
   * when the boost does not have one number per vocabulary item, a TypeError on a history of another model's `prepare`.
   */
  async rank({ history, boost, limit }: RankRequest): Promise<RankedItem[]> {
    if (history instanceof EncodedHistory) return this.#run(history, limit, boost);
    const encoded = this.#free.pop() ?? new EncodedHistory(this.vocabulary, this.settings.historyLength);
    try {
      this.#encoder.encode(history, encoded);
      return await this.#run(encoded, limit, boost);
    } finally {
      this.#free.push(encoded);
    }
  }

  /** Items that go with `item`, itself left out; empty for an unknown item. */
  async similar(item: string, limit: number, boost?: Float32Array): Promise<RankedItem[]> {
    const index = this.indexOf(item);
    if (index < 0) return [];
    const history = new EncodedHistory(this.vocabulary, 1);
    history.push(index, 1);
    const ranked = await this.#run(history, limit + 1, boost);
    return ranked.filter((other) => other.index !== index).slice(0, limit);
  }

  /** Frees the ONNX session once the calls that are under way have ended. No call may follow. */
  async release(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    await this.#session.release();
  }

  async #run(history: EncodedHistory, limit: number, boost: Float32Array | undefined): Promise<RankedItem[]> {
    if (history.vocabulary !== this.vocabulary) throw new TypeError('The history was prepared by another model.');
    const count = Math.min(Math.floor(limit), this.vocabulary.length);
    if (!(count >= 1)) return [];
    const boostTensor = boost ? this.#boostTensor(boost) : this.#noBoost;
    const { ids, weights } = history.tensors();
    this.#running++;
    try {
      const outputs = await this.#session.run({
        [INPUT.ids]: ids,
        [INPUT.weights]: weights,
        [INPUT.boost]: boostTensor,
        [INPUT.limit]: this.#limitTensor(count),
      });
      return this.#rankedItems(history, outputs);
    } finally {
      if (--this.#running === 0) this.#idle?.();
    }
  }

  #limitTensor(limit: number): Tensor {
    let tensor = this.#limits.get(limit);
    if (!tensor) this.#limits.set(limit, (tensor = new Tensor('int64', BigInt64Array.of(BigInt(limit)), [1])));
    return tensor;
  }

  #boostTensor(boost: Float32Array): Tensor {
    const items = this.vocabulary.length;
    if (boost.length !== items) {
      throw new RangeError(`The boost has ${boost.length} numbers; the vocabulary of ${this.version} has ${items}.`);
    }
    return new Tensor('float32', boost, [items]);
  }

  #rankedItems(history: EncodedHistory, outputs: InferenceSession.ReturnType): RankedItem[] {
    const indices = outputs[OUTPUT.items]!.data as BigInt64Array;
    const scores = outputs[OUTPUT.scores]!.data as Float32Array;
    const words = new Int32Array(indices.buffer, indices.byteOffset, 2 * indices.length);
    const items: number[] = [];
    for (let place = 0; place < scores.length && scores[place]! > EXCLUDED_SCORE; place++) {
      items.push(words[2 * place]!);
    }
    const reasons = this.#explainer.explain(history, items);
    return items.map((index, place) => ({
      item: this.vocabulary[index]!,
      index,
      score: scores[place]!,
      because: reasons[place]!.map((reason) => ({ item: this.vocabulary[reason.index]!, share: reason.share })),
    }));
  }
}

/**
 * Loads a model after checking everything that could make it answer wrongly: digests, operator set, inputs, outputs,
 * tables, and the graph's answers against a plain scorer. Throws `ModelError` with one line.
 */
export async function loadRecommender(artefacts: ModelArtefacts): Promise<Recommender> {
  const content = openModel(artefacts);
  const session = await openSession(artefacts.graph);
  try {
    await checkSession(session, content.tables, spreadHistories(content.vocabulary.length));
  } catch (error) {
    await session.release();
    throw error;
  }
  return new Recommender({ version: artefacts.manifest.version, content, session });
}
