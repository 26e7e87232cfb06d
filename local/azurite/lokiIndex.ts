import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

interface LokiDocument {
  $loki: number;
}

/** What is used of a LokiJS collection. */
interface LokiCollection {
  name: string;
  data: LokiDocument[];
  binaryIndices: Record<string, unknown>;
  dirty: boolean;
  /** Documents that were inserted, changed or removed since the last save. */
  dirtyIds: number[];
  get(id: number): LokiDocument | null;
  ensureIndex(property: string): void;
}

/** What is used of a LokiJS database. */
export interface LokiDatabase {
  /** Where it would save itself as JSON. */
  filename: string;
  collections: LokiCollection[];
  persistenceAdapter: unknown;
  /** Collections note which documents change. */
  isIncremental: boolean;
  autosaveDisable(): void;
}

/** What is kept of a collection besides its documents: its options and counters, and the properties that are indexed. */
interface Shell {
  options: Record<string, unknown> & { name: string };
  indexed: string[];
}

/** Parts of a collection that are documents, or made of them. */
const DERIVED = new Set(['data', 'idIndex', 'binaryIndices', 'constraints', 'dirtyIds', 'events', 'ttl']);

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS collections (database TEXT, name TEXT, shell TEXT, PRIMARY KEY (database, name));
  CREATE TABLE IF NOT EXISTS documents (
    database TEXT, collection TEXT, id INTEGER, body TEXT, PRIMARY KEY (database, collection, id)
  ) WITHOUT ROWID;
`;

/**
 * Keeps LokiJS databases in one SQLite file: a save writes what has changed since the last one, of all databases in one
 * transaction, and is on disk when it returns (it survives the end of the process). LokiJS itself rewrites each database
 * as one JSON file every few seconds. It takes this over through its interface for incremental adapters.
 */
export class LokiIndex {
  readonly #file: DatabaseSync;
  readonly #databases: LokiDatabase[] = [];

  /** @throws {Error} with the path when the file is no such index */
  constructor(path: string) {
    try {
      this.#file = new DatabaseSync(path);
      this.#file.exec(SCHEMA);
    } catch (error) {
      const fix = 'Put back a copy of it, or delete its folder to start without blobs.';
      throw new Error(`The index of blobs ${path} cannot be used: ${(error as Error).message}. ${fix}`, {
        cause: error,
      });
    }
  }

  /** Takes over loading and saving of a database that has not been loaded yet. */
  attach(database: LokiDatabase): void {
    this.#databases.push(database);
    database.autosaveDisable();
    database.isIncremental = true;
    database.persistenceAdapter = {
      mode: 'incremental',
      loadDatabase: (_name: string, done: (content: unknown) => void) => this.#load(database, done),
      saveDatabase: (_name: string, _copy: unknown, done: (error?: unknown) => void) => {
        try {
          this.save();
          done();
        } catch (error) {
          done(error);
        }
      },
    };
  }

  /** Writes what has changed; cheap when nothing has. Throws when the disk refuses: then nothing of it is written. */
  save(): void {
    const changed = this.#databases.flatMap((database) =>
      database.collections.filter(({ dirty }) => dirty).map((collection) => ({ database, collection })),
    );
    if (changed.length === 0) return;
    this.#file.exec('BEGIN IMMEDIATE');
    try {
      for (const { database, collection } of changed) this.#write(keyOf(database), collection);
      this.#file.exec('COMMIT');
    } catch (error) {
      if (this.#file.isTransaction) this.#file.exec('ROLLBACK');
      throw error;
    }
    for (const { collection } of changed) {
      collection.dirty = false;
      collection.dirtyIds = [];
    }
  }

  #write(database: string, collection: LokiCollection): void {
    const { name, binaryIndices, dirtyIds } = collection;
    const options = Object.fromEntries(Object.entries(collection).filter(([part]) => !DERIVED.has(part)));
    const shell = JSON.stringify({ options, indexed: Object.keys(binaryIndices) });
    this.#file.prepare('REPLACE INTO collections VALUES (?, ?, ?)').run(database, name, shell);
    const put = this.#file.prepare('REPLACE INTO documents VALUES (?, ?, ?, ?)');
    const remove = this.#file.prepare('DELETE FROM documents WHERE database = ? AND collection = ? AND id = ?');
    for (const id of new Set(dirtyIds)) {
      const document = collection.get(id);
      if (document) put.run(database, name, id, JSON.stringify(document));
      else remove.run(database, name, id);
    }
  }

  #load(database: LokiDatabase, done: (content: unknown) => void): void {
    const key = keyOf(database);
    const rows = this.#file.prepare('SELECT shell FROM collections WHERE database = ?').all(key);
    const shells = rows.map(({ shell }) => JSON.parse(String(shell)) as Shell);
    if (shells.length === 0) return existsSync(database.filename) ? takeOver(database, done) : done(null);
    done({ collections: shells.map(({ options }) => ({ ...options, data: this.#documents(key, options.name) })) });
    for (const { options, indexed } of shells) {
      const collection = database.collections.find(({ name }) => name === options.name);
      for (const property of indexed) collection?.ensureIndex(property);
    }
  }

  #documents(database: string, collection: string): LokiDocument[] {
    return this.#file
      .prepare('SELECT body FROM documents WHERE database = ? AND collection = ? ORDER BY id')
      .all(database, collection)
      .map(({ body }) => JSON.parse(String(body)) as LokiDocument);
  }
}

/** Data of a version that left saving to LokiJS is loaded once and is in the index with the first save. */
function takeOver(database: LokiDatabase, done: (content: unknown) => void): void {
  done(readFileSync(database.filename, 'utf8'));
  for (const collection of database.collections) {
    collection.dirtyIds = collection.data.map(({ $loki }) => $loki);
    collection.dirty = true;
  }
}

function keyOf({ filename }: LokiDatabase): string {
  return basename(filename);
}
