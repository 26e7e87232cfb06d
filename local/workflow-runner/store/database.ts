import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { GroupCommit } from '../../storage/groupCommit.ts';

type Value = string | number | null;

/** A SQLite file (or `:memory:`) whose statements are prepared once and whose writes share commits. */
export class Database {
  readonly #database: DatabaseSync;
  readonly #commit: GroupCommit;
  readonly #statements = new Map<string, StatementSync>();

  constructor(args: { file: string; migrations: readonly string[] }) {
    this.#database = new DatabaseSync(args.file);
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
    this.#migrate(args.migrations);
    this.#commit = new GroupCommit(this.#database);
  }

  #migrate(migrations: readonly string[]): void {
    const seen = Number(this.#database.prepare('PRAGMA user_version').get()?.user_version);
    for (const migration of migrations.slice(seen))
      this.#database.exec(`BEGIN; ${migration} PRAGMA user_version = ${migrations.indexOf(migration) + 1}; COMMIT;`);
  }

  close(): void {
    this.#database.close();
  }

  /** Runs `work` in the next transaction; resolves with its result once that is durable. */
  write<T>(work: () => T): Promise<T> {
    return this.#commit.run(work);
  }

  /** Number of rows that the statement changed. */
  run(sql: string, ...values: Value[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }

  all(sql: string, ...values: Value[]): Record<string, unknown>[] {
    return this.#statement(sql).all(...values);
  }

  get(sql: string, ...values: Value[]): Record<string, unknown> | undefined {
    return this.#statement(sql).get(...values);
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}
