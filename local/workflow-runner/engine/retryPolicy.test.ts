import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../json.ts';
import { durationMs } from './duration.ts';
import { readRetryPolicy, runWithRetry } from './retryPolicy.ts';

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
  const run = (results: { result: string; retry: boolean; retryAfterMs?: number }[], count = 2) => {
    const waits: number[] = [];
    const policy = { count, delayMs: () => 100 };
    const pause = async (ms: number) => void waits.push(ms);
    const result = runWithRetry({ policy, pause, timeScale: 0.5, attempt: async () => results.shift()! });
    return result.then((value) => ({ value, waits, left: results.length }));
  };

  it('repeats until an attempt needs no repetition', async () => {
    const attempts = [
      { result: 'a', retry: true },
      { result: 'b', retry: false },
      { result: 'c', retry: false },
    ];
    expect(await run(attempts)).toEqual({ value: 'b', waits: [50], left: 1 });
  });

  it('gives the last result when the policy is used up, and waits as long as the server asks', async () => {
    const attempts = [
      { result: 'a', retry: true, retryAfterMs: 300 },
      { result: 'b', retry: true },
      { result: 'c', retry: true },
    ];
    expect(await run(attempts)).toEqual({ value: 'c', waits: [150, 50], left: 0 });
  });
});
