import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { GroupCommit } from '../../storage/groupCommit.ts';
import type { ActionRecord, RunError, RunStatus } from '../engine/records.ts';
import type { SavedRun } from '../engine/runState.ts';
import type { Json, JsonObject } from '../json.ts';
import type { WorkflowDefinition } from '../project/definition.ts';

/** Actions and decisions of a run go with it; definitions are kept as long as a run refers to them. */
const SCHEMA = `
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

/** A run as the history shows it. */
export interface RunSummary {
  id: string;
  workflow: string;
  status: RunStatus;
  startTime: string;
  endTime?: string;
  trigger: JsonObject;
  error?: RunError;
}

/** An unfinished run with the definition that it was started with. */
export interface OpenRun extends SavedRun {
  definition: WorkflowDefinition;
}

/** Runs on disk (or in memory for `:memory:`). A promise of a write resolves once it is durable. */
export class RunStore {
  readonly #database: DatabaseSync;
  readonly #commit: GroupCommit;

  constructor(args: { file: string }) {
    this.#database = new DatabaseSync(args.file);
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
    this.#database.exec(SCHEMA);
    this.#commit = new GroupCommit(this.#database);
  }

  close(): void {
    this.#database.close();
  }

  createRun(run: { id: string; workflow: string; definition: WorkflowDefinition; trigger: JsonObject }): Promise<void> {
    const content = JSON.stringify(run.definition);
    const hash = createHash('sha256').update(content).digest('hex');
    return this.#write(() => {
      this.#run('INSERT OR IGNORE INTO definitions (hash, content) VALUES (?, ?)', hash, content);
      this.#run(
        "INSERT INTO runs (id, workflow, definition, status, start_time, triggered) VALUES (?, ?, ?, 'Waiting', ?, ?)",
        run.id,
        run.workflow,
        hash,
        new Date().toISOString(),
        JSON.stringify(run.trigger),
      );
    });
  }

  startRun(id: string): Promise<void> {
    return this.#write(() => this.#run("UPDATE runs SET status = 'Running' WHERE id = ?", id));
  }

  /** Keeps an ended action, and the variables if it changed one. */
  saveAction(run: string, record: ActionRecord, variables: JsonObject | undefined): Promise<void> {
    return this.#write(() => {
      const values = [run, record.path, record.name, JSON.stringify(record)];
      this.#run('INSERT OR REPLACE INTO actions (run, path, name, record) VALUES (?, ?, ?, ?)', ...values);
      if (variables) this.#run('UPDATE runs SET variables = ? WHERE id = ?', JSON.stringify(variables), run);
    });
  }

  saveDecision(run: string, key: string, value: Json): Promise<void> {
    return this.#write(() =>
      this.#run('INSERT INTO decisions (run, key, value) VALUES (?, ?, ?)', run, key, JSON.stringify(value)),
    );
  }

  finishRun(id: string, status: RunStatus, error: RunError | undefined): Promise<void> {
    return this.#write(() => {
      const ended = [status, new Date().toISOString(), error ? JSON.stringify(error) : null, id];
      this.#run('UPDATE runs SET status = ?, end_time = ?, error = ? WHERE id = ?', ...ended);
      this.#run('DELETE FROM decisions WHERE run = ?', id);
    });
  }

  /** Forgets a run, for workflows that keep no history. */
  removeRun(id: string): Promise<void> {
    return this.#write(() => this.#run('DELETE FROM runs WHERE id = ?', id));
  }

  /** Forgets what ended before that time. */
  removeEndedBefore(time: string): Promise<void> {
    return this.#write(() => {
      this.#run('DELETE FROM runs WHERE end_time < ?', time);
      this.#run('DELETE FROM definitions WHERE hash NOT IN (SELECT definition FROM runs)');
    });
  }

  /** Runs of a workflow that had not ended, oldest first. */
  openRuns(workflow: string): OpenRun[] {
    const rows = this.#all(
      `SELECT id, triggered, variables, content FROM runs JOIN definitions ON hash = definition
       WHERE workflow = ? AND end_time IS NULL ORDER BY id DESC`,
      workflow,
    );
    return rows.map(({ id, triggered, variables, content }) => ({
      id: id as string,
      trigger: parse<JsonObject>(triggered),
      definition: parse<WorkflowDefinition>(content),
      records: this.actions(id as string),
      decisions: Object.fromEntries(
        this.#all('SELECT key, value FROM decisions WHERE run = ?', id as string).map(({ key, value }) => [
          key as string,
          parse<Json>(value),
        ]),
      ),
      ...(variables !== null && { variables: parse<JsonObject>(variables) }),
    }));
  }

  /** Runs of a workflow, newest first (ids descend in time), from after the run `after` on. */
  runs(workflow: string, args: { limit: number; after: string }): RunSummary[] {
    const sql = 'SELECT * FROM runs WHERE workflow = ? AND id > ? ORDER BY id LIMIT ?';
    return this.#all(sql, workflow, args.after, args.limit).map(toSummary);
  }

  run(workflow: string, id: string): RunSummary | undefined {
    return this.#all('SELECT * FROM runs WHERE workflow = ? AND id = ?', workflow, id).map(toSummary)[0];
  }

  /** Ended actions of a run, in the order they ended. */
  actions(run: string): ActionRecord[] {
    return this.#all('SELECT record FROM actions WHERE run = ? ORDER BY rowid', run).map(({ record }) =>
      parse<ActionRecord>(record),
    );
  }

  /** Number of runs by status. */
  counts(workflow: string): Record<string, number> {
    const rows = this.#all('SELECT status, count(*) AS runs FROM runs WHERE workflow = ? GROUP BY status', workflow);
    return Object.fromEntries(rows.map(({ status, runs }) => [status as string, runs as number]));
  }

  /** When a recurrence fired last, ISO 8601. */
  lastRecurrence(workflow: string): string | undefined {
    return this.#all('SELECT last_time FROM recurrences WHERE workflow = ?', workflow)[0]?.last_time as
      string | undefined;
  }

  saveRecurrence(workflow: string, time: string): Promise<void> {
    return this.#write(() =>
      this.#run('INSERT OR REPLACE INTO recurrences (workflow, last_time) VALUES (?, ?)', workflow, time),
    );
  }

  #write(write: () => void): Promise<void> {
    return this.#commit.run(write);
  }

  #run(sql: string, ...values: (string | number | null)[]): void {
    this.#database.prepare(sql).run(...values);
  }

  #all(sql: string, ...values: (string | number)[]) {
    return this.#database.prepare(sql).all(...values);
  }
}

function parse<T>(text: unknown): T {
  return JSON.parse(text as string) as T;
}

function toSummary(row: Record<string, unknown>): RunSummary {
  return {
    id: row.id as string,
    workflow: row.workflow as string,
    status: row.status as RunStatus,
    startTime: row.start_time as string,
    trigger: parse<JsonObject>(row.triggered),
    ...(row.end_time !== null && { endTime: row.end_time as string }),
    ...(row.error !== null && { error: parse<RunError>(row.error) }),
  };
}
