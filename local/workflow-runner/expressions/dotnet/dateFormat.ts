import { ExpressionError } from '../errors.ts';
import { TICKS_PER_SECOND, toDate, type Timestamp } from './timestamp.ts';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** Standard formats of .NET as custom ones, culture en-US. */
const STANDARD: Record<string, string> = {
  o: "yyyy-MM-dd'T'HH:mm:ss.fffffffK",
  O: "yyyy-MM-dd'T'HH:mm:ss.fffffffK",
  s: "yyyy-MM-dd'T'HH:mm:ss",
  u: "yyyy-MM-dd HH:mm:ss'Z'",
  r: "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
  R: "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
  d: 'M/d/yyyy',
  D: 'dddd, MMMM d, yyyy',
  t: 'h:mm tt',
  T: 'h:mm:ss tt',
  f: 'dddd, MMMM d, yyyy h:mm tt',
  F: 'dddd, MMMM d, yyyy h:mm:ss tt',
  g: 'M/d/yyyy h:mm tt',
  G: 'M/d/yyyy h:mm:ss tt',
  m: 'MMMM d',
  M: 'MMMM d',
  y: 'MMMM yyyy',
  Y: 'MMMM yyyy',
};

/** One run of a letter, a quoted text, an escaped character or a single custom format (`%d`). */
const SPECIFIER = /'[^']*'|"[^"]*"|\\.|%.|y+|M+|d+|H+|h+|m+|s+|f+|F+|t+|K|z+|./gs;

/**
 * Formats a time as .NET does with culture en-US: standard formats of one letter, else custom ones. Times are in UTC or
 * without a zone, so `K` is `Z` or nothing. Throws an `ExpressionError` for an unknown standard format.
 */
export function formatDate(time: Timestamp, format: string): string {
  const single = format.length === 1;
  const custom = single ? (Object.hasOwn(STANDARD, format) ? STANDARD[format] : undefined) : format;
  if (custom === undefined)
    throw new ExpressionError(
      `${JSON.stringify(format)} is no date format; use one of ${Object.keys(STANDARD).join(', ')} or a custom format such as yyyy-MM-dd`,
    );
  const date = toDate(time);
  const fraction = (time.ticks % TICKS_PER_SECOND).toString().padStart(7, '0');
  return custom.replace(SPECIFIER, (part) => formatPart(part, { time, date, fraction }));
}

interface Parts {
  time: Timestamp;
  date: Date;
  /** Ticks of the second, seven digits. */
  fraction: string;
}

function formatPart(part: string, parts: Parts): string {
  const { date, fraction, time } = parts;
  const pad = (value: number) => String(value).padStart(Math.min(part.length, 2), '0');
  switch (part[0]) {
    case "'":
    case '"':
      return part.length > 1 ? part.slice(1, -1) : part;
    case '\\':
      return part.slice(1);
    case '%':
      return part.length > 1 ? formatPart(part.slice(1), parts) : part;
    case 'y':
      return part.length <= 2
        ? pad(date.getUTCFullYear() % 100)
        : String(date.getUTCFullYear()).padStart(part.length, '0');
    case 'M':
      return part.length <= 2 ? pad(date.getUTCMonth() + 1) : nameOf(MONTHS[date.getUTCMonth()]!, part.length);
    case 'd':
      return part.length <= 2 ? pad(date.getUTCDate()) : nameOf(DAYS[date.getUTCDay()]!, part.length);
    case 'H':
      return pad(date.getUTCHours());
    case 'h':
      return pad(date.getUTCHours() % 12 || 12);
    case 'm':
      return pad(date.getUTCMinutes());
    case 's':
      return pad(date.getUTCSeconds());
    case 'f':
      return fraction.slice(0, part.length);
    case 'F':
      return fraction.slice(0, part.length).replace(/0+$/, '');
    case 't':
      return (date.getUTCHours() < 12 ? 'AM' : 'PM').slice(0, part.length);
    case 'K':
      return time.isUtc ? 'Z' : '';
    case 'z':
      return part.length === 1 ? '+0' : part.length === 2 ? '+00' : '+00:00';
    default:
      return part;
  }
}

function nameOf(name: string, width: number): string {
  return width === 3 ? name.slice(0, 3) : name;
}
