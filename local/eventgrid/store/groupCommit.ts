import type { DatabaseSync } from 'node:sqlite';

interface Waiting {
  write: () => unknown;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

/**
 * Commits the writes of one turn of the event loop in one transaction, so that many callers share one flush to disk.
 * A write's promise resolves with its result once the transaction is durable; a write that throws takes its own
 * changes back and fails alone.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  #waiting: Waiting[] = [];

  constructor(args: { database: DatabaseSync }) {
    this.#database = args.database;
  }

  /** Runs `write` in the next transaction; its statements must be synchronous. */
  run<T>(write: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#commit());
      this.#waiting.push({ write, resolve: resolve as (result: unknown) => void, reject });
    });
  }

  #commit(): void {
    const group = this.#waiting;
    this.#waiting = [];
    const done: (() => void)[] = [];
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      for (const waiting of group) done.push(this.#runOne(waiting));
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      for (const { reject } of group) reject(error);
      return;
    }
    for (const settle of done) settle();
  }

  #runOne({ write, resolve, reject }: Waiting): () => void {
    this.#database.exec('SAVEPOINT one');
    try {
      const result = write();
      this.#database.exec('RELEASE one');
      return () => resolve(result);
    } catch (error) {
      this.#database.exec('ROLLBACK TO one');
      this.#database.exec('RELEASE one');
      return () => reject(error);
    }
  }
}
