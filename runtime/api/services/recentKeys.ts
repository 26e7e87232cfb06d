/**
 * Remembers at least the last `capacity` keys and at most twice as many. Two generations of a set are cheaper than a
 * linked list: the older one is dropped whole when the newer one is full.
 */
export class RecentKeys {
  readonly #capacity: number;
  #newer = new Set<string>();
  #older = new Set<string>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  has(key: string): boolean {
    return this.#newer.has(key) || this.#older.has(key);
  }

  add(key: string): void {
    this.#newer.add(key);
    if (this.#newer.size < this.#capacity) return;
    this.#older = this.#newer;
    this.#newer = new Set();
  }
}
