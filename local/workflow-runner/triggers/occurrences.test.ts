import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Recurrence } from '../project/definition.ts';
import { nextOccurrence } from './occurrences.ts';

const at = (text: string) => Date.parse(text);
const next = (recurrence: Recurrence, after: string, anchor: string) => {
  const time = nextOccurrence(recurrence, { after: at(after), anchor: at(anchor) });
  return time === undefined ? undefined : new Date(time).toISOString().replace(':00.000Z', 'Z');
};

describe('nextOccurrence', () => {
  it.each<[string, Recurrence, string, string, string | undefined]>([
    [
      'the night after',
      { frequency: 'Day', interval: 1 },
      '2025-03-10T15:00Z',
      '2025-01-01T02:00Z',
      '2025-03-11T02:00Z',
    ],
    [
      'the same night',
      { frequency: 'Day', interval: 1 },
      '2025-03-10T01:59Z',
      '2025-01-01T02:00Z',
      '2025-03-10T02:00Z',
    ],
    [
      'not the moment itself',
      { frequency: 'Day', interval: 1 },
      '2025-03-10T02:00Z',
      '2025-01-01T02:00Z',
      '2025-03-11T02:00Z',
    ],
    [
      'a start to come',
      { frequency: 'Hour', interval: 6 },
      '2025-03-10T02:00Z',
      '2025-06-01T00:30Z',
      '2025-06-01T00:30Z',
    ],
    [
      'every 15 minutes',
      { frequency: 'Minute', interval: 15 },
      '2025-03-10T02:31Z',
      '2025-03-10T02:00Z',
      '2025-03-10T02:45Z',
    ],
    [
      'every second week',
      { frequency: 'Week', interval: 2 },
      '2025-03-10T00:00Z',
      '2025-03-03T08:00Z',
      '2025-03-17T08:00Z',
    ],
    [
      'the last day of a month',
      { frequency: 'Month', interval: 1 },
      '2025-02-01T00:00Z',
      '2025-01-31T06:00Z',
      '2025-02-28T06:00Z',
    ],
    [
      'every quarter',
      { frequency: 'Month', interval: 3 },
      '2025-05-01T00:00Z',
      '2025-01-15T06:00Z',
      '2025-07-15T06:00Z',
    ],
    [
      'an end',
      { frequency: 'Day', interval: 1, endTime: '2025-03-10T12:00:00' },
      '2025-03-10T03:00Z',
      '2025-01-01T02:00Z',
      undefined,
    ],
    [
      'hours of a day',
      { frequency: 'Day', interval: 1, schedule: { hours: ['18', 6], minutes: [0, 30] } },
      '2025-03-10T06:10Z',
      '2025-01-01T00:00Z',
      '2025-03-10T06:30Z',
    ],
    [
      'tomorrow',
      { frequency: 'Day', interval: 1, schedule: { hours: [6] } },
      '2025-03-10T06:10Z',
      '2025-01-01T00:05Z',
      '2025-03-11T06:05Z',
    ],
    [
      'every third day',
      { frequency: 'Day', interval: 3, schedule: { hours: [6], minutes: [0] } },
      '2025-01-01T07:00Z',
      '2025-01-01T00:00Z',
      '2025-01-04T06:00Z',
    ],
    [
      'days of the week',
      { frequency: 'Week', interval: 1, schedule: { weekDays: ['Monday', 'Friday'], hours: [9], minutes: [0] } },
      '2025-03-12T00:00Z',
      '2025-01-01T00:00Z',
      '2025-03-14T09:00Z',
    ],
    [
      'the other week',
      { frequency: 'Week', interval: 2, schedule: { weekDays: ['Monday'], hours: [9], minutes: [0] } },
      '2025-03-10T10:00Z',
      '2025-03-10T00:00Z',
      '2025-03-24T09:00Z',
    ],
  ])('%s', (_what, recurrence, after, anchor, expected) => {
    expect(next(recurrence, after, anchor)).toBe(expected);
  });

  it('is always later, whole intervals from the anchor, with none left out', () => {
    const frequency = fc.constantFrom<Recurrence['frequency']>('Second', 'Minute', 'Hour', 'Day', 'Week');
    const steps = { Second: 1000, Minute: 60_000, Hour: 3_600_000, Day: 86_400_000, Week: 604_800_000, Month: 0 };
    const time = fc.integer({ min: at('2020-01-01'), max: at('2030-01-01') });
    fc.assert(
      fc.property(frequency, fc.integer({ min: 1, max: 50 }), time, time, (unit, interval, after, anchor) => {
        const found = nextOccurrence({ frequency: unit, interval }, { after, anchor })!;
        const step = steps[unit] * interval;
        expect(found).toBeGreaterThan(after);
        expect((found - anchor) % step).toBe(0);
        expect(found === anchor || found - step <= after).toBe(true);
      }),
    );
  });
});
