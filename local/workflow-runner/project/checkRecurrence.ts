import { ExpressionError } from '../expressions/errors.ts';
import { zoneNamed } from '../expressions/dotnet/timeZone.ts';
import { timeOf } from '../triggers/occurrences.ts';
import type { Recurrence } from './definition.ts';

/** Azure's limits of the interval, about 16 months each. */
const LONGEST = { Second: 9_999_999, Minute: 72_000, Hour: 12_000, Day: 500, Week: 71, Month: 16 };

/** What is wrong with a recurrence beyond its form, as one clause. */
export function recurrenceFault(recurrence: Recurrence): string | undefined {
  const { frequency, interval, schedule } = recurrence;
  if (interval > LONGEST[frequency])
    return `recurrence.interval: ${interval} is too long for the frequency ${frequency}; use at most ${LONGEST[frequency]}`;
  if (schedule && frequency !== 'Day' && frequency !== 'Week')
    return `recurrence.schedule is for the frequencies Day and Week, not ${frequency}`;
  if (schedule?.weekDays && frequency !== 'Week')
    return `recurrence.schedule.weekDays is for the frequency Week, not ${frequency}`;
  return zoneFault(recurrence) ?? timeFault(recurrence, 'startTime') ?? timeFault(recurrence, 'endTime');
}

function zoneFault({ timeZone }: Recurrence): string | undefined {
  try {
    zoneNamed(timeZone ?? 'UTC');
    return undefined;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return `recurrence.timeZone: ${error.message}`;
  }
}

function timeFault(recurrence: Recurrence, name: 'startTime' | 'endTime'): string | undefined {
  const text = recurrence[name];
  if (text === undefined || !Number.isNaN(timeOf(text, recurrence))) return undefined;
  return `recurrence.${name}: "${text}" is no time; write it like 2025-01-31T02:00:00Z`;
}
