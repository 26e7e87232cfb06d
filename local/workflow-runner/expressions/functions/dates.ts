import { ExpressionError } from '../errors.ts';
import { formatDate } from '../dotnet/dateFormat.ts';
import {
  addMonths,
  addTicks,
  fromUnixMs,
  parseTimestamp,
  TICKS_PER_DAY,
  TICKS_PER_SECOND,
  toDate,
  type Timestamp,
} from '../dotnet/timestamp.ts';
import type { Arguments, PlainFunction } from './arguments.ts';

const HOUR = 3600n * TICKS_PER_SECOND;
const MINUTE = 60n * TICKS_PER_SECOND;

/** Time functions. Times have the precision of .NET's ticks; the default format is `o`. */
export const dateFunctions: Record<string, PlainFunction> = {
  adddays: { min: 2, max: 3, call: (args) => format(args, 2, add(args, TICKS_PER_DAY)) },
  addhours: { min: 2, max: 3, call: (args) => format(args, 2, add(args, HOUR)) },
  addminutes: { min: 2, max: 3, call: (args) => format(args, 2, add(args, MINUTE)) },
  addseconds: { min: 2, max: 3, call: (args) => format(args, 2, add(args, TICKS_PER_SECOND)) },
  addtotime: { min: 3, max: 4, call: (args) => format(args, 3, shift(args, time(args, 0), 1, 1)) },
  datedifference: { min: 2, max: 2, call: (args) => timeSpan(time(args, 1).ticks - time(args, 0).ticks) },
  dayofmonth: { min: 1, max: 1, call: (args) => toDate(time(args, 0)).getUTCDate() },
  dayofweek: { min: 1, max: 1, call: (args) => toDate(time(args, 0)).getUTCDay() },
  dayofyear: { min: 1, max: 1, call: dayOfYear },
  formatdatetime: { min: 1, max: 2, call: (args) => format(args, 1, time(args, 0)) },
  getfuturetime: { min: 2, max: 3, call: (args) => format(args, 2, shift(args, now(), 0, 1)) },
  getpasttime: { min: 2, max: 3, call: (args) => format(args, 2, shift(args, now(), 0, -1)) },
  parsedatetime: { min: 1, max: 1, call: (args) => formatDate(time(args, 0), 'o') },
  startofday: { min: 1, max: 2, call: (args) => format(args, 1, floor(args, TICKS_PER_DAY)) },
  startofhour: { min: 1, max: 2, call: (args) => format(args, 1, floor(args, HOUR)) },
  startofmonth: { min: 1, max: 2, call: (args) => format(args, 1, startOfMonth(args)) },
  subtractfromtime: { min: 3, max: 4, call: (args) => format(args, 3, shift(args, time(args, 0), 1, -1)) },
  ticks: { min: 1, max: 1, call: (args) => Number(time(args, 0).ticks) },
  utcnow: { min: 0, max: 1, call: (args) => format(args, 0, now()) },
};

function now(): Timestamp {
  return fromUnixMs(Date.now());
}

function time(args: Arguments, index: number): Timestamp {
  try {
    return parseTimestamp(args.text(index));
  } catch (error) {
    if (error instanceof ExpressionError) args.fail(`cannot use its parameter ${index + 1}: ${error.message}`);
    throw error;
  }
}

function format(args: Arguments, index: number, value: Timestamp): string {
  return formatDate(value, args.optionalText(index) ?? 'o');
}

/** Adds the second argument, in units; parts of a unit count. */
function add(args: Arguments, unit: bigint): Timestamp {
  const ticks = Math.round(args.number(1) * Number(unit));
  if (!Number.isFinite(ticks)) args.fail(`cannot add ${args.number(1)}`);
  return addTicks(time(args, 0), BigInt(ticks));
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
  if (months !== undefined) return addMonths(from, count * months);
  const ticks = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
  if (ticks !== undefined) return addTicks(from, BigInt(count) * ticks);
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
