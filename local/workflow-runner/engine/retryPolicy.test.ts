import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../json.ts';
import { durationMs } from './duration.ts';
import type { ActionResult } from './records.ts';
import { readRetryPolicy, runWithRetry, type Attempt } from './retryPolicy.ts';

describe('durationMs', () => {
  it.each([
    ['PT5S', 5000],
    ['PT1M30S', 90_000],
    ['PT1H', 3_600_000],
    ['P1DT12H', 129_600_000],
    ['P2W', 1_209_600_000],
    ['PT0.5S', 500],
  ])('%s is %i ms', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  it.each(['', 'P', 'PT', 'P1DT', '5S', 'PT5', 'P1M', 'pt5s'])('%j is none', (text) => {
    expect(durationMs(text)).toBeUndefined();
  });
});

describe('readRetryPolicy', () => {
  it('waits longer each time within its bounds when exponential', () => {
    const written = {
      type: 'exponential',
      count: 6,
      interval: 'PT10S',
      minimumInterval: 'PT5S',
      maximumInterval: 'PT1M',
    };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), (attempt) => {
        const delay = readRetryPolicy(written).delayMs(attempt);
        expect(delay).toBeGreaterThanOrEqual(Math.min(5000 * 2 ** (attempt - 1), 60_000));
        expect(delay).toBeLessThanOrEqual(60_000);
      }),
    );
  });

  it('is exponential with four retries by default, fixed where it says so, none where it says so', () => {
    const standard = readRetryPolicy(undefined);
    expect(standard.count).toBe(4);
    expect(readRetryPolicy({ type: 'Default' }).count).toBe(4);
    for (let attempt = 1; attempt <= 4; attempt++) {
      expect(standard.delayMs(attempt)).toBeGreaterThanOrEqual(5000);
      expect(standard.delayMs(attempt)).toBeLessThanOrEqual(45_000);
    }
    const fixed = readRetryPolicy({ type: 'Fixed', count: 3, interval: 'PT30S' });
    expect([fixed.count, fixed.delayMs(1), fixed.delayMs(3)]).toEqual([3, 30_000, 30_000]);
    expect(readRetryPolicy({ type: 'none' }).count).toBe(0);
  });

  it.each<[Json, RegExp]>([
    [{ type: 'linear' }, /none, fixed or exponential, not "linear"/],
    [{}, /not null/],
    [{ type: 'fixed', count: 0, interval: 'PT5S' }, /count must be a whole number from 1 to 90/],
    [{ type: 'fixed', count: 91, interval: 'PT5S' }, /not 91/],
    [{ type: 'fixed', count: 1, interval: 'PT4S' }, /interval must be a duration from PT5S to P1D/],
    [{ type: 'exponential', count: 1, interval: 'P2D' }, /not "P2D"/],
    [{ type: 'exponential', count: 1, interval: 'PT5S', maximumInterval: 5 }, /maximumInterval must be a duration/],
  ])('refuses %j', (written, message) => {
    expect(() => readRetryPolicy(written)).toThrow(message);
  });
});

describe('runWithRetry', () => {
  const failed = (code: string): ActionResult => ({ status: 'Failed', code, error: { code, message: code } });

  const run = async (attempts: Attempt[]) => {
    const waits: number[] = [];
    const policy = { count: 2, delayMs: () => 100 };
    const pause = async (ms: number) => void waits.push(ms);
    const result = await runWithRetry({ policy, pause, timeScale: 0.5, attempt: async () => attempts.shift()! });
    return { result, waits, left: attempts.length };
  };

  it('repeats until an attempt needs no repetition, and keeps the ones before', async () => {
    const { result, waits, left } = await run([
      { result: failed('Busy'), retry: true },
      { result: { status: 'Succeeded' }, retry: false },
      { result: failed('NotReached'), retry: false },
    ]);
    expect(result).toMatchObject({ status: 'Succeeded', retryHistory: [{ code: 'Busy', error: { message: 'Busy' } }] });
    expect(result.retryHistory![0]!.startTime <= result.retryHistory![0]!.endTime).toBe(true);
    expect({ waits, left }).toEqual({ waits: [50], left: 1 });
  });

  it('gives the last result when the policy is used up, and waits as long as the server asks', async () => {
    const { result, waits } = await run([
      { result: failed('A'), retry: true, retryAfterMs: 300 },
      { result: failed('B'), retry: true },
      { result: failed('C'), retry: true },
    ]);
    expect(result).toMatchObject({ code: 'C', retryHistory: [{ code: 'A' }, { code: 'B' }] });
    expect(waits).toEqual([150, 50]);
  });

  it('has no retry history where nothing was repeated', async () => {
    expect((await run([{ result: failed('A'), retry: false }])).result).toEqual(failed('A'));
  });
});
