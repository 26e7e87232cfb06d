import { formatDate } from '../dotnet/dateFormat.ts';
import { parseDate } from '../dotnet/dateParse.ts';
import {
  addMonths,
  addTicks,
  fromUnixMs,
  TICKS_PER_DAY,
  TICKS_PER_SECOND,
  toDate,
  type Timestamp,
} from '../dotnet/timestamp.ts';
import { fromUtc, toUtc, zoneNamed } from '../dotnet/timeZone.ts';
import type { Arguments, PlainFunction } from './arguments.ts';

const HOUR = 3600n * TICKS_PER_SECOND;
const MINUTE = 60n * TICKS_PER_SECOND;

/** Time functions. Times have the precision of .NET's ticks; the default format is `o`. */
export const dateFunctions: Record<string, PlainFunction> = {
  addDays: { min: 2, max: 3, call: (args) => format(args, 2, add(args, TICKS_PER_DAY)) },
  addHours: { min: 2, max: 3, call: (args) => format(args, 2, add(args, HOUR)) },
  addMinutes: { min: 2, max: 3, call: (args) => format(args, 2, add(args, MINUTE)) },
  addSeconds: { min: 2, max: 3, call: (args) => format(args, 2, add(args, TICKS_PER_SECOND)) },
  addToTime: { min: 3, max: 4, call: (args) => format(args, 3, shift(args, time(args, 0), 1, 1)) },
  convertFromUtc: { min: 2, max: 3, call: (args) => format(args, 2, fromUtc(utc(args, 0), zone(args, 1))) },
  convertTimeZone: { min: 3, max: 4, call: convertTimeZone },
  convertToUtc: { min: 2, max: 3, call: (args) => format(args, 2, asUtc(args, zone(args, 1))) },
  dateDifference: { min: 2, max: 2, call: (args) => timeSpan(time(args, 1).ticks - time(args, 0).ticks) },
  dayOfMonth: { min: 1, max: 1, call: (args) => toDate(time(args, 0)).getUTCDate() },
  dayOfWeek: { min: 1, max: 1, call: (args) => toDate(time(args, 0)).getUTCDay() },
  dayOfYear: { min: 1, max: 1, call: dayOfYear },
  formatDateTime: { min: 1, max: 3, call: (args) => format(args, 1, time(args, 0), args.optionalText(2)) },
  getFutureTime: { min: 2, max: 3, call: (args) => format(args, 2, shift(args, now(), 0, 1)) },
  getPastTime: { min: 2, max: 3, call: (args) => format(args, 2, shift(args, now(), 0, -1)) },
  parseDateTime: { min: 1, max: 3, call: parseDateTime },
  startOfDay: { min: 1, max: 2, call: (args) => format(args, 1, floor(args, TICKS_PER_DAY)) },
  startOfHour: { min: 1, max: 2, call: (args) => format(args, 1, floor(args, HOUR)) },
  startOfMonth: { min: 1, max: 2, call: (args) => format(args, 1, startOfMonth(args)) },
  subtractFromTime: { min: 3, max: 4, call: (args) => format(args, 3, shift(args, time(args, 0), 1, -1)) },
  ticks: { min: 1, max: 1, call: (args) => Number(time(args, 0).ticks) },
  utcNow: { min: 0, max: 1, call: (args) => format(args, 0, now()) },
};

function now(): Timestamp {
  return fromUnixMs(Date.now());
}

function time(args: Arguments, index: number): Timestamp {
  const text = args.text(index);
  return args.attempt(() => parseDate(text));
}

/** A time without an offset is taken for UTC. */
function utc(args: Arguments, index: number): Timestamp {
  return { ...time(args, index), isUtc: true };
}

function zone(args: Arguments, index: number): string {
  const name = args.text(index);
  return args.attempt(() => zoneNamed(name));
}

/** A time with an offset is a moment already; one without is what the clocks of the zone show. */
function asUtc(args: Arguments, source: string): Timestamp {
  const value = time(args, 0);
  return value.isUtc ? value : args.attempt(() => toUtc(value, source));
}

/** Between two zones; a time with an offset is a moment, whatever the source says. */
function convertTimeZone(args: Arguments): string {
  return format(args, 3, fromUtc(asUtc(args, zone(args, 1)), zone(args, 2)));
}

function parseDateTime(args: Arguments): string {
  const [text, locale, pattern] = [args.text(0), args.optionalText(1), args.optionalText(2)];
  return args.attempt(() => formatDate(parseDate(text, locale, pattern), 'o'));
}

function format(args: Arguments, index: number, value: Timestamp, locale?: string): string {
  const pattern = args.optionalText(index) ?? 'o';
  return args.attempt(() => formatDate(value, pattern, locale));
}

/** Adds the second argument, in units; parts of a unit count. */
function add(args: Arguments, unit: bigint): Timestamp {
  const value = time(args, 0);
  const ticks = Math.round(args.number(1) * Number(unit));
  if (!Number.isFinite(ticks)) args.fail(`cannot add ${args.number(1)}`);
  return args.attempt(() => addTicks(value, BigInt(ticks)));
}

const UNITS: Record<string, bigint> = {
  second: TICKS_PER_SECOND,
  minute: MINUTE,
  hour: HOUR,
  day: TICKS_PER_DAY,
  week: 7n * TICKS_PER_DAY,
};
const MONTHS: Record<string, number> = { month: 1, year: 12 };

/** Moves by the interval and unit at `index`, forwards (1) or backwards (-1). */
function shift(args: Arguments, from: Timestamp, index: number, direction: 1 | -1): Timestamp {
  const count = args.integer(index) * direction;
  const unit = args.text(index + 1).toLowerCase();
  const months = Object.hasOwn(MONTHS, unit) ? MONTHS[unit] : undefined;
  if (months !== undefined) return args.attempt(() => addMonths(from, count * months));
  const ticks = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
  if (ticks !== undefined) return args.attempt(() => addTicks(from, BigInt(count) * ticks));
  return args.fail(
    `expects Second, Minute, Hour, Day, Week, Month or Year, not ${JSON.stringify(args.text(index + 1))}`,
  );
}

function floor(args: Arguments, unit: bigint): Timestamp {
  const value = time(args, 0);
  return { ...value, ticks: value.ticks - (value.ticks % unit) };
}

function startOfMonth(args: Arguments): Timestamp {
  const day = floor(args, TICKS_PER_DAY);
  return addTicks(day, -BigInt(toDate(day).getUTCDate() - 1) * TICKS_PER_DAY);
}

function dayOfYear(args: Arguments): number {
  const date = toDate(time(args, 0));
  const firstDay = new Date(date);
  firstDay.setUTCMonth(0, 1);
  return Math.floor((date.getTime() - firstDay.getTime()) / 86_400_000) + 1;
}

/** .NET's `c` format: `[-][d.]hh:mm:ss[.fffffff]`. */
function timeSpan(ticks: bigint): string {
  const size = ticks < 0n ? -ticks : ticks;
  const days = size / TICKS_PER_DAY;
  const two = (value: bigint) => value.toString().padStart(2, '0');
  const clock = [(size / HOUR) % 24n, (size / MINUTE) % 60n, (size / TICKS_PER_SECOND) % 60n].map(two).join(':');
  const fraction = size % TICKS_PER_SECOND;
  return [
    ticks < 0n ? '-' : '',
    days > 0n ? `${days}.` : '',
    clock,
    fraction > 0n ? `.${fraction.toString().padStart(7, '0')}` : '',
  ].join('');
}
