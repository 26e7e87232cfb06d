import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Recurrence } from '../project/definition.ts';
import { nextOccurrence, timeOf } from './occurrences.ts';

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

  const berlin = (more: Partial<Recurrence>): Recurrence => ({
    frequency: 'Day',
    interval: 1,
    timeZone: 'W. Europe Standard Time',
    ...more,
  });

  it.each<[string, Recurrence, string, string]>([
    ['winter', berlin({ startTime: '2025-01-01T02:00:00' }), '2025-01-10T12:00Z', '2025-01-11T01:00Z'],
    ['summer', berlin({ startTime: '2025-01-01T02:00:00' }), '2025-07-10T12:00Z', '2025-07-11T00:00Z'],
    ['a start in UTC', berlin({ startTime: '2025-01-01T01:00:00Z' }), '2025-07-10T12:00Z', '2025-07-11T00:00Z'],
    ['clocks that skip it', berlin({ startTime: '2025-01-01T02:30:00' }), '2025-03-29T12:00Z', '2025-03-30T01:30Z'],
    ['the day after', berlin({ startTime: '2025-01-01T02:30:00' }), '2025-03-30T01:30Z', '2025-03-31T00:30Z'],
    [
      'clocks that show it twice',
      berlin({ startTime: '2025-01-01T02:30:00' }),
      '2025-10-25T12:00Z',
      '2025-10-26T01:30Z',
    ],
    ['once only', berlin({ startTime: '2025-01-01T02:30:00' }), '2025-10-26T01:30Z', '2025-10-27T01:30Z'],
    [
      'a restart between the two',
      berlin({ startTime: '2025-01-01T02:10:00' }),
      '2025-10-26T00:50Z',
      '2025-10-26T01:10Z',
    ],
    [
      'a schedule',
      berlin({ frequency: 'Week', schedule: { weekDays: ['Monday'], hours: [9], minutes: [0] } }),
      '2025-03-28T00:00Z',
      '2025-03-31T07:00Z',
    ],
    [
      'months',
      berlin({ frequency: 'Month', startTime: '2025-01-15T09:00:00' }),
      '2025-03-20T00:00Z',
      '2025-04-15T07:00Z',
    ],
    [
      'hours, which pass',
      berlin({ frequency: 'Hour', interval: 12, startTime: '2025-03-29T12:00:00' }),
      '2025-03-29T23:30Z',
      '2025-03-30T11:00Z',
    ],
    [
      'a zone by its IANA name',
      { frequency: 'Day', interval: 1, timeZone: 'America/New_York', startTime: '2025-01-01T08:00:00' },
      '2025-07-01T00:00Z',
      '2025-07-01T12:00Z',
    ],
  ])('goes by the clocks of a time zone: %s', (_what, recurrence, after, expected) => {
    const { startTime = '2025-01-01T00:00:00Z' } = recurrence;
    expect(next(recurrence, after, new Date(timeOf(startTime, recurrence)).toISOString())).toBe(expected);
  });

  it('is at the same time of the clocks each day, and never left out', () => {
    const zone = fc.constantFrom('W. Europe Standard Time', 'Pacific Standard Time', 'Lord Howe Standard Time', 'UTC');
    const minutes = fc.integer({ min: 0, max: 1439 });
    const time = fc.integer({ min: at('2024-01-01'), max: at('2027-01-01') });
    fc.assert(
      fc.property(zone, minutes, time, (timeZone, ofDay, after) => {
        const schedule = { hours: [Math.floor(ofDay / 60)], minutes: [ofDay % 60] };
        const recurrence: Recurrence = { frequency: 'Day', interval: 1, timeZone, schedule };
        const first = nextOccurrence(recurrence, { after, anchor: at('2023-12-01') })!;
        const second = nextOccurrence(recurrence, { after: first, anchor: at('2023-12-01') })!;
        expect(first).toBeGreaterThan(after);
        expect(first - after).toBeLessThanOrEqual(26 * 3_600_000);
        expect(Math.abs(second - first - 86_400_000)).toBeLessThanOrEqual(3_600_000);
      }),
    );
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
