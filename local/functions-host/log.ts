import type { LogLevel } from './app/coreTypes.ts';

const SEVERITY: Record<LogLevel, number> = {
  trace: 0,
  debug: 1,
  information: 2,
  warning: 3,
  error: 4,
  critical: 5,
  none: 6,
};

export function isLogLevel(value: string): value is LogLevel {
  return Object.hasOwn(SEVERITY, value);
}

/** Writes one event as one line. `category` is dotted as on Azure: `Host.Startup`, `Function.ingest`, `Function.ingest.User`. */
export type Log = (level: LogLevel, category: string, message: string, details?: Record<string, unknown>) => void;

/**
 * A log of JSON lines `{time, level, category, message, …details}`. `levels` maps a category or the start of one to the
 * lowest level that is written, `default` covers the rest, as `logging.logLevel` of host.json does.
 */
export function jsonLog(levels: Readonly<Record<string, LogLevel>>, write: (line: string) => void): Log {
  const thresholds = new Map<string, number>();
  return (level, category, message, details) => {
    let threshold = thresholds.get(category);
    if (threshold === undefined) thresholds.set(category, (threshold = SEVERITY[levelOf(category, levels)]));
    if (SEVERITY[level] < threshold || level === 'none') return;
    const time = new Date().toISOString();
    write(`${JSON.stringify({ time, level, category, message, ...details })}\n`);
  };
}

function levelOf(category: string, levels: Readonly<Record<string, LogLevel>>): LogLevel {
  for (let prefix = category; prefix; prefix = prefix.slice(0, Math.max(0, prefix.lastIndexOf('.')))) {
    if (Object.hasOwn(levels, prefix)) return levels[prefix]!;
  }
  return levels.default ?? 'information';
}

/** An error for the details of a log line: its text, and its stack when it is not a plain refusal. */
export function errorDetails(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: String(error) };
  // A connection that was refused at every address says nothing itself.
  const { code } = error as NodeJS.ErrnoException;
  return { error: error.message || (code ?? error.name), stack: error.stack };
}
