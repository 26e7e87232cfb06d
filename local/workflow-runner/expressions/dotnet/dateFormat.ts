import { ExpressionError } from '../errors.ts';
import { cultureNamed, ENGLISH, type Culture } from './locale.ts';
import { TICKS_PER_SECOND, toDate, type Timestamp } from './timestamp.ts';

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
  U: 'dddd, MMMM d, yyyy h:mm:ss tt',
  g: 'M/d/yyyy h:mm tt',
  G: 'M/d/yyyy h:mm:ss tt',
  m: 'MMMM d',
  M: 'MMMM d',
  y: 'MMMM yyyy',
  Y: 'MMMM yyyy',
};

/** Standard formats that are the same in every culture. */
const INVARIANT = 'oOsurR';

/** One run of a letter, a quoted text, an escaped character or a single custom format (`%d`). */
export const DATE_SPECIFIER = /'[^']*'|"[^"]*"|\\.|%.|y+|M+|d+|H+|h+|m+|s+|f+|F+|t+|K|z+|./gs;

/**
 * The custom form of a .NET date format: of a standard one of a letter, or the format itself. Throws an
 * `ExpressionError` for an unknown standard format, or one whose form in that culture is not known here.
 */
export function customDateFormat(format: string, culture: string): string {
  if (format.length !== 1) return format;
  const custom = Object.hasOwn(STANDARD, format) ? STANDARD[format] : undefined;
  if (custom === undefined)
    throw new ExpressionError(
      `${JSON.stringify(format)} is no date format; use one of ${Object.keys(STANDARD).join(', ')} or a custom format such as yyyy-MM-dd`,
    );
  if (culture !== ENGLISH && !INVARIANT.includes(format))
    throw new ExpressionError(
      `the standard date format ${JSON.stringify(format)} is known for ${ENGLISH} only here; write a custom format such as dd.MM.yyyy`,
    );
  return custom;
}

/**
 * Formats a time as .NET does: standard formats of one letter, else custom ones with the names of the culture. Times are
 * in UTC or without a zone, so `K` is `Z` or nothing. Throws an `ExpressionError` for an unknown format or culture.
 */
export function formatDate(time: Timestamp, format: string, locale = ENGLISH): string {
  const culture = cultureNamed(locale);
  const custom = customDateFormat(format, culture.name);
  const date = toDate(time);
  const fraction = (time.ticks % TICKS_PER_SECOND).toString().padStart(7, '0');
  return custom.replace(DATE_SPECIFIER, (part) => formatPart(part, { time, date, fraction, culture }));
}

interface Parts {
  time: Timestamp;
  date: Date;
  /** Ticks of the second, seven digits. */
  fraction: string;
  culture: Culture;
}

function formatPart(part: string, parts: Parts): string {
  const { date, fraction, time, culture } = parts;
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
      return part.length <= 2
        ? pad(date.getUTCMonth() + 1)
        : (part.length === 3 ? culture.shortMonths : culture.months)[date.getUTCMonth()]!;
    case 'd':
      return part.length <= 2
        ? pad(date.getUTCDate())
        : (part.length === 3 ? culture.shortDays : culture.days)[date.getUTCDay()]!;
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
