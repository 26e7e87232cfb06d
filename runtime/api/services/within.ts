/** An answer did not come in time. */
export class TimeoutError extends Error {}

/**
 * Waits for `result` at most `milliseconds`; rejects with a `TimeoutError` after that. The operation itself goes on: the
 * Azure clients retry for longer than a caller can wait, and some of their waits cannot be aborted.
 */
export async function within<T>(milliseconds: number, result: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeoutError(`no answer in ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([result, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
