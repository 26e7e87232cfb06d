import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/manualClock.ts';
import { Disorder, parseDisorder } from './disorder.ts';

const clock = new ManualClock();
const ids = Array.from({ length: 2000 }, (_, id) => String(id));

function chosen(share: number, seed: number): string[] {
  const disorder = new Disorder(clock);
  disorder.set({ share, seed });
  return ids.filter((id) => disorder.duplicateAt('hook', id) !== undefined);
}

describe('Disorder', () => {
  it('does nothing until it is set, nor after it is unset', () => {
    const disorder = new Disorder(clock);
    const isOrderly = () =>
      ids.every((id) => disorder.duplicateAt('hook', id) === undefined && disorder.firstAttempt(5, 'hook', id) === 5);
    expect(isOrderly()).toBe(true);
    disorder.set({ share: 1, seed: 1 });
    expect(isOrderly()).toBe(false);
    disorder.set(undefined);
    expect(isOrderly()).toBe(true);
  });

  it('chooses about the share of events, the same ones for the same seed', () => {
    for (const share of [0.1, 0.5]) {
      expect(chosen(share, 7).length / ids.length).toBeGreaterThan(share - 0.05);
      expect(chosen(share, 7).length / ids.length).toBeLessThan(share + 0.05);
    }
    expect(chosen(0.1, 7)).toEqual(chosen(0.1, 7));
    expect(chosen(0.1, 7)).not.toEqual(chosen(0.1, 8));
    expect(chosen(0, 7)).toEqual([]);
    expect(chosen(1, 7)).toEqual(ids);
  });

  it('never delays by more than ten seconds', () => {
    const disorder = new Disorder(clock);
    disorder.set({ share: 1, seed: 3 });
    const now = clock.now();
    fc.assert(
      fc.property(fc.string(), (id) => {
        for (const time of [disorder.firstAttempt(now, 'hook', id), disorder.duplicateAt('hook', id)!]) {
          expect(time).toBeGreaterThanOrEqual(now);
          expect(time).toBeLessThanOrEqual(now + 10_000);
        }
      }),
    );
  });
});

describe('parseDisorder', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['0.2', { share: 0.2, seed: 0 }],
    ['1:42', { share: 1, seed: 42 }],
  ])('reads %s', (text, settings) => {
    expect(parseDisorder(text)).toEqual(settings);
  });

  it.each(['often', '1.5', '-1', '0.2:x', '0.2:1.5', '0.2:1:1', ':1', '0.2:'])('refuses "%s"', (text) => {
    expect(() => parseDisorder(text)).toThrow(/^duplicates: /);
  });
});
