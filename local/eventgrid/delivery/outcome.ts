/** Result of one delivery attempt; `outcome` and `deadLetterReason` are Event Grid's words. */
export type Outcome = { delivered: true } | Failure;

export interface Failure {
  delivered: false;
  outcome: string;
  /** For `describe`: what the destination said. */
  detail: string;
  /** Absent where a later attempt may succeed. */
  deadLetterReason?: string;
  /** Shortest wait before the next attempt, ms. */
  minimumDelayMs: number;
}

interface StatusRule {
  outcome: string;
  minimumDelayMs: number;
  deadLetterReason?: string;
}

const OTHER: StatusRule = { outcome: 'GenericError', minimumDelayMs: 10_000 };

/** Event Grid's table of webhook answers: what is never retried, and how long a retry waits at least. */
const STATUS_RULES: Record<number, StatusRule> = {
  400: { outcome: 'BadRequest', minimumDelayMs: 0, deadLetterReason: 'UndeliverableDueToHttpBadRequest' },
  401: { outcome: 'Unauthorized', minimumDelayMs: 0, deadLetterReason: 'UndeliverableDueToHttpUnauthorized' },
  403: { outcome: 'Forbidden', minimumDelayMs: 0, deadLetterReason: 'UndeliverableDueToHttpForbidden' },
  404: { outcome: 'NotFound', minimumDelayMs: 300_000 },
  408: { outcome: 'TimedOut', minimumDelayMs: 120_000 },
  413: { outcome: 'PayloadTooLarge', minimumDelayMs: 0, deadLetterReason: 'UndeliverableDueToPayloadTooLarge' },
  503: { outcome: 'Busy', minimumDelayMs: 30_000 },
};

/** Outcome of an HTTP answer; only 200 to 204 count as delivered. */
export function outcomeOfStatus(status: number): Outcome {
  if (status >= 200 && status <= 204) return { delivered: true };
  return { delivered: false, detail: `HTTP ${status}`, ...(STATUS_RULES[status] ?? OTHER) };
}

/** Outcome of an attempt that got no answer. */
export function failure(outcome: string, detail: string): Failure {
  return { delivered: false, outcome, detail, minimumDelayMs: OTHER.minimumDelayMs };
}
