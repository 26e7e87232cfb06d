/** Order of ranked pairs: higher value first, equal values by id, so that every ranking is deterministic. */
export function byValueThenId(a: readonly [string, number], b: readonly [string, number]): number {
  if (a[1] !== b[1]) return b[1] - a[1];
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
}

/**
 * The first `limit` pairs in the order of `byValueThenId`, best first. A bounded insertion: one pass, O(n) for the
 * short lists that are asked for, and only `limit` pairs are ever held.
 */
export function selectTop(pairs: Iterable<[string, number]>, limit: number): [string, number][] {
  const best: [string, number][] = [];
  if (limit <= 0) return best;
  for (const pair of pairs) {
    if (best.length === limit && byValueThenId(pair, best[limit - 1]!) > 0) continue;
    let low = 0;
    let high = best.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (byValueThenId(pair, best[middle]!) < 0) high = middle;
      else low = middle + 1;
    }
    best.splice(low, 0, pair);
    if (best.length > limit) best.pop();
  }
  return best;
}
