import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTimeSpan } from './timeSpan.ts';

const HOUR = 3_600_000;

describe('parseTimeSpan', () => {
  it.each([
    ['00:00:02.5', 2_500],
    ['00:00:00.80', 800],
    ['01:30', 1.5 * HOUR],
    ['1.02:03:04', 26 * HOUR + 184_000],
    ['1:02:03:04', 26 * HOUR + 184_000],
    ['-00:00:01', -1_000],
    ['23:59:59', 24 * HOUR - 1_000],
    // The traps of .NET: a bare number is days, and so is what cannot be hours.
    ['60', 60 * 24 * HOUR],
    ['-1', -24 * HOUR],
    ['24:00:00', 24 * 24 * HOUR],
  ])('%s', (text, ms) => {
    expect(parseTimeSpan(text)).toBe(ms);
  });

  it.each(['', 'soon', '00:60:00', '00:00:60', '24:00', '1:2:3:4:5', '25:61:00', '1,5', '00:00:00.12345678'])(
    '"%s" is none',
    (text) => {
      expect(parseTimeSpan(text)).toBeUndefined();
    },
  );

  it('reads every span that is written out in full', () => {
    const below = (limit: number) => fc.nat({ max: limit - 1 });
    fc.assert(
      fc.property(below(1000), below(24), below(60), below(60), (days, hours, minutes, seconds) => {
        const clock = [hours, minutes, seconds].map((part) => String(part).padStart(2, '0')).join(':');
        const ms = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
        expect(parseTimeSpan(`${days}.${clock}`)).toBe(ms);
      }),
    );
  });
});
