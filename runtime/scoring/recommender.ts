import type { ModelManifest, RecommenderSettings } from '../contracts/model.ts';

/** The files of one model version, as the registry holds them. */
export interface ModelArtefacts {
  manifest: ModelManifest;
  /** ONNX file of the graph `RECOMMENDER_GRAPH`. */
  graph: Uint8Array;
  /** JSON array of item ids in index order, UTF-8. */
  vocabulary: Uint8Array;
  /** float32, little endian, one per item, at most 1. */
  popularity: Uint8Array;
}

/** A model that must not be served: one line that says what is wrong with which part. */
export class ModelError extends Error {}

export interface RankRequest {
  /** Most recent last; unknown items are ignored. */
  history: readonly { item: string; action: string }[];
  /** One number per vocabulary item, added to the scores; `EXCLUDED` removes an item. */
  boost?: Float32Array;
  limit: number;
}

export interface RankedItem {
  item: string;
  /** Position in the vocabulary. */
  index: number;
  score: number;
  /** History items that added most to the score, largest first; shares of all history contributions, 0..1. */
  because: { item: string; share: number }[];
}

/** A loaded model: ranks the vocabulary for a history by running the ONNX graph. */
export class Recommender {
  readonly version: string;
  readonly vocabulary: readonly string[];
  /** Decayed popularity at training time, at most 1, in index order. */
  readonly popularity: Float32Array;
  readonly settings: RecommenderSettings;

  constructor(_artefacts: ModelArtefacts) {
    throw new Error('Recommender is being written');
  }

  /** Index of an item in the vocabulary; -1 when the model does not know it. */
  indexOf(_item: string): number {
    return -1;
  }

  /** The best `limit` items, best first; fewer when fewer are allowed. */
  async rank(_request: RankRequest): Promise<RankedItem[]> {
    return [];
  }

  /** Items that go with `item`, itself left out; empty for an unknown item. */
  async similar(_item: string, _limit: number, _boost?: Float32Array): Promise<RankedItem[]> {
    return [];
  }

  /** Frees the ONNX session. Call once no `rank` is running. */
  async release(): Promise<void> {}
}

/** Loads a model after checking everything that could make it answer wrongly; throws `ModelError`. */
export async function loadRecommender(artefacts: ModelArtefacts): Promise<Recommender> {
  return new Recommender(artefacts);
}
