import { randomInt } from 'node:crypto';

/** .NET's largest tick count of a `long`; run ids count down from it. */
const MAX_TICKS = 9_223_372_036_854_775_807n;
const UNIX_EPOCH = 621_355_968_000_000_000n;

/** An id in the form of Logic Apps; ids of later runs sort before those of earlier ones. */
export function newRunId(now: number): string {
  const countdown = (MAX_TICKS - UNIX_EPOCH - BigInt(now) * 10_000n).toString().padStart(20, '0');
  const random = Array.from({ length: 4 }, () => randomInt(1_000_000).toString().padStart(6, '0')).join('');
  return `${countdown}${random}CU00`;
}
