import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { notFound } from '../errors.ts';

/** A stored document as far as its next version depends on it. */
export interface StoredVersion {
  number: number;
  sequence: number;
  seconds: number;
  /** Second from which on it does not exist any more. */
  expires: number | null;
  /** Of its JSON. */
  bytes: number;
}

export interface DocumentRow extends StoredVersion {
  partition: string;
  id: string;
  /** JSON as it goes to clients, system properties included. */
  body: Uint8Array;
}

/** Values of a new version; see the table. */
export interface VersionValues {
  sequence: number;
  seconds: number;
  /** The document's own `ttl`. */
  ttl: number | null;
  expires: number | null;
  body: Uint8Array;
}

const VERSION_COLUMNS = 'number, sequence, seconds, expires, octet_length(body) AS bytes';

/**
 * The table of one container's documents: point access by partition and id, scans in the order of partition and id or
 * of creation, changes in the order of their sequence numbers.
 */
export class DocumentTable {
  readonly #database: DatabaseSync;
  readonly #name: string;
  readonly #statements = new Map<string, StatementSync>();
  #closed = false;

  constructor(database: DatabaseSync, container: number) {
    this.#database = database;
    this.#name = `documents_${container}`;
  }

  create(): void {
    // The body comes last, so that the other columns are read without its overflow pages.
    this.#database.exec(`
      CREATE TABLE ${this.#name} (
        number INTEGER PRIMARY KEY, partition TEXT NOT NULL, id TEXT NOT NULL, sequence INTEGER NOT NULL,
        seconds INTEGER NOT NULL, ttl INTEGER, expires INTEGER, body BLOB NOT NULL
      );
      CREATE UNIQUE INDEX ${this.#name}_identity ON ${this.#name} (partition, id);
      CREATE INDEX ${this.#name}_changes ON ${this.#name} (sequence);
      CREATE INDEX ${this.#name}_expiry ON ${this.#name} (expires) WHERE expires IS NOT NULL;`);
  }

  drop(): void {
    this.#statements.clear();
    this.#database.exec(`DROP TABLE ${this.#name}`);
  }

  /** After this the documents are not found by anybody, such as a query that was at work on them. */
  close(): void {
    this.#closed = true;
  }

  find(partition: string, id: string): StoredVersion | undefined {
    return this.#one(`SELECT ${VERSION_COLUMNS} FROM TABLE WHERE partition = ? AND id = ?`, partition, id);
  }

  read(partition: string, id: string): (StoredVersion & Pick<DocumentRow, 'body'>) | undefined {
    return this.#one(`SELECT ${VERSION_COLUMNS}, body FROM TABLE WHERE partition = ? AND id = ?`, partition, id);
  }

  bodyOf(number: number): Uint8Array | undefined {
    return this.#one<{ body: Uint8Array }>('SELECT body FROM TABLE WHERE number = ?', number)?.body;
  }

  hasEnded(number: number, now: number): boolean {
    return this.#one('SELECT 1 FROM TABLE WHERE number = ? AND expires <= ?', number, now) !== undefined;
  }

  insert(number: number, partition: string, id: string, version: VersionValues): void {
    const { sequence, seconds, ttl, expires, body } = version;
    this.#prepare(
      `INSERT INTO TABLE (number, partition, id, sequence, seconds, ttl, expires, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(number, partition, id, sequence, seconds, ttl, expires, body);
  }

  update(number: number, { sequence, seconds, ttl, expires, body }: VersionValues): void {
    this.#prepare('UPDATE TABLE SET sequence = ?, seconds = ?, ttl = ?, expires = ?, body = ? WHERE number = ?').run(
      sequence,
      seconds,
      ttl,
      expires,
      body,
      number,
    );
  }

  delete(number: number): void {
    this.#prepare('DELETE FROM TABLE WHERE number = ?').run(number);
  }

  /** Numbers of documents whose time has come, at most `limit`. */
  expired(now: number, limit: number): number[] {
    const rows = this.#prepare('SELECT number FROM TABLE WHERE expires <= ? LIMIT ?').all(now, limit);
    return (rows as { number: number }[]).map((row) => row.number);
  }

  numbersOf(partition: string): number[] {
    const rows = this.#prepare('SELECT number FROM TABLE WHERE partition = ?').all(partition);
    return (rows as { number: number }[]).map((row) => row.number);
  }

  /** Bytes of the JSON in one partition. */
  bytesOf(partition: string): number {
    const sql = 'SELECT coalesce(sum(octet_length(body)), 0) AS bytes FROM TABLE WHERE partition = ?';
    return this.#one<{ bytes: number }>(sql, partition)?.bytes ?? 0;
  }

  /** Sets every document's end anew after the container's default has changed; no default: nothing ends. */
  resetExpiry(defaultTtl: number | undefined): void {
    if (defaultTtl === undefined) {
      this.#prepare('UPDATE TABLE SET expires = NULL WHERE expires IS NOT NULL').run();
      return;
    }
    this.#prepare(
      'UPDATE TABLE SET expires = CASE WHEN coalesce(ttl, ?1) > 0 THEN seconds + coalesce(ttl, ?1) ELSE NULL END',
    ).run(defaultTtl);
  }

  /** Rows that match a condition of this table's columns, in an order that an index gives. */
  select(columns: string, condition: string, parameters: readonly (string | number)[]): Record<string, unknown>[] {
    return this.#prepare(`SELECT ${columns} FROM TABLE WHERE ${condition}`).all(...parameters);
  }

  highestNumber(): number {
    const row = this.#one<{ number: number }>('SELECT coalesce(max(number), 0) AS number FROM TABLE');
    return row?.number ?? 0;
  }

  /** How many documents there are and the bytes of their JSON. */
  size(now: number): { documents: number; bytes: number } {
    return this.#one(
      `SELECT count(*) AS documents, coalesce(sum(octet_length(body)), 0) AS bytes FROM TABLE
       WHERE expires IS NULL OR expires > ?`,
      now,
    ) as { documents: number; bytes: number };
  }

  #one<T>(sql: string, ...parameters: (string | number)[]): T | undefined {
    return this.#prepare(sql).get(...parameters) as T | undefined;
  }

  #prepare(sql: string): StatementSync {
    if (this.#closed) throw notFound();
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql.replaceAll('TABLE', this.#name));
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
