import { ExpressionError } from '../errors.ts';

/** Ticks of 100 ns since the year 1, as .NET counts; a `bigint` because a double cannot hold them all. */
export interface Timestamp {
  ticks: bigint;
  /** A time without an offset stays one: its results have no `Z`. */
  isUtc: boolean;
}

const TICKS_PER_MS = 10_000n;
export const TICKS_PER_SECOND = 10_000_000n;
export const TICKS_PER_DAY = 864_000_000_000n;
/** 1970-01-01 in ticks. */
const UNIX_EPOCH = 621_355_968_000_000_000n;
const MAX_TICKS = 3_155_378_975_999_999_999n;

const ISO =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,7})\d*)?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;
const US = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?:\s+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*(AM|PM))?)?$/i;
const RFC1123 = /^[A-Za-z]{3}, \d{1,2} [A-Za-z]{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** True for a text in one of the forms that `parseTimestamp` reads. */
export function isTimestamp(text: string): boolean {
  const trimmed = text.trim();
  return ISO.test(trimmed) || US.test(trimmed) || RFC1123.test(trimmed);
}

/** Parses ISO 8601, `M/d/yyyy [h:mm[:ss] [AM|PM]]` and RFC 1123; an offset is converted to UTC. */
export function parseTimestamp(text: string): Timestamp {
  const trimmed = text.trim();
  const iso = ISO.exec(trimmed);
  if (iso) return fromIso(iso, text);
  const us = US.exec(trimmed);
  if (us) return fromUs(us, text);
  if (RFC1123.test(trimmed)) return fromUnixMs(Date.parse(trimmed));
  throw notATime(text);
}

export function fromUnixMs(ms: number): Timestamp {
  return { ticks: UNIX_EPOCH + BigInt(ms) * TICKS_PER_MS, isUtc: true };
}

/** The same point of the calendar as a JavaScript date in UTC, without what is finer than a millisecond. */
export function toDate({ ticks }: Timestamp): Date {
  return new Date(Number((ticks - UNIX_EPOCH) / TICKS_PER_MS));
}

export function addTicks(time: Timestamp, ticks: bigint): Timestamp {
  const sum = time.ticks + ticks;
  if (sum < 0n || sum > MAX_TICKS) throw outsideCalendar();
  return { ...time, ticks: sum };
}

/** Adds calendar months; a day that the month does not have becomes its last one. */
export function addMonths(time: Timestamp, months: number): Timestamp {
  const date = toDate(time);
  const day = date.getUTCDate();
  const target = new Date(date);
  target.setUTCDate(1);
  target.setUTCMonth(target.getUTCMonth() + months);
  if (Number.isNaN(target.getTime())) throw outsideCalendar();
  const lastDay = new Date(Date.UTC(target.getUTCFullYear(), target.getUTCMonth() + 1, 0)).getUTCDate();
  target.setUTCDate(Math.min(day, lastDay));
  return addTicks(time, BigInt(target.getTime() - date.getTime()) * TICKS_PER_MS);
}

function outsideCalendar(): ExpressionError {
  return new ExpressionError('the resulting time is outside the years 1 to 9999');
}

/** A time by its parts; `fraction` in ticks. */
export interface CalendarTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  fraction: bigint;
}

function fromIso(match: RegExpExecArray, text: string): Timestamp {
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', offset] = match;
  const ticks = toTicks(
    {
      year: Number(year),
      month: Number(month),
      day: Number(day),
      hour: Number(hour),
      minute: Number(minute),
      second: Number(second),
      fraction: BigInt(fraction.padEnd(7, '0')),
    },
    text,
  );
  return withOffset(ticks, offset);
}

/** The time of these parts; with an offset it is converted to UTC. Throws an `ExpressionError` if there is none. */
export function fromCalendar(time: CalendarTime, text: string, offset?: string): Timestamp {
  return withOffset(toTicks(time, text), offset);
}

function withOffset(ticks: bigint, offset: string | undefined): Timestamp {
  if (offset === undefined) return { ticks, isUtc: false };
  return addTicks({ ticks, isUtc: true }, -offsetTicks(offset));
}

function fromUs(match: RegExpExecArray, text: string): Timestamp {
  const [, month, day, year, hour = '0', minute = '0', second = '0', half] = match;
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half.toUpperCase() === 'PM' ? 12 : 0);
  const time = { year: Number(year), month: Number(month), day: Number(day), hour: hours };
  const ticks = toTicks({ ...time, minute: Number(minute), second: Number(second), fraction: 0n }, text);
  return { ticks, isUtc: false };
}

function toTicks(time: CalendarTime, text: string): bigint {
  const { year, month, day, hour, minute, second } = time;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && year >= 1;
  if (!exists || hour > 23 || minute > 59 || second > 59) throw notATime(text);
  date.setUTCHours(hour, minute, second);
  return UNIX_EPOCH + BigInt(date.getTime()) * TICKS_PER_MS + time.fraction;
}

function offsetTicks(offset: string): bigint {
  if (offset.toUpperCase() === 'Z') return 0n;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2));
  return BigInt(offset.startsWith('-') ? -minutes : minutes) * 60n * TICKS_PER_SECOND;
}

function notATime(text: string): ExpressionError {
  return new ExpressionError(`${JSON.stringify(text)} is not a time; write it like 2025-01-31T12:00:00Z`);
}
