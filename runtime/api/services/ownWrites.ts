import { LRUCache } from 'lru-cache';

/** Writes that are remembered: far more than a change feed can lag behind. */
const REMEMBERED = 20_000;

/**
 * Recognises, in a change feed, versions that this process has already overwritten: a page that was read just before a
 * write and is handled just after it would otherwise bring the old version back for a moment.
 */
export class OwnWrites {
  readonly #latest = new LRUCache<string, string>({ max: REMEMBERED });
  readonly #superseded = new LRUCache<string, true>({ max: REMEMBERED });

  /** Takes note that this process wrote `key`, which got the ETag `etag`. */
  add(key: string, etag: string): void {
    const before = this.#latest.get(key);
    if (before !== undefined) this.#superseded.set(`${key} ${before}`, true);
    this.#latest.set(key, etag);
  }

  /** Whether the version of `key` with this ETag is an own one that a later own write has replaced. */
  isSuperseded(key: string, etag: string | undefined): boolean {
    return this.#superseded.has(`${key} ${etag ?? ''}`);
  }
}
