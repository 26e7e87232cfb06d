import { ExpressionError } from '../errors.ts';
import { customDateFormat, DATE_SPECIFIER } from './dateFormat.ts';
import { cultureNamed, ENGLISH, type Culture } from './locale.ts';
import { fromCalendar, isTimestamp, parseTimestamp, type CalendarTime, type Timestamp } from './timestamp.ts';

/**
 * Reads a time as .NET does: by the given format, or, without one, in the forms that every culture shares (ISO 8601, RFC
 * 1123) and those of the culture. Throws an `ExpressionError` for a text that is no such time.
 */
export function parseDate(text: string, locale = ENGLISH, format?: string): Timestamp {
  const culture = cultureNamed(locale);
  if (format !== undefined) {
    const found = matchFormat(text, customDateFormat(format, culture.name), culture);
    if (found) return found;
    throw new ExpressionError(`${JSON.stringify(text)} is not a time in the format ${JSON.stringify(format)}`);
  }
  if (culture.name === ENGLISH && isTimestamp(text)) return parseTimestamp(text);
  for (const form of formsOf(culture)) {
    const found = matchFormat(text, form, culture);
    if (found) return found;
  }
  return parseTimestamp(text);
}

/** Ways to write a date in a culture, each alone and with a time. */
function formsOf({ dateOrder, name }: Culture): string[] {
  const numeric = ['/', '.', '-', ' '].map((separator) => dateOrder.join(separator).replace('y', 'yyyy'));
  const words =
    name === ENGLISH
      ? ['MMMM d, yyyy', 'MMM d, yyyy', 'MMMM d yyyy', 'dddd, MMMM d, yyyy']
      : ['dddd d MMMM yyyy', 'dddd, d MMMM yyyy', 'd. MMMM yyyy'];
  const dates = [...numeric, ...words, 'd MMMM yyyy', 'd MMM yyyy'];
  return dates.flatMap((date) => [date, `${date} H:mm`, `${date} H:mm:ss`, `${date} h:mm tt`, `${date} h:mm:ss tt`]);
}

/** A part of a format: the pattern of what stands there, and what it says. */
interface Part {
  pattern: string;
  read?(text: string, time: Reading): void;
}

interface Reading extends CalendarTime {
  afternoon?: boolean;
  offset?: string;
}

const MOST_FORMATS = 1000;
const readers = new Map<string, { pattern: RegExp; parts: Part[] }>();

/** A format is compiled once; formats that data brings along do not pile up. */
function readerOf(format: string, culture: Culture): { pattern: RegExp; parts: Part[] } {
  const key = `${culture.name} ${format}`;
  const known = readers.get(key);
  if (known) return known;
  const parts = (format.match(DATE_SPECIFIER) ?? []).map((specifier) => partOf(specifier, culture));
  const pattern = new RegExp(`^\\s*${parts.map((part) => `(${part.pattern})`).join('')}\\s*$`, 'iu');
  if (readers.size >= MOST_FORMATS) readers.clear();
  const reader = { pattern, parts };
  readers.set(key, reader);
  return reader;
}

function matchFormat(text: string, format: string, culture: Culture): Timestamp | undefined {
  const { pattern, parts } = readerOf(format, culture);
  const match = pattern.exec(text);
  if (!match) return undefined;
  const time: Reading = { year: 1, month: 1, day: 1, hour: 0, minute: 0, second: 0, fraction: 0n };
  for (const [index, part] of parts.entries()) part.read?.(match[index + 1]!, time);
  if (time.afternoon !== undefined) time.hour = (time.hour % 12) + (time.afternoon ? 12 : 0);
  return fromCalendar(time, text, time.offset);
}

function partOf(specifier: string, culture: Culture): Part {
  const long = specifier.length > 2;
  switch (specifier[0]) {
    case "'":
    case '"':
      return { pattern: escaped(specifier.length > 1 ? specifier.slice(1, -1) : specifier) };
    case '\\':
      return { pattern: escaped(specifier.slice(1)) };
    case '%':
      return specifier.length > 1 ? partOf(specifier.slice(1), culture) : { pattern: '%' };
    case 'y':
      return digits(long ? '\\d{4}' : '\\d{2}', (year, time) => (time.year = long ? year : century(year)));
    case 'M':
      return long
        ? oneOf([culture.months, culture.shortMonths], (index, time) => (time.month = index + 1))
        : digits(width(specifier), (month, time) => (time.month = month));
    case 'd':
      // The name of the day is not compared with the date.
      return long
        ? oneOf([culture.days, culture.shortDays], () => undefined)
        : digits(width(specifier), (day, time) => (time.day = day));
    case 'H':
    case 'h':
      return digits(width(specifier), (hour, time) => (time.hour = hour));
    case 'm':
      return digits(width(specifier), (minute, time) => (time.minute = minute));
    case 's':
      return digits(width(specifier), (second, time) => (time.second = second));
    case 'f':
    case 'F':
      return {
        pattern: `\\d{${specifier.length}}`,
        read: (text, time) => (time.fraction = BigInt(text.padEnd(7, '0').slice(0, 7))),
      };
    case 't':
      return { pattern: 'AM|PM|A|P', read: (text, time) => (time.afternoon = text[0]!.toUpperCase() === 'P') };
    case 'K':
      return offset('(?:Z|[+-]\\d{2}:?\\d{2})?');
    case 'z':
      return offset('[+-]\\d{2}:?\\d{2}');
    default:
      return { pattern: /\s/.test(specifier) ? '\\s+' : escaped(specifier) };
  }
}

/** Two digits are a year up to 2049, as .NET reads them. */
function century(year: number): number {
  return year < 50 ? 2000 + year : 1900 + year;
}

function width(specifier: string): string {
  return specifier.length === 1 ? '\\d{1,2}' : '\\d{2}';
}

function digits(pattern: string, set: (value: number, time: Reading) => void): Part {
  return { pattern, read: (text, time) => set(Number(text), time) };
}

function offset(pattern: string): Part {
  return { pattern, read: (text, time) => (time.offset = text === '' ? undefined : text) };
}

/** Names in long or short form; the longest is tried first. */
function oneOf(lists: string[][], set: (index: number, time: Reading) => void): Part {
  const names = lists.flat().toSorted((a, b) => b.length - a.length);
  return {
    pattern: names.map(escaped).join('|'),
    read: (text, time) => {
      const same = (name: string) => name.toLowerCase() === text.toLowerCase();
      set(Math.max(...lists.map((list) => list.findIndex(same))), time);
    },
  };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, (char) => `\\${char}`);
}
