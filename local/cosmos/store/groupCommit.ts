import type { DatabaseSync } from 'node:sqlite';

/** Told when everything written before has been committed, or why it could not be. */
export type CommitListener = (error?: Error) => void;

/**
 * Collects the writes of one turn of the event loop in one transaction, which costs a third of a commit for each.
 * Nothing may be answered before it is committed, not even a read: it may have seen what is not committed yet.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  #open = false;
  #listeners: CommitListener[] = [];

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Runs one write in the group's transaction. An unexpected failure takes the whole group back: see `#fail`. */
  write<T>(action: () => T): T {
    if (!this.#open) {
      this.#database.exec('BEGIN IMMEDIATE');
      this.#open = true;
      setImmediate(() => this.flush());
    }
    try {
      return action();
    } catch (error) {
      if (isStorageError(error)) this.#fail(error);
      throw error;
    }
  }

  /** Runs several writes that are kept together or not at all. */
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

  /** A full or broken disk: nothing of the group is stored, and everybody in it is told. */
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
export function isStorageError(error: unknown): error is Error {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'ERR_SQLITE_ERROR';
}
