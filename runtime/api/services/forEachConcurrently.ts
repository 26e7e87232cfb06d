/**
 * Calls `work` for every entry, at most `limit` at a time. Rejects with the first failure, once the calls under way have
 * ended; entries not yet begun are left out then.
 */
export async function forEachConcurrently<T>(
  limit: number,
  entries: readonly T[],
  work: (entry: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const lane = async () => {
    while (next < entries.length && !failed) {
      const entry = entries[next]!;
      next += 1;
      try {
        await work(entry);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: Math.min(limit, entries.length) }, lane));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
