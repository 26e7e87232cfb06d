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

/** An endpoint that Azure knows by its address alone, or a resource of Azure (a function, an event hub). */
export type EndpointKind = 'WebHook' | 'AzureResource';

type StatusRule = Omit<Failure, 'delivered' | 'detail'>;

const SECOND = 1000;
const MINUTE = 60 * SECOND;

const OTHER: StatusRule = { outcome: 'GenericError', minimumDelayMs: 10 * SECOND };

const final = (outcome: string, status: string): StatusRule => ({
  outcome,
  minimumDelayMs: 0,
  deadLetterReason: `UndeliverableDueToHttp${status}`,
});

const COMMON_RULES: Record<number, StatusRule> = {
  400: final('BadRequest', 'BadRequest'),
  403: final('Forbidden', 'Forbidden'),
  408: { outcome: 'TimedOut', minimumDelayMs: 2 * MINUTE },
  413: final('PayloadTooLarge', 'RequestEntityTooLarge'),
  503: { outcome: 'Busy', minimumDelayMs: 30 * SECOND },
};

/**
 * What is never retried, and how long a retry waits at least. From "Event Grid message delivery and retry" of Microsoft's
 * documentation (2026-02-09), tables of errors without retry and of status codes.
 */
const STATUS_RULES: Record<EndpointKind, Record<number, StatusRule>> = {
  WebHook: {
    ...COMMON_RULES,
    401: final('Unauthorized', 'Unauthorized'),
    404: { outcome: 'NotFound', minimumDelayMs: OTHER.minimumDelayMs },
  },
  AzureResource: {
    ...COMMON_RULES,
    401: { outcome: 'Unauthorized', minimumDelayMs: 5 * MINUTE },
    404: { outcome: 'NotFound', minimumDelayMs: 5 * MINUTE },
  },
};

/** Outcome of an HTTP answer; only 200 to 204 count as delivered. */
export function outcomeOfStatus(status: number, kind: EndpointKind): Outcome {
  if (status >= 200 && status <= 204) return { delivered: true };
  return { delivered: false, detail: `HTTP ${status}`, ...(STATUS_RULES[kind][status] ?? OTHER) };
}

/** Outcome of an attempt that got no answer. */
export function failure(outcome: string, detail: string): Failure {
  return { delivered: false, outcome, detail, minimumDelayMs: OTHER.minimumDelayMs };
}
