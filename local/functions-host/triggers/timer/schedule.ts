import { Cron } from 'croner';
import { HostError } from '../../hostError.ts';
import { parseTimeSpan } from '../../settings/timeSpan.ts';

/** When a timer fires. */
export interface Schedule {
  /** The first time after `from`; undefined when there will never be one. */
  next(from: Date): Date | undefined;
}

const NUMBERS = /^[\d*,/-]+$/;
const MONTHS = /^(?:[\d*,/-]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)+$/i;
const WEEKDAYS = /^(?:[0-6*,/-]|sun|mon|tue|wed|thu|fri|sat)+$/i;
const FIELDS = [NUMBERS, NUMBERS, NUMBERS, NUMBERS, MONTHS, WEEKDAYS];

/**
 * A schedule as the timer trigger takes it: six fields `{second} {minute} {hour} {day} {month} {day of week}`, or a .NET
 * time span between two runs (`24:00:00` is 24 days). UTC. Day and day of week must both match. Throws `HostError` for
 * anything else, also for what other cron dialects allow (five fields, names like `@daily`, `L`, `W`, `#`).
 */
export function parseSchedule(expression: string): Schedule {
  const intervalMs = parseTimeSpan(expression);
  if (intervalMs !== undefined && intervalMs > 0) return { next: (from) => new Date(from.getTime() + intervalMs) };
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== 6 || !FIELDS.every((allowed, index) => allowed.test(fields[index]!))) throw unknown(expression);
  try {
    const cron = new Cron(fields.join(' '), { timezone: 'UTC', domAndDow: true, paused: true });
    return { next: (from) => cron.nextRun(from) ?? undefined };
  } catch (error) {
    throw unknown(expression, (error as Error).message);
  }
}

/** Runs closer together than a minute are not worth remembering over a restart; neither does Azure. */
export function isMonitored(schedule: Schedule, from: Date): boolean {
  const first = schedule.next(from);
  const second = first && schedule.next(first);
  return second !== undefined && second.getTime() - first!.getTime() >= 60_000;
}

function unknown(expression: string, detail?: string): HostError {
  return new HostError(
    `The schedule expression '${expression}' was not recognized as a valid cron expression or timespan string. Use ` +
      `six fields, "{second} {minute} {hour} {day} {month} {day of week}", or "hh:mm:ss"${detail ? ` (${detail})` : ''}.`,
  );
}
