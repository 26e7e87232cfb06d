import type { Clock } from '../clock.ts';
import type { RetryPolicy } from '../model.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * Event Grid's waits after the first, second, … failed attempt; the last one repeats. From "Event Grid message delivery and
 * retry" of Microsoft's documentation (2026-02-09).
 */
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

/** The "small randomization" of every step, as the share of a wait that is added at most. Azure does not say how large. */
const JITTER = 0.1;

/** Event Grid's defaults, which are its limits as well. */
export const RETRY_DEFAULTS = { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 } as const;

/**
 * Wait before the next attempt in ms: Event Grid's schedule, at least what the failure asks for, plus up to a tenth.
 * `random` is in [0, 1).
 */
export function retryDelayMs(args: { attempts: number; minimumDelayMs: number; random: number }): number {
  const wait = WAITS[Math.min(args.attempts, WAITS.length) - 1] ?? WAITS[0]!;
  return Math.max(wait, args.minimumDelayMs) * (1 + JITTER * args.random);
}

/** When an event is given up: after so many attempts, or this many milliseconds of the clock after it was published. */
export interface RetryLimits {
  attempts: number;
  timeToLive: number;
}

export function retryLimits(policy: RetryPolicy | undefined, clock: Clock): RetryLimits {
  const minutes = policy?.eventTimeToLiveInMinutes ?? RETRY_DEFAULTS.eventTimeToLiveInMinutes;
  return {
    attempts: policy?.maxDeliveryAttempts ?? RETRY_DEFAULTS.maxDeliveryAttempts,
    timeToLive: clock.after(0, minutes * MINUTE),
  };
}
