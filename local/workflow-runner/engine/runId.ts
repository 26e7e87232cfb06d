import { randomInt } from 'node:crypto';

/** .NET's largest tick count of a `long`; run ids count down from it. */
const MAX_TICKS = 9_223_372_036_854_775_807n;
const UNIX_EPOCH = 621_355_968_000_000_000n;

/**
 * An id in the form of Logic Apps: 29 digits and `CU00`. Ids of later runs sort before those of earlier ones.
 * `now` is in
 * milliseconds since 1970 and may have a fraction.
 */
export function newRunId(now = performance.timeOrigin + performance.now()): string {
  const ticks = UNIX_EPOCH + BigInt(Math.floor(now * 10_000));
  const countdown = (MAX_TICKS - ticks).toString().padStart(20, '0');
  return `${countdown}${randomInt(1_000_000_000).toString().padStart(9, '0')}CU00`;
}
