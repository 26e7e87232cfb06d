import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';

/** Times are milliseconds since 1970. `deliveries` holds what is still to do; a finished delivery is a counter. */
const SCHEMA = `
CREATE TABLE IF NOT EXISTS topics (
  name TEXT PRIMARY KEY COLLATE NOCASE,
  definition TEXT NOT NULL,
  published INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS subscriptions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  topic TEXT NOT NULL COLLATE NOCASE REFERENCES topics (name) ON DELETE CASCADE,
  name TEXT NOT NULL COLLATE NOCASE,
  definition TEXT NOT NULL,
  validated INTEGER NOT NULL DEFAULT 0,
  matched INTEGER NOT NULL DEFAULT 0,
  delivered INTEGER NOT NULL DEFAULT 0,
  dead_lettered INTEGER NOT NULL DEFAULT 0,
  dropped INTEGER NOT NULL DEFAULT 0,
  UNIQUE (topic, name)
) STRICT;
CREATE TABLE IF NOT EXISTS events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  topic TEXT NOT NULL COLLATE NOCASE REFERENCES topics (name) ON DELETE CASCADE,
  schema TEXT NOT NULL,
  body TEXT NOT NULL,
  published INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  event INTEGER NOT NULL REFERENCES events (id) ON DELETE CASCADE,
  subscription INTEGER NOT NULL REFERENCES subscriptions (id) ON DELETE CASCADE,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt INTEGER NOT NULL,
  last_attempt INTEGER,
  last_outcome TEXT,
  dead_letter_reason TEXT,
  dead_letter_since INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (subscription, next_attempt);
CREATE INDEX IF NOT EXISTS deliveries_of_event ON deliveries (event);
`;

/** What later versions added, by the `user_version` that a database has before. */
const CHANGES = ['ALTER TABLE subscriptions ADD COLUMN allowed_rate INTEGER;'];

/** Free pages (of 4 KB) from which on, if they are most of the file, it is written anew. */
const WORTH_SHRINKING = 4096;

/** Opens (or creates) the service's database; every commit is on disk before it returns. */
export function openDatabase(dataDir: string): DatabaseSync {
  const database = new DatabaseSync(join(dataDir, 'eventgrid.sqlite'));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
  database.exec(SCHEMA);
  const changes = [...CHANGES.slice(pragma(database, 'user_version')), `PRAGMA user_version = ${CHANGES.length};`];
  database.exec(`BEGIN; ${changes.join(' ')} COMMIT;`);
  shrink(database);
  return database;
}

/** Gives the space back that a large backlog took once. */
function shrink(database: DatabaseSync): void {
  const free = pragma(database, 'freelist_count');
  if (free > WORTH_SHRINKING && free > pragma(database, 'page_count') / 2) database.exec('VACUUM');
}

function pragma(database: DatabaseSync, name: string): number {
  const row = database.prepare(`PRAGMA ${name}`).get() as Record<string, number>;
  return row[name]!;
}
