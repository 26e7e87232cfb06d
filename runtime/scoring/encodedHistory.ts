import { Tensor } from 'onnxruntime-node';

/**
 * A history as the recommender graph takes it: item indices and weights, with the tensors over them. int64 indices are
 * written as their low words (little endian), without going through BigInt.
 */
export class EncodedHistory {
  /** Vocabulary that the indices point into. */
  readonly vocabulary: readonly string[];
  /** Distinct items in use. */
  length = 0;
  /** Index of entry i at 2 i; the high words in between stay 0. */
  readonly idWords: Int32Array;
  readonly weights: Float32Array;
  readonly #ids: BigInt64Array;
  /** By length: views of the arrays above, made once. */
  readonly #tensors: ({ ids: Tensor; weights: Tensor } | undefined)[] = [];

  constructor(vocabulary: readonly string[], capacity: number) {
    this.vocabulary = vocabulary;
    this.#ids = new BigInt64Array(capacity);
    this.idWords = new Int32Array(this.#ids.buffer);
    this.weights = new Float32Array(capacity);
  }

  /** Appends an item; there must be room. */
  push(index: number, weight: number): void {
    this.idWords[2 * this.length] = index;
    this.weights[this.length] = weight;
    this.length++;
  }

  /** Tensors over the entries in use; later changes of the entries show in them. */
  tensors(): { ids: Tensor; weights: Tensor } {
    const { length } = this;
    return (this.#tensors[length] ??= {
      ids: new Tensor('int64', this.#ids.subarray(0, length), [length]),
      weights: new Tensor('float32', this.weights.subarray(0, length), [length]),
    });
  }
}
