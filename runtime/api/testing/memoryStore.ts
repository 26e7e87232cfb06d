import type { ChangeFeed } from '../services/changeFeed.ts';

/** A container in memory: documents by id with a change feed, which can be switched off. */
export class MemoryStore<T extends { id: string }> {
  readonly documents = new Map<string, T>();
  /** The store does not answer. */
  away = false;
  #changes: T[] = [];
  #writes = 0;

  async read(id: string): Promise<T | undefined> {
    this.#check();
    return this.documents.get(id);
  }

  async write(document: T): Promise<string> {
    this.#check();
    this.#writes += 1;
    const etag = `"${this.#writes}"`;
    const stored = { ...document, _etag: etag };
    this.documents.set(document.id, stored);
    this.#changes.push(stored);
    return etag;
  }

  feed(from: 'beginning' | 'now'): ChangeFeed<T> {
    let position = from === 'beginning' ? 0 : this.#changes.length;
    return {
      read: async () => {
        this.#check();
        const page = this.#changes.slice(position);
        position = this.#changes.length;
        return page;
      },
    };
  }

  #check(): void {
    if (this.away) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  }
}
