import { TransientStoreError } from './transientError.ts';

/** How long a call is tried again while its store is busy or away. */
export interface RetryPolicy {
  /** Tries in all. */
  attempts: number;
  /** Upper bound of the wait before the second try, ms; doubles with every further one up to `maximumMs`. */
  baseMs: number;
  maximumMs: number;
  sleep(ms: number): Promise<void>;
  /** A number in [0, 1). */
  random(): number;
}

/**
 * About 12 s in all. What lasts longer is left to the retry policy of the function, which pauses the whole partition
 * instead of holding a batch in memory.
 */
export const defaultRetryPolicy: RetryPolicy = {
  attempts: 8,
  baseMs: 100,
  maximumMs: 4000,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: Math.random,
};

/** The wait before try `attempt` + 1: full jitter (a random share of the bound), but never less than the store asked for. */
export function backoffMs(policy: RetryPolicy, attempt: number, retryAfterMs = 0): number {
  const bound = Math.min(policy.maximumMs, policy.baseMs * 2 ** (attempt - 1));
  return retryAfterMs + policy.random() * bound;
}

/** Calls `operation` again while it throws `TransientStoreError`, at most `attempts` times; then throws the last error. */
export async function withRetry<T>(policy: RetryPolicy, operation: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await operation();
    } catch (error) {
      if (!(error instanceof TransientStoreError) || attempt >= policy.attempts) throw error;
      await policy.sleep(backoffMs(policy, attempt, error.retryAfterMs));
    }
  }
}
