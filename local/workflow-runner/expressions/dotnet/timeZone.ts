import { findIana } from 'windows-iana';
import { ExpressionError } from '../errors.ts';
import { addTicks, toDate, type Timestamp } from './timestamp.ts';

const TICKS_PER_MS = 10_000n;
const DAY_MS = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/** The IANA name of a zone that is written with its Windows name (`Pacific Standard Time`), an IANA name or `UTC`. */
export function zoneNamed(name: string): string {
  const zone = findIana(name)[0] ?? name;
  try {
    formatOf(zone);
    return zone;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ExpressionError(
      `${JSON.stringify(name)} is no time zone; use a Windows name such as Pacific Standard Time, or UTC`,
    );
  }
}

/** Offset of a zone from UTC at a moment, ms: the local time minus UTC. */
export function zoneOffsetMs(zone: string, utcMs: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(utcMs)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  return date.getTime() - Math.floor(utcMs / 1000) * 1000;
}

/**
 * The moment of a local time, ms since 1970. A local time that the clocks show twice is the one in standard time, as .NET
 * takes it; undefined for one that they skip.
 */
export function zonedMs(zone: string, localMs: number): number | undefined {
  const offsets = [zoneOffsetMs(zone, localMs - DAY_MS), zoneOffsetMs(zone, localMs + DAY_MS)];
  const moments = offsets.map((offset) => localMs - offset).filter((ms) => ms + zoneOffsetMs(zone, ms) === localMs);
  return moments.length > 0 ? Math.max(...moments) : undefined;
}

/** The moment of a local time; one that the clocks skip comes as much later, as if they went forward after it. */
export function momentOf(zone: string, localMs: number): number {
  return zonedMs(zone, localMs) ?? localMs - zoneOffsetMs(zone, localMs - DAY_MS);
}

/** A UTC time as the clocks of the zone show it, without an offset. */
export function fromUtc(time: Timestamp, zone: string): Timestamp {
  const offset = zoneOffsetMs(zone, toDate(time).getTime());
  return { ...addTicks(time, BigInt(offset) * TICKS_PER_MS), isUtc: false };
}

/** The UTC time at which the clocks of the zone show this time. */
export function toUtc(time: Timestamp, zone: string): Timestamp {
  const local = toDate(time).getTime();
  const moment = zonedMs(zone, local);
  if (moment === undefined)
    throw new ExpressionError(`the time does not exist in the time zone ${zone}: clocks go forward then`);
  return { ...addTicks(time, BigInt(moment - local) * TICKS_PER_MS), isUtc: true };
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(timeZone, format);
  return format;
}
