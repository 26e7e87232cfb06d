/** The store was busy or away: the same call may succeed later. */
export class TransientStoreError extends Error {
  override readonly name = 'TransientStoreError';
  /** How long the store asked to be left alone, ms. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Status codes after which the same request may succeed: timeout, gone (moved), locked, busy, unavailable. */
const TRANSIENT_STATUS = new Set([408, 410, 423, 429, 449, 500, 502, 503, 504]);
const TRANSIENT_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
  'REQUEST_SEND_ERROR',
  'TimeoutError',
]);

/** Whether an HTTP status says "later" rather than "no". */
export function isTransientStatus(status: number): boolean {
  return TRANSIENT_STATUS.has(status);
}

/** What the Azure clients put on their errors: `code` is a number in Cosmos and a name elsewhere. */
interface ClientError {
  code?: number | string;
  statusCode?: number;
  retryAfterInMs?: number;
  cause?: unknown;
}

/**
 * Runs a call of an Azure client. Errors that say that the service was busy or not reachable become
 * `TransientStoreError`; all others stay as they are.
 */
export async function storeCall<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const transient = transientCause(error);
    if (!transient) throw error;
    const { retryAfterInMs: retryAfterMs, code, statusCode } = transient;
    const reason = `${what}: ${(error as Error).message} (${statusCode ?? code})`;
    throw new TransientStoreError(reason, { cause: error, retryAfterMs });
  }
}

/** The bulk call of Cosmos wraps the error that counts. */
function transientCause(error: unknown): ClientError | undefined {
  for (let each = error; each instanceof Object; each = (each as ClientError).cause) {
    const { code, statusCode } = each as ClientError;
    if (isTransientStatus(Number(statusCode ?? code)) || TRANSIENT_CODES.has(String(code))) return each as ClientError;
  }
  return undefined;
}
