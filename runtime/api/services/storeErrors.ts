import { TimeoutError } from './within.ts';

const TRANSIENT_STATUS = new Set([408, 410, 429, 449, 500, 502, 503, 504]);

/** Whether an error of an Azure client means that the service is away or overloaded, and not that it refused the call. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof TimeoutError) return true;
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  if (typeof code === 'string') return true;
  return [code, statusCode].some((status) => typeof status === 'number' && TRANSIENT_STATUS.has(status));
}
