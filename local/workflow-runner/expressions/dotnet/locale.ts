import { ExpressionError } from '../errors.ts';

/** Names and separators of a culture, from the Unicode data that .NET uses as well. */
export interface Culture {
  name: string;
  months: string[];
  shortMonths: string[];
  /** From Sunday on. */
  days: string[];
  shortDays: string[];
  /** Order of the parts of a numeric date, for example `d`, `M`, `y`. */
  dateOrder: string[];
  decimal: string;
  group: string;
}

export const ENGLISH = 'en-US';

const cultures = new Map<string, Culture>();

/** The culture of an RFC 4646 code such as `fr-FR`; throws an `ExpressionError` for an unknown one. */
export function cultureNamed(name: string): Culture {
  const key = name.toLowerCase();
  const known = cultures.get(key);
  if (known) return known;
  const culture = readCulture(supported(name));
  cultures.set(key, culture);
  return culture;
}

function supported(name: string): string {
  try {
    const [found] = Intl.DateTimeFormat.supportedLocalesOf([name]);
    if (found !== undefined) return found;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw new ExpressionError(`${JSON.stringify(name)} is no locale; use a code such as ${ENGLISH} or de-DE`);
}

function readCulture(name: string): Culture {
  const names = (options: Intl.DateTimeFormatOptions, part: string, dates: Date[]) => {
    const format = new Intl.DateTimeFormat(name, { ...options, timeZone: 'UTC' });
    return dates.map((date) => format.formatToParts(date).find(({ type }) => type === part)?.value ?? '');
  };
  const months = Array.from({ length: 12 }, (_, month) => new Date(Date.UTC(2023, month, 15)));
  // The first of January 2023 was a Sunday.
  const days = Array.from({ length: 7 }, (_, day) => new Date(Date.UTC(2023, 0, 1 + day)));
  const number = new Intl.NumberFormat(name, { useGrouping: true }).formatToParts(1_234_567.5);
  const separator = (type: string, fallback: string) => number.find((part) => part.type === type)?.value ?? fallback;
  return {
    name,
    // With a day beside it a month has the form that it has in a date (genitive in Slavic languages).
    months: names({ month: 'long', day: 'numeric' }, 'month', months),
    shortMonths: names({ month: 'short', day: 'numeric' }, 'month', months),
    days: names({ weekday: 'long' }, 'weekday', days),
    shortDays: names({ weekday: 'short' }, 'weekday', days),
    dateOrder: dateOrder(name),
    decimal: separator('decimal', '.'),
    group: separator('group', ','),
  };
}

function dateOrder(name: string): string[] {
  const letters: Record<string, string> = { day: 'd', month: 'M', year: 'y' };
  return new Intl.DateTimeFormat(name, { timeZone: 'UTC', day: 'numeric', month: 'numeric', year: 'numeric' })
    .formatToParts(new Date(0))
    .flatMap(({ type }) => letters[type] ?? []);
}
