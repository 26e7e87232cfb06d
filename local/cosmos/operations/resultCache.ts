import { randomBytes } from 'node:crypto';

/** A row as it goes out: JSON text or its bytes. */
export type ResultRow = Uint8Array | string;

const MAXIMUM_RESULTS = 16;
const MAXIMUM_BYTES = 64 * 1024 * 1024;

interface Result {
  rows: ResultRow[];
  bytes: number;
}

/**
 * Keeps the collected rows of queries whose pages are being read, so that each page does not collect them anew. It may
 * forget any of them: then the next page collects again and goes on by number.
 */
export class ResultCache {
  readonly #results = new Map<string, Result>();
  #bytes = 0;

  put(rows: ResultRow[]): string {
    const id = randomBytes(9).toString('base64url');
    const bytes = rows.reduce((sum, row) => sum + row.length, 0);
    if (bytes > MAXIMUM_BYTES) return id;
    this.#results.set(id, { rows, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#results.keys()) {
      if (this.#results.size <= MAXIMUM_RESULTS && this.#bytes <= MAXIMUM_BYTES) break;
      this.delete(oldest);
    }
    return id;
  }

  get(id: string): ResultRow[] | undefined {
    return this.#results.get(id)?.rows;
  }

  delete(id: string): void {
    this.#bytes -= this.#results.get(id)?.bytes ?? 0;
    this.#results.delete(id);
  }
}
