/**
 * Keeps the `limit` largest of the values offered, best first, equal values by the smaller id, so that every ranking
 * is deterministic. One pass over the candidates; nothing is allocated for those that are not kept.
 */
export class TopSelection<Id extends string | number> {
  readonly limit: number;
  readonly ids: Id[] = [];
  readonly values: number[] = [];

  constructor(limit: number) {
    this.limit = limit;
  }

  offer(id: Id, value: number): void {
    const { ids, values } = this;
    const full = ids.length >= this.limit;
    if (full && (this.limit <= 0 || value < values[ids.length - 1]!)) return;
    let low = 0;
    let high = ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value > values[middle]! || (value === values[middle] && id < ids[middle]!)) high = middle;
      else low = middle + 1;
    }
    if (low >= this.limit) return;
    if (full) {
      ids.pop();
      values.pop();
    }
    ids.splice(low, 0, id);
    values.splice(low, 0, value);
  }

  /** The kept pairs, best first. */
  pairs(): [id: Id, value: number][] {
    return this.ids.map((id, position) => [id, this.values[position]!]);
  }
}
