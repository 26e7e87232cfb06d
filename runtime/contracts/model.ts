/** Names of the recommender graph's tensors; the trainer writes them, the scorer checks them. N items, history of L. */
export const RECOMMENDER_GRAPH = {
  opset: 18,
  inputs: {
    /** int64 [L]: item indices, most recent last. */
    ids: 'ids',
    /** float32 [L]: recency × action weight. */
    weights: 'weights',
    /** float32 [N]: added to the scores; −Infinity-like (`EXCLUDED`) removes an item. Every rule goes through it. */
    boost: 'boost',
    /** int64 [1]: how many items to return. */
    limit: 'limit',
  },
  outputs: {
    /** int64 [limit] item indices and float32 [limit] scores, best first. */
    items: 'items',
    scores: 'scores',
  },
} as const;

/** Boost that excludes an item. Finite, so that no graph has to handle infinities. */
export const EXCLUDED = -1e30;

/** Settings of the recommender. Chosen on a validation split, kept as configuration. */
export interface RecommenderSettings {
  /** Clicks after which a history entry counts half. */
  historyHalfLife: number;
  /** Longest history that is scored. */
  historyLength: number;
  /** Share of the item-item table (EASE); the rest is the transitions'. */
  easeShare: number;
  /** Ridge penalty of EASE. */
  easeLambda: number;
  /** Neighbours kept per item in each table. */
  neighbours: number;
  /** Earlier items that a transition looks back to. */
  transitionWindow: number;
  /** Days after which an observed transition counts half. */
  transitionHalfLifeDays: number;
  /** Weight of each action; other actions count `custom`. */
  actionWeights: Record<string, number>;
  /** Items with fewer users than this, and users with fewer items, are left out of training. */
  minimumSupport: number;
}

/** Blob `recommender/<version>/manifest.json` in container `models`. Every path is relative to the container. */
export interface ModelManifest {
  version: string;
  kind: 'recommender';
  createdAt: string;
  graph: { path: string; sha256: string; bytes: number; opset: number };
  /** JSON array of the item ids in index order. */
  vocabulary: { path: string; sha256: string; items: number };
  settings: RecommenderSettings;
  /** Decayed popularity at training time, in index order, normalised to a maximum of 1. */
  popularity: { path: string; sha256: string };
  trainedOn: { users: number; items: number; interactions: number; cursors: Record<string, number> };
  /** Leave-last-out on held-out items, measured by a model that was trained without them. */
  metrics: { hitRateAt10: number; ndcgAt10: number; users: number };
  trainSeconds: number;
}

/** Blob `recommender/channels/<channel>.json`: which version a channel serves. */
export interface ModelChannel {
  version: string;
  manifest: string;
  publishedAt: string;
  /** The version before, for a way back. */
  previous?: string;
}

export const STABLE_CHANNEL = 'recommender/channels/stable.json';
