/**
 * Actions and decisions of a run go with it; definitions are kept as long as a run refers to them. Ids descend in time,
 * so that the newest comes first in their order.
 */
const RUNS = `
CREATE TABLE IF NOT EXISTS definitions (hash TEXT PRIMARY KEY, content TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS runs (
  id TEXT PRIMARY KEY,
  workflow TEXT NOT NULL,
  definition TEXT NOT NULL REFERENCES definitions (hash),
  status TEXT NOT NULL,
  start_time TEXT NOT NULL,
  end_time TEXT,
  triggered TEXT NOT NULL,
  variables TEXT,
  error TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS runs_of_workflow ON runs (workflow, id);
CREATE INDEX IF NOT EXISTS open_runs ON runs (workflow) WHERE end_time IS NULL;
CREATE TABLE IF NOT EXISTS actions (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  path TEXT NOT NULL,
  name TEXT NOT NULL,
  record TEXT NOT NULL,
  PRIMARY KEY (run, path, name)
) STRICT;
CREATE TABLE IF NOT EXISTS decisions (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (run, key)
) STRICT;
CREATE TABLE IF NOT EXISTS recurrences (workflow TEXT PRIMARY KEY, last_time TEXT NOT NULL) STRICT;
`;

/** `caller` names the run that waits for this one. `unfired` holds the firings of triggers that started no run. */
const CALLS_AND_FIRINGS = `
ALTER TABLE runs ADD COLUMN caller TEXT;
ALTER TABLE runs ADD COLUMN response TEXT;
CREATE INDEX runs_by_definition ON runs (definition);
CREATE TABLE unfired (
  id TEXT PRIMARY KEY,
  workflow TEXT NOT NULL,
  start_time TEXT NOT NULL,
  triggered TEXT NOT NULL
) STRICT;
CREATE INDEX unfired_of_workflow ON unfired (workflow, id);
`;

/** Steps from an empty file to the tables of today; a data folder keeps how many of them it has seen. */
export const MIGRATIONS = [RUNS, CALLS_AND_FIRINGS];
