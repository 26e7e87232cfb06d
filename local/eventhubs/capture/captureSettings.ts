import { ControlError } from '../../process/serviceHost.ts';

/** How the events of a hub are captured to Blob Storage: `captureDescription` of ARM, with the account made reachable. */
export interface CaptureSettings {
  /** Name of the namespace, a part of the names of the files. */
  namespace: string;
  encoding: 'Avro' | 'AvroDeflate';
  /** A file is written when this time has passed since the one before, or when so many bytes wait. */
  intervalSeconds: number;
  sizeLimitBytes: number;
  /** Whether to write no file for an interval without events. */
  skipEmptyArchives: boolean;
  /** Name of a file without its ending, with `{Namespace}`, `{EventHub}`, `{PartitionId}`, `{Year}` … `{Second}`. */
  archiveNameFormat: string;
  container: string;
  connectionString: string;
}

const PLACEHOLDERS = ['Namespace', 'EventHub', 'PartitionId', 'Year', 'Month', 'Day', 'Hour', 'Minute', 'Second'];

/** Checks what a hub was declared with; the ranges of Azure are not insisted on. @throws {ControlError} */
export function requireCapture(value: unknown): CaptureSettings | undefined {
  if (value === undefined || value === null) return undefined;
  const settings = value as CaptureSettings;
  for (const name of ['namespace', 'archiveNameFormat', 'container', 'connectionString'] as const) {
    if (typeof settings[name] === 'string' && settings[name] !== '') continue;
    throw refused(name, settings[name], 'a text that is not empty');
  }
  for (const name of ['intervalSeconds', 'sizeLimitBytes'] as const) {
    if (Number.isFinite(settings[name]) && settings[name] > 0) continue;
    throw refused(name, settings[name], 'a number above 0');
  }
  if (settings.encoding !== 'Avro' && settings.encoding !== 'AvroDeflate') {
    throw refused('encoding', settings.encoding, 'Avro or AvroDeflate');
  }
  if (typeof settings.skipEmptyArchives !== 'boolean') {
    throw refused('skipEmptyArchives', settings.skipEmptyArchives, 'true or false');
  }
  const missing = PLACEHOLDERS.filter((name) => !settings.archiveNameFormat.includes(`{${name}}`));
  if (missing.length > 0) {
    const all = PLACEHOLDERS.map((name) => `{${name}}`).join(', ');
    throw refused('archiveNameFormat', settings.archiveNameFormat, `a text with all of ${all}`);
  }
  return settings;
}

/** Name of the file of a partition that is written at a time (milliseconds since 1970). */
export function archiveName(settings: CaptureSettings, hub: string, partition: number, time: number): string {
  const [year, month, day, hour, minute, second] = new Date(time).toISOString().split(/[-T:.]/);
  const values: Readonly<Record<string, string>> = {
    Namespace: settings.namespace,
    EventHub: hub,
    PartitionId: String(partition),
    Year: year,
    Month: month,
    Day: day,
    Hour: hour,
    Minute: minute,
    Second: second,
  };
  return `${settings.archiveNameFormat.replace(/\{(\w+)\}/g, (text, name: string) => values[name] ?? text)}.avro`;
}

function refused(name: string, value: unknown, allowed: string): ControlError {
  return new ControlError(`The capture setting ${name} is ${JSON.stringify(value)}: use ${allowed}.`);
}
