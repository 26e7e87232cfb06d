import { isObject, type Json } from '../json.ts';
import { durationMs } from './duration.ts';
import { ActionError, type ActionResult, type RetryRecord } from './records.ts';

/** Waits between the attempts of an action. */
export interface RetryPolicy {
  /** Attempts after the first. */
  count: number;
  /** Wait before attempt n + 1, ms. */
  delayMs(attempt: number): number;
}

const SECOND = 1000;
const DAY = 24 * 3600 * SECOND;
const SHORTEST_INTERVAL_MS = 5 * SECOND;
const MOST_RETRIES = 90;
/** The default policy on Azure: four retries, exponential, scaled by 7.5 s, between 5 and 45 s. */
const DEFAULT = { count: 4, intervalMs: 7.5 * SECOND, minimumMs: 5 * SECOND, maximumMs: 45 * SECOND };

/** The policy written in `inputs.retryPolicy`: default, none, fixed or exponential. Throws an `ActionError` for another one. */
export function readRetryPolicy(written: Json | undefined): RetryPolicy {
  if (written === undefined || written === null) return exponential(DEFAULT);
  const policy = isObject(written) ? written : {};
  switch (String(policy.type).toLowerCase()) {
    case 'default':
      return exponential(DEFAULT);
    case 'none':
      return { count: 0, delayMs: () => 0 };
    case 'fixed': {
      const intervalMs = interval(policy.interval, 'interval', SHORTEST_INTERVAL_MS);
      return { count: retryCount(policy.count), delayMs: () => intervalMs };
    }
    case 'exponential': {
      const intervalMs = interval(policy.interval, 'interval', SHORTEST_INTERVAL_MS);
      return exponential({
        count: retryCount(policy.count),
        intervalMs,
        minimumMs: policy.minimumInterval === undefined ? 0 : interval(policy.minimumInterval, 'minimumInterval', 0),
        maximumMs: policy.maximumInterval === undefined ? DAY : interval(policy.maximumInterval, 'maximumInterval', 0),
      });
    }
    default:
      throw invalid(`the type must be default, none, fixed or exponential, not ${JSON.stringify(policy.type ?? null)}`);
  }
}

function exponential(args: { count: number; intervalMs: number; minimumMs: number; maximumMs: number }): RetryPolicy {
  const { count, intervalMs, minimumMs, maximumMs } = args;
  return {
    count,
    delayMs: (attempt) =>
      Math.min(Math.max(intervalMs * 2 ** (attempt - 1) * (0.5 + Math.random()), minimumMs), maximumMs),
  };
}

function retryCount(count: Json | undefined): number {
  if (typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= MOST_RETRIES) return count;
  throw invalid(`count must be a whole number from 1 to ${MOST_RETRIES}, not ${JSON.stringify(count ?? null)}`);
}

function interval(text: Json | undefined, name: string, shortestMs: number): number {
  const ms = typeof text === 'string' ? durationMs(text) : undefined;
  if (ms !== undefined && ms >= shortestMs && ms <= DAY) return ms;
  throw invalid(
    `${name} must be a duration from PT${shortestMs / SECOND}S to P1D, not ${JSON.stringify(text ?? null)}`,
  );
}

function invalid(why: string): ActionError {
  return new ActionError({ code: 'InvalidRetryPolicy', message: `The retry policy is not valid: ${why}.` });
}

/** An attempt that may be repeated, with the wait that the other side asked for. */
export interface Attempt {
  result: ActionResult;
  retry: boolean;
  retryAfterMs?: number;
}

/** Runs `attempt` until it needs no repetition or the policy is used up; returns the last result with those before. */
export async function runWithRetry(args: {
  policy: RetryPolicy;
  pause: (ms: number) => Promise<void>;
  timeScale: number;
  attempt: () => Promise<Attempt>;
}): Promise<ActionResult> {
  const retryHistory: RetryRecord[] = [];
  for (let number = 1; ; number++) {
    const startTime = new Date().toISOString();
    const { result, retry, retryAfterMs = 0 } = await args.attempt();
    if (!retry || number > args.policy.count) return { ...result, ...(retryHistory.length > 0 && { retryHistory }) };
    const { code = result.status, error } = result;
    retryHistory.push({ startTime, endTime: new Date().toISOString(), code, ...(error && { error }) });
    const wait = Math.max(args.policy.delayMs(number), retryAfterMs);
    await args.pause(wait * args.timeScale);
  }
}
