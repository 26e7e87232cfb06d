const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Event Grid's waits after the first, second, … failed attempt; the last one repeats. */
const WAITS = [
  10 * SECOND,
  30 * SECOND,
  MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
];

/** Share of a wait that is added at random, so that retries of many events spread. */
const JITTER = 0.1;

/**
 * Wait before the next attempt in ms: Event Grid's schedule, at least what the failure asks for, plus up to a tenth.
 * `random` is in [0, 1).
 */
export function retryDelayMs(args: { attempts: number; minimumDelayMs: number; random: number }): number {
  const wait = WAITS[Math.min(args.attempts, WAITS.length) - 1] ?? WAITS[0]!;
  return Math.max(wait, args.minimumDelayMs) * (1 + JITTER * args.random);
}

export const RETRY_DEFAULTS = { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 } as const;
