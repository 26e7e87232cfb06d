type Level = 'info' | 'warn' | 'error';

export type Log = (level: Level, message: string, fields?: Record<string, unknown>) => void;

/** Writes one JSON line to standard error, where App Service and the local target collect an app's log. */
export const logToStandardError: Log = (level, message, fields = {}) => {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
};

/** An error as a field: what went wrong; with the stack where it is a fault of ours. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${messageOf(error)} (${messageOf(error.cause)})` : messageOf(error);
}

/** Some errors say nothing themselves, such as a connection that was refused at every address. */
function messageOf(error: Error): string {
  if (error.message) return error.message;
  const { code, errors } = error as { code?: unknown; errors?: unknown[] };
  return errors?.map(describeError).join(', ') || String(code ?? error.name);
}

/**
 * A reporter for errors that come again with every attempt: each text is logged once a minute at most, with the number
 * of times that it was left out.
 */
export function repeatedErrors(log: Log, message: string, now: () => number = Date.now): (error: unknown) => void {
  const seen = new Map<string, { at: number; omitted: number }>();
  return (error) => {
    const text = describeError(error).slice(0, 500);
    const known = seen.get(text);
    if (known && now() - known.at < 60_000) {
      known.omitted += 1;
      return;
    }
    if (seen.size > 100) seen.clear();
    seen.set(text, { at: now(), omitted: 0 });
    log('warn', message, { error: text, ...(known?.omitted ? { omitted: known.omitted } : {}) });
  };
}
