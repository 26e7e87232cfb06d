/** Bytes of log between two entries; a lookup reads at most about this much. */
export const INDEX_INTERVAL_BYTES = 64 * 1024;

/** Where a record starts, with its sequence number and enqueued time. */
export interface IndexEntry {
  offset: number;
  sequence: number;
  time: number;
}

/** Every so many bytes the position of one record of a segment, in ascending order of all three columns. */
export class SparseIndex {
  readonly #offsets: number[] = [];
  readonly #sequences: number[] = [];
  readonly #times: number[] = [];

  /** Time of the first record of the segment, or undefined while it is empty. */
  get firstTime(): number | undefined {
    return this.#times[0];
  }

  /** Takes the record unless the last entry is nearer than the interval. */
  add(offset: number, sequence: number, time: number): void {
    const last = this.#offsets.at(-1);
    if (last !== undefined && offset - last < INDEX_INTERVAL_BYTES) return;
    this.#offsets.push(offset);
    this.#sequences.push(sequence);
    this.#times.push(time);
  }

  /** Offset of the last entry whose `column` is not above `value`, or undefined when all are. */
  floor(column: keyof IndexEntry, value: number): number | undefined {
    const values = { offset: this.#offsets, sequence: this.#sequences, time: this.#times }[column];
    let low = 0;
    let high = values.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (values[middle] <= value) low = middle + 1;
      else high = middle;
    }
    return this.#offsets[low - 1];
  }

  toJSON(): [number, number, number][] {
    return this.#offsets.map((offset, index) => [offset, this.#sequences[index], this.#times[index]]);
  }

  static fromJSON(entries: readonly [number, number, number][]): SparseIndex {
    const index = new SparseIndex();
    for (const [offset, sequence, time] of entries) index.add(offset, sequence, time);
    return index;
  }
}
