import type { RetryOptions } from '../app/coreTypes.ts';
import { errorDetails, type Log } from '../log.ts';
import type { FunctionRunner, TriggerInput } from './functionRunner.ts';
import { InvocationCutOff } from './invoker.ts';
import { pause } from './pause.ts';

/** How a call with its retries ended; `cut off`: the trigger stopped before the last try, or the host before its end. */
export type RetriedOutcome = 'succeeded' | 'failed' | 'cut off';

/** Multiplies every delay: 1, but less in tests that need several tries. */
export interface RetryClock {
  timeScale: number;
}

/**
 * Calls the function by its retry policy: without one, once. The tries happen here and now, so a partition waits until
 * they end; their count is in memory and starts again with the process. Errors are logged by the runner, not thrown.
 */
export async function invokeWithRetry({
  runner,
  input,
  clock,
  log,
  stopped,
}: {
  runner: FunctionRunner;
  input: TriggerInput;
  clock: RetryClock;
  log: Log;
  /** Ends a wait between two tries. */
  stopped: AbortSignal;
}): Promise<RetriedOutcome> {
  const policy = runner.metadata.retryOptions;
  const maxRetryCount = policy?.maxRetryCount ?? 0;
  let exception: { message: string; stackTrace?: string } | undefined;
  for (let retryCount = 0; ; retryCount++) {
    try {
      await runner.invoke(input, policy && { retryCount, maxRetryCount, exception });
      return 'succeeded';
    } catch (error) {
      if (error instanceof InvocationCutOff) return 'cut off';
      if (!policy) return 'failed';
      if (maxRetryCount >= 0 && retryCount >= maxRetryCount) {
        log('error', `Function.${runner.name}`, `Gave up after ${retryCount} retries`);
        return 'failed';
      }
      exception = { message: (error as Error)?.message ?? String(error), stackTrace: (error as Error)?.stack };
      const delayMs = retryDelayMs(policy, retryCount) * clock.timeScale;
      log('warning', `Function.${runner.name}`, 'Waiting for the next try', {
        retry: retryCount + 1,
        of: maxRetryCount < 0 ? 'unlimited' : maxRetryCount,
        delayMs: Math.round(delayMs),
        error: errorDetails(error).error,
      });
      await pause(delayMs, stopped);
      if (stopped.aborted) return 'cut off';
    }
  }
}

/** The wait before retry `retryCount` + 1: fixed, or doubling from the minimum to the maximum with 20 % of jitter. */
export function retryDelayMs(policy: RetryOptions, retryCount: number, random: () => number = Math.random): number {
  if (policy.retryStrategy === 'fixedDelay') return (policy.delayInterval?.seconds ?? 0) * 1000;
  const minimum = (policy.minimumInterval?.seconds ?? 0) * 1000;
  const maximum = (policy.maximumInterval?.seconds ?? 0) * 1000;
  const jitter = 0.8 + 0.4 * random();
  return Math.min(maximum, minimum + (2 ** retryCount - 1) * minimum * jitter);
}
