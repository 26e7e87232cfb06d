import { allEnded } from './allEnded.ts';

/** Runs `work` for each item, at most `limit` at a time, in order of the items; begins nothing after a rejection. */
export async function forEachBounded<T>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const lane = async () => {
    while (next < items.length && !failed) {
      const index = next++;
      await work(items[index]!, index).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  await allEnded(Array.from({ length: Math.min(limit, items.length) }, lane));
}
