import { momentOf, zoneNamed, zoneOffsetMs } from '../expressions/dotnet/timeZone.ts';
import type { Recurrence } from '../project/definition.ts';

const SECOND = 1000;
const DAY = 86_400_000;
const STEPS = { Second: SECOND, Minute: 60 * SECOND, Hour: 3600 * SECOND, Day: DAY, Week: 7 * DAY };
const WEEK_DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/**
 * First time after `after` at which the recurrence fires, ms since 1970; undefined when it has ended. Intervals are counted
 * from `anchor`: its `startTime`, else when it fired last. Seconds, minutes and hours pass whatever clocks say; days, weeks,
 * months and schedules follow the clocks of `timeZone` (by default UTC). A time that these skip comes as much later, one
 * that they show twice comes once.
 */
export function nextOccurrence(recurrence: Recurrence, args: { after: number; anchor: number }): number | undefined {
  const { frequency, endTime } = recurrence;
  const passes = !recurrence.schedule && (frequency === 'Second' || frequency === 'Minute' || frequency === 'Hour');
  const next = passes
    ? nextStep(STEPS[frequency] * recurrence.interval, args.after, args.anchor)
    : nextByClock(recurrence, args);
  const end = endTime === undefined ? Infinity : timeOf(endTime, recurrence);
  return next <= end ? next : undefined;
}

/** A time of a recurrence: in UTC with a Z or without a time zone, else as its clocks show it. */
export function timeOf(text: string, { timeZone }: Pick<Recurrence, 'timeZone'>): number {
  if (text.endsWith('Z')) return Date.parse(text);
  return momentOf(zoneNamed(timeZone ?? 'UTC'), Date.parse(`${text}Z`));
}

/** Clocks go back by less than a day, so what they show twice is found when the search begins a day before. */
function nextByClock(recurrence: Recurrence, { after, anchor }: { after: number; anchor: number }): number {
  const zone = zoneNamed(recurrence.timeZone ?? 'UTC');
  const shown = (time: number) => time + zoneOffsetMs(zone, time);
  const first = shown(anchor);
  for (let local = shown(after) - DAY; ;) {
    local = nextLocal(recurrence, local, first);
    const time = momentOf(zone, local);
    if (time > after && time >= anchor) return time;
  }
}

/** The next time on the clocks, which are taken for UTC here. */
function nextLocal(recurrence: Recurrence, after: number, anchor: number): number {
  if (recurrence.schedule) return nextScheduled(recurrence, after, anchor);
  const { frequency, interval } = recurrence;
  if (frequency === 'Month') return nextMonth(interval, after, anchor);
  return nextStep(STEPS[frequency] * interval, after, anchor);
}

function nextStep(step: number, after: number, anchor: number): number {
  return anchor > after ? anchor : anchor + (Math.floor((after - anchor) / step) + 1) * step;
}

/** A day that a month does not have becomes its last one. */
function nextMonth(interval: number, after: number, anchor: number): number {
  const first = new Date(anchor);
  const passed = (new Date(after).getUTCFullYear() - first.getUTCFullYear() - 1) * 12;
  for (let count = Math.max(0, Math.floor(passed / interval)); ; count++) {
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
