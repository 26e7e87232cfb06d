import { setTimeout as sleep } from 'node:timers/promises';

/** Waits so many milliseconds, or until the signal; which of the two it was, the signal tells. */
export async function pause(ms: number, until: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal: until });
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
  }
}
