import { randomBytes } from 'node:crypto';

/** A row as it goes out: JSON text or its bytes. */
export type ResultRow = Uint8Array | string;

/** A row as it is kept: a whole document by its number. */
export type CollectedRow = string | number;

const MAXIMUM_RESULTS = 16;
const NUMBER_BYTES = 8;
const MAXIMUM_BYTES = 64 * 1024 * 1024;

interface Result {
  rows: CollectedRow[];
  bytes: number;
}

/**
 * Keeps the collected rows of queries whose pages are being read, so that each page does not collect them anew. It may
 * forget any of them: then the next page collects again and goes on by number.
 */
export class ResultCache {
  readonly #results = new Map<string, Result>();
  #bytes = 0;

  put(rows: CollectedRow[]): string {
    const id = randomBytes(9).toString('base64url');
    const bytes = rows.reduce<number>((sum, row) => sum + (typeof row === 'number' ? NUMBER_BYTES : row.length), 0);
    if (bytes > MAXIMUM_BYTES) return id;
    this.#results.set(id, { rows, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#results.keys()) {
      if (this.#results.size <= MAXIMUM_RESULTS && this.#bytes <= MAXIMUM_BYTES) break;
      this.delete(oldest);
    }
    return id;
  }

  get(id: string): CollectedRow[] | undefined {
    return this.#results.get(id)?.rows;
  }

  delete(id: string): void {
    this.#bytes -= this.#results.get(id)?.bytes ?? 0;
    this.#results.delete(id);
  }
}
