import type { Value } from '../../json.ts';
import type { SqlFunction } from './function.ts';

/** 100 ns since the year 1, as Cosmos DB counts ticks: since 1970. */
const TICKS_PER_MS = 10_000;

/** Where bins begin unless told otherwise. */
const EPOCH = '1970-01-01T00:00:00.0000000Z';

type Part = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'millisecond';

const PARTS: Record<string, Part> = {
  year: 'year',
  yyyy: 'year',
  yy: 'year',
  month: 'month',
  mm: 'month',
  m: 'month',
  day: 'day',
  dd: 'day',
  d: 'day',
  hour: 'hour',
  hh: 'hour',
  minute: 'minute',
  mi: 'minute',
  n: 'minute',
  second: 'second',
  ss: 'second',
  s: 'second',
  millisecond: 'millisecond',
  ms: 'millisecond',
};
const LENGTH_MS: Record<Exclude<Part, 'year' | 'month'>, number> = {
  day: 86_400_000,
  hour: 3_600_000,
  minute: 60_000,
  second: 1000,
  millisecond: 1,
};

export const DATE_FUNCTIONS: Record<string, SqlFunction> = {
  GETCURRENTDATETIME: current(format),
  GETCURRENTDATETIMESTATIC: current(format),
  GETCURRENTTIMESTAMP: current((now) => now),
  GETCURRENTTIMESTAMPSTATIC: current((now) => now),
  GETCURRENTTICKS: current((now) => now * TICKS_PER_MS),
  GETCURRENTTICKSSTATIC: current((now) => now * TICKS_PER_MS),
  DATETIMETOTIMESTAMP: { minimum: 1, evaluate: ([date]) => parse(date) },
  DATETIMETOTICKS: { minimum: 1, evaluate: ([date]) => map(parse(date), (ms) => ms * TICKS_PER_MS) },
  TIMESTAMPTODATETIME: { minimum: 1, evaluate: ([ms]) => formatted(ms, 1) },
  TICKSTODATETIME: { minimum: 1, evaluate: ([ticks]) => formatted(ticks, TICKS_PER_MS) },
  DATETIMEADD: {
    minimum: 3,
    evaluate: ([name, amount, date]) => {
      const [part, ms] = [partOf(name), parse(date)];
      if (!part || ms === undefined || typeof amount !== 'number') return undefined;
      return formatted(add(ms, part, Math.trunc(amount)), 1);
    },
  },
  DATETIMEDIFF: {
    minimum: 3,
    evaluate: ([name, start, end]) => {
      const [part, from, to] = [partOf(name), parse(start), parse(end)];
      if (!part || from === undefined || to === undefined) return undefined;
      return index(to, part) - index(from, part);
    },
  },
  DATETIMEBIN: {
    minimum: 2,
    maximum: 4,
    evaluate: ([date, name, size = 1, start = EPOCH]) => {
      const [ms, part, from] = [parse(date), partOf(name), parse(start)];
      if (ms === undefined || from === undefined || !part || part === 'year' || part === 'month') return undefined;
      if (!Number.isInteger(size) || (size as number) <= 0) return undefined;
      const length = LENGTH_MS[part] * (size as number);
      return formatted(from + Math.floor((ms - from) / length) * length, 1);
    },
  },
  DATETIMEPART: {
    minimum: 2,
    evaluate: ([name, date]) => {
      const [part, ms] = [partOf(name), parse(date)];
      return part && ms !== undefined ? fields(ms)[part] : undefined;
    },
  },
  DATETIMEFROMPARTS: {
    minimum: 3,
    maximum: 7,
    evaluate: (args) => {
      if (!args.every((value) => Number.isInteger(value))) return undefined;
      const [year, month, day, hour = 0, minute = 0, second = 0, fraction = 0] = args as number[];
      const ms = Date.UTC(year as number, (month as number) - 1, day, hour, minute, second, fraction / TICKS_PER_MS);
      const made = fields(ms);
      // A date that does not exist, such as the 31st of February, has no result.
      return made.month === month && made.day === day && made.hour === hour ? formatted(ms, 1) : undefined;
    },
  },
};

function current(evaluate: (now: number) => Value): SqlFunction {
  return { minimum: 0, evaluate: (_args, { now }) => evaluate(now) };
}

/** ISO 8601 with seven digits of a second. */
function format(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '0000Z');
}

function formatted(value: Value, perMs: number): string | undefined {
  if (typeof value !== 'number') return undefined;
  const ms = Math.floor(value / perMs);
  return Number.isNaN(new Date(ms).getTime()) ? undefined : format(ms);
}

function parse(date: Value): number | undefined {
  if (typeof date !== 'string' || !/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?Z)?$/.test(date)) return undefined;
  const ms = Date.parse(date.replace(/(\.\d{3})\d+Z$/, '$1Z'));
  return Number.isNaN(ms) ? undefined : ms;
}

function map(value: number | undefined, change: (value: number) => number): number | undefined {
  return value === undefined ? undefined : change(value);
}

function partOf(name: Value): Part | undefined {
  return typeof name === 'string' ? PARTS[name.toLowerCase()] : undefined;
}

function fields(ms: number): Record<Part, number> {
  const date = new Date(ms);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    millisecond: date.getUTCMilliseconds(),
  };
}

/** Adds months and years in the calendar: the 31st becomes the last day of a shorter month. */
function add(ms: number, part: Part, amount: number): number {
  if (part !== 'year' && part !== 'month') return ms + amount * LENGTH_MS[part];
  const date = new Date(ms);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + (part === 'year' ? 12 * amount : amount));
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return date.setUTCDate(Math.min(day, lastDay));
}

/** Which part of its kind a moment lies in, counted from 1970: differences count the borders in between. */
function index(ms: number, part: Part): number {
  const { year, month } = fields(ms);
  if (part === 'year') return year;
  return part === 'month' ? year * 12 + month : Math.floor(ms / LENGTH_MS[part]);
}
