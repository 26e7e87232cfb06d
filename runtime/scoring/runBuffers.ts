import { Tensor } from 'onnxruntime-node';
import { RECOMMENDER_GRAPH } from '../contracts/model.ts';
import type { EncodedHistory } from './historyEncoder.ts';

const { inputs: INPUT } = RECOMMENDER_GRAPH;

/**
 * Inputs of one run of the recommender graph, kept from run to run so that a request allocates next to nothing.
 * int64 values are written as their low words, without going through BigInt.
 */
export class RunBuffers implements EncodedHistory {
  readonly idWords: Int32Array;
  readonly weights: Float32Array;
  readonly #ids: BigInt64Array;
  readonly #limitWords: Int32Array;
  readonly #limit: Tensor;
  /** Input tensors by history length: views of the arrays above. */
  readonly #feeds: (Record<string, Tensor> | undefined)[] = [];

  constructor(historyLength: number) {
    this.#ids = new BigInt64Array(historyLength);
    this.idWords = new Int32Array(this.#ids.buffer);
    this.weights = new Float32Array(historyLength);
    const limit = new BigInt64Array(1);
    this.#limitWords = new Int32Array(limit.buffer);
    this.#limit = new Tensor('int64', limit, [1]);
  }

  /** The inputs for the first `length` history entries; valid until the next call. */
  feeds(length: number, boost: Tensor, limit: number): Record<string, Tensor> {
    this.#limitWords[0] = limit;
    const feeds = (this.#feeds[length] ??= {
      [INPUT.ids]: new Tensor('int64', this.#ids.subarray(0, length), [length]),
      [INPUT.weights]: new Tensor('float32', this.weights.subarray(0, length), [length]),
      [INPUT.limit]: this.#limit,
    });
    feeds[INPUT.boost] = boost;
    return feeds;
  }
}
