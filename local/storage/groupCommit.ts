import type { DatabaseSync } from 'node:sqlite';

/** Told when everything written before has been committed, or why it could not be. */
export type CommitListener = (error?: Error) => void;

/** Low byte of SQLite's result codes for a constraint that a statement breaks (https://sqlite.org/rescode.html#constraint). */
const SQLITE_CONSTRAINT = 19;

/**
 * Collects the writes of one turn of the event loop in one transaction, so that they share one commit. There are two ways
 * in, for services that do one or the other:
 *
 * - `run` takes a write for the end of the turn; its promise resolves with the write's result once that is committed.
 * - `write` and `atomically` write at once, and `afterCommit` tells when that is committed. Until then nothing may be
 *   answered, not even a read: it may have seen what is not committed yet.
 *
 * A write that throws fails alone. A fault of the storage (a full or broken disk) takes the whole group back, and everybody
 * in it is told.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  #open = false;
  #listeners: CommitListener[] = [];
  #waiting: (() => void)[] = [];

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Runs a write, whose statements must be synchronous, at the end of the turn; a write that throws leaves nothing behind. */
  run<T>(action: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#runWaiting());
      this.#waiting.push(() => {
        try {
          const result = this.atomically(action);
          this.afterCommit((error) => (error ? reject(error) : resolve(result)));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  #runWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const runOne of waiting) runOne();
    this.flush();
  }

  /** Runs one write now, as part of the group's transaction. */
  write<T>(action: () => T): T {
    if (!this.#open) {
      this.#database.exec('BEGIN IMMEDIATE');
      this.#open = true;
      setImmediate(() => this.flush());
    }
    try {
      return action();
    } catch (error) {
      if (isStorageFault(error)) this.#fail(error);
      throw error;
    }
  }

  /** Runs several writes now that are kept together or not at all. */
  atomically<T>(action: () => T): T {
    return this.write(() => {
      this.#database.exec('SAVEPOINT together');
      try {
        const result = action();
        this.#database.exec('RELEASE together');
        return result;
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK TO together; RELEASE together');
        throw error;
      }
    });
  }

  /** Runs writes in a transaction of their own that is committed on return. */
  alone<T>(action: () => T): T {
    this.flush();
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = action();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Calls back at once when nothing is waiting for a commit. */
  afterCommit(listener: CommitListener): void {
    if (this.#open) this.#listeners.push(listener);
    else listener();
  }

  /** Commits now instead of at the end of the turn. */
  flush(): void {
    if (!this.#open) return;
    try {
      this.#database.exec('COMMIT');
      this.#end();
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #fail(error: Error): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    this.#end(error);
  }

  #end(error?: Error): void {
    const listeners = this.#listeners;
    this.#open = false;
    this.#listeners = [];
    for (const listener of listeners) listener(error);
  }
}

/** Errors of SQLite itself, as opposed to refusals that the caller raised. */
export function isStorageError(error: unknown): error is Error & { errcode?: number } {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'ERR_SQLITE_ERROR';
}

/** A broken constraint is the fault of one statement, which SQLite has taken back; everything else may be the disk's. */
function isStorageFault(error: unknown): error is Error {
  return isStorageError(error) && ((error.errcode ?? 0) & 0xff) !== SQLITE_CONSTRAINT;
}
