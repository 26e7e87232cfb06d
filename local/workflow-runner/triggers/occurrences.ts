import type { Recurrence } from '../project/definition.ts';

const SECOND = 1000;
const DAY = 86_400_000;
const STEPS = { Second: SECOND, Minute: 60 * SECOND, Hour: 3600 * SECOND, Day: DAY, Week: 7 * DAY };
const WEEK_DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/**
 * First time after `after` at which the recurrence fires, ms since 1970; undefined when it has ended. Intervals are counted
 * from `anchor`: its `startTime`, else when it fired last. All times are UTC.
 */
export function nextOccurrence(recurrence: Recurrence, args: { after: number; anchor: number }): number | undefined {
  const { after, anchor } = args;
  const next = recurrence.schedule ? nextScheduled(recurrence, after, anchor) : nextInterval(recurrence, after, anchor);
  const end = recurrence.endTime === undefined ? Infinity : timeOf(recurrence.endTime);
  return next <= end ? next : undefined;
}

/** A time of a recurrence: without a zone it is UTC. */
export function timeOf(text: string): number {
  return Date.parse(text.endsWith('Z') ? text : `${text}Z`);
}

function nextInterval({ frequency, interval }: Recurrence, after: number, anchor: number): number {
  if (anchor > after) return anchor;
  if (frequency === 'Month') return nextMonth(interval, after, anchor);
  const step = STEPS[frequency] * interval;
  return anchor + (Math.floor((after - anchor) / step) + 1) * step;
}

/** A day that a month does not have becomes its last one. */
function nextMonth(interval: number, after: number, anchor: number): number {
  const first = new Date(anchor);
  for (let count = 1; ; count++) {
    const month = first.getUTCMonth() + count * interval;
    const lastDay = new Date(Date.UTC(first.getUTCFullYear(), month + 1, 0)).getUTCDate();
    const day = Math.min(first.getUTCDate(), lastDay);
    const time = Date.UTC(first.getUTCFullYear(), month, day) + (anchor % DAY);
    if (time > after) return time;
  }
}

function nextScheduled(recurrence: Recurrence, after: number, anchor: number): number {
  const times = timesOfDay(recurrence, anchor);
  const firstDay = Math.floor(anchor / DAY);
  for (let day = Math.max(firstDay, Math.floor(after / DAY)); ; day++) {
    if (!isScheduledDay(recurrence, day, firstDay)) continue;
    const time = times.map((ofDay) => day * DAY + ofDay).find((candidate) => candidate > after && candidate >= anchor);
    if (time !== undefined) return time;
  }
}

/** Times within a day in ms, ascending; what the schedule leaves open is that of the anchor. */
function timesOfDay({ schedule = {} }: Recurrence, anchor: number): number[] {
  const date = new Date(anchor);
  const hours = (schedule.hours ?? [date.getUTCHours()]).map(Number);
  const minutes = (schedule.minutes ?? [date.getUTCMinutes()]).map(Number);
  const times = hours.flatMap((hour) => minutes.map((minute) => (hour * 60 + minute) * 60 * SECOND));
  return times.toSorted((a, b) => a - b);
}

/** Days are counted from 1970-01-01, a Thursday; weeks begin on Sunday. */
function isScheduledDay({ frequency, interval, schedule = {} }: Recurrence, day: number, firstDay: number): boolean {
  const weekDay = (day + 4) % 7;
  if (frequency === 'Day') return (day - firstDay) % interval === 0;
  const weeks = Math.floor((day + 4) / 7) - Math.floor((firstDay + 4) / 7);
  const wanted = schedule.weekDays ?? [WEEK_DAYS[(firstDay + 4) % 7]!];
  return weeks % interval === 0 && wanted.includes(WEEK_DAYS[weekDay]!);
}
