import { describe, expect, it } from 'vitest';
import { isMonitored, parseSchedule } from './schedule.ts';

const FROM = new Date('2026-01-01T10:07:30.500Z'); // a Thursday

function next(expression: string): string | undefined {
  return parseSchedule(expression).next(FROM)?.toISOString();
}

describe('parseSchedule', () => {
  it.each([
    ['* * * * * *', '2026-01-01T10:07:31.000Z'],
    ['0 */10 * * * *', '2026-01-01T10:10:00.000Z'],
    ['0 30 2 * * *', '2026-01-02T02:30:00.000Z'],
    ['0 0 9 * * MON-FRI', '2026-01-02T09:00:00.000Z'],
    ['0 0 0 1,15 Feb *', '2026-02-01T00:00:00.000Z'],
    // Day and day of week must both match: the first Monday that is a 5th.
    ['0 0 0 5 * 1', '2026-01-05T00:00:00.000Z'],
    ['0 0 0 6 * 1', '2026-04-06T00:00:00.000Z'],
    ['00:10:00', '2026-01-01T10:17:30.500Z'],
    ['24:00:00', '2026-01-25T10:07:30.500Z'],
  ])('%s', (expression, expected) => {
    expect(next(expression)).toBe(expected);
  });

  it.each([
    '*/5 * * * *',
    '@daily',
    '0 0 0 L * *',
    '0 0 0 * * 5#2',
    '61 * * * * *',
    'soon',
    '',
    '00:00:00',
    '* * * * * * *',
  ])('refuses "%s" as the timer trigger does', (expression) => {
    expect(() => parseSchedule(expression)).toThrow(
      `The schedule expression '${expression}' was not recognized as a valid cron expression or timespan`,
    );
  });

  it('remembers runs that are a minute or more apart', () => {
    expect(isMonitored(parseSchedule('0 * * * * *'), FROM)).toBe(true);
    expect(isMonitored(parseSchedule('*/30 * * * * *'), FROM)).toBe(false);
  });
});
