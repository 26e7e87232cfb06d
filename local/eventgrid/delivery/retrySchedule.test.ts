import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryDelayMs } from './retrySchedule.ts';

describe('retryDelayMs', () => {
  it('follows Event Grid’s schedule', () => {
    const seconds = Array.from({ length: 12 }, (_, index) =>
      retryDelayMs({ attempts: index + 1, minimumDelayMs: 0, random: 0 }),
    ).map((ms) => ms / 1000);
    expect(seconds).toEqual([10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200, 43_200, 43_200]);
  });

  it('never waits less than the failure asks for, nor a tenth more than planned', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.nat(600_000),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempts, minimumDelayMs, random) => {
          const base = retryDelayMs({ attempts, minimumDelayMs, random: 0 });
          const delay = retryDelayMs({ attempts, minimumDelayMs, random });
          expect(base).toBeGreaterThanOrEqual(minimumDelayMs);
          expect(delay).toBeGreaterThanOrEqual(base);
          expect(delay).toBeLessThanOrEqual(base * 1.1);
        },
      ),
    );
  });
});
