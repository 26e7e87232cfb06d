/** Bodies of the HTTP API that other parts rely on. The full description is served at `/openapi.json`. */

export interface RecommendedItem {
  id: string;
  score: number;
  /** One sentence why, built from what really contributed to the score. */
  reason: string;
}

export interface Recommendations {
  requestId: string;
  /** `none` while no model has been loaded. */
  modelVersion: string;
  /** Empty, or why the answer is not the best one: `no-model`, `no-profile`, `store-unavailable`, `stale-model`. */
  degraded: string[];
  items: RecommendedItem[];
}

/** RFC 9457. */
export interface ProblemDetails {
  type: string;
  title: string;
  status: number;
  detail: string;
  /** Each fault of the input: where (JSON pointer), why, and for a batch which event. */
  errors?: { index?: number; path: string; reason: string }[];
}
