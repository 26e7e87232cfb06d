const DAY_MS = 24 * 3600 * 1000;
const FORMS = {
  days: /^(\d{1,8})$/,
  clock: /^(?:(\d{1,8})\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?$/,
  colons: /^(\d{1,8}):(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?$/,
};

/**
 * A time span as .NET reads it, in ms; undefined when it is none. `hh:mm[:ss[.fff]]` with days before (`1.06:00:00`,
 * `1:06:00:00`), a bare number is **days** and so are the hours of `24:00:00`: 24 days, as on Azure.
 */
export function parseTimeSpan(text: string): number | undefined {
  const trimmed = text.trim();
  const negative = trimmed.startsWith('-');
  const ms = unsigned(negative ? trimmed.slice(1) : trimmed);
  return ms === undefined || !negative ? ms : -ms;
}

function unsigned(text: string): number | undefined {
  const days = FORMS.days.exec(text);
  if (days) return Number(days[1]) * DAY_MS;
  const clock = FORMS.clock.exec(text);
  const [, day = '0', hour = '', minute = '', second = '0', fraction = ''] = clock ?? [];
  if (clock && Number(hour) < 24) return spanMs({ day, hour, minute, second, fraction });
  const colons = FORMS.colons.exec(text);
  if (!colons) return undefined;
  return spanMs({
    day: colons[1]!,
    hour: colons[2]!,
    minute: colons[3]!,
    second: colons[4] ?? '0',
    fraction: colons[5] ?? '',
  });
}

type Parts = Record<'day' | 'hour' | 'minute' | 'second' | 'fraction', string>;

function spanMs({ day, hour, minute, second, fraction }: Parts): number | undefined {
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const minutes = (Number(day) * 24 + Number(hour)) * 60 + Number(minute);
  return (minutes * 60 + Number(second)) * 1000 + Number(`0.${fraction || '0'}`) * 1000;
}
