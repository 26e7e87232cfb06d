import { createHash } from 'node:crypto';
import type { TriggerResponse } from '../engine/actionKind.ts';
import type { ActionRecord, RunError, RunStatus } from '../engine/records.ts';
import type { SavedRun } from '../engine/runState.ts';
import type { Json, JsonObject } from '../json.ts';
import type { WorkflowDefinition } from '../project/definition.ts';
import { Database } from './database.ts';
import { MIGRATIONS } from './schema.ts';

/** A run as the history shows it. */
export interface RunSummary {
  id: string;
  workflow: string;
  status: RunStatus;
  startTime: string;
  endTime?: string;
  trigger: JsonObject;
  error?: RunError;
  /** What a Response action answered. */
  response?: TriggerResponse;
}

/** A firing of a trigger: with a run of the same id, or none. */
export interface Firing {
  id: string;
  startTime: string;
  trigger: JsonObject;
  fired: boolean;
}

/** An unfinished run with the definition that it was started with. */
export interface OpenRun extends SavedRun {
  definition: WorkflowDefinition;
  /** The run that waits for the answer. */
  caller?: string;
}

/** Which runs of a workflow to list: newest first, from after the run `after` on. */
export interface RunQuery {
  limit: number;
  after: string;
  status?: string;
}

/** Runs on disk (or in memory for `:memory:`). A promise of a write resolves once it is durable. */
export class RunStore {
  readonly #database: Database;

  constructor(args: { file: string }) {
    this.#database = new Database({ file: args.file, migrations: MIGRATIONS });
  }

  close(): void {
    this.#database.close();
  }

  createRun(run: {
    id: string;
    workflow: string;
    definition: WorkflowDefinition;
    trigger: JsonObject;
    caller?: string;
  }): Promise<void> {
    const { content, hash } = writtenDefinition(run.definition);
    const trigger = JSON.stringify(run.trigger);
    return this.#database.write(() => {
      this.#database.run('INSERT OR IGNORE INTO definitions (hash, content) VALUES (?, ?)', hash, content);
      this.#database.run(
        `INSERT INTO runs (id, workflow, definition, status, start_time, triggered, caller)
         VALUES (?, ?, ?, 'Waiting', ?, ?, ?)`,
        run.id,
        run.workflow,
        hash,
        new Date().toISOString(),
        trigger,
        run.caller ?? null,
      );
    });
  }

  /** Keeps a firing that started no run. */
  saveUnfired(firing: { id: string; workflow: string; trigger: JsonObject }): Promise<void> {
    const values = [firing.id, firing.workflow, new Date().toISOString(), JSON.stringify(firing.trigger)];
    return this.#write('INSERT INTO unfired (id, workflow, start_time, triggered) VALUES (?, ?, ?, ?)', values);
  }

  startRun(id: string): Promise<void> {
    return this.#write("UPDATE runs SET status = 'Running' WHERE id = ?", [id]);
  }

  /** Keeps an ended action, and the variables if it changed one. */
  saveAction(run: string, record: ActionRecord, variables: JsonObject | undefined): Promise<void> {
    const values = [run, record.path, record.name, JSON.stringify(record)];
    const changed = variables && JSON.stringify(variables);
    return this.#database.write(() => {
      this.#database.run('INSERT OR REPLACE INTO actions (run, path, name, record) VALUES (?, ?, ?, ?)', ...values);
      if (changed !== undefined) this.#database.run('UPDATE runs SET variables = ? WHERE id = ?', changed, run);
    });
  }

  saveDecision(run: string, key: string, value: Json): Promise<void> {
    return this.#write('INSERT INTO decisions (run, key, value) VALUES (?, ?, ?)', [run, key, JSON.stringify(value)]);
  }

  saveResponse(run: string, response: TriggerResponse): Promise<void> {
    return this.#write('UPDATE runs SET response = ? WHERE id = ?', [JSON.stringify(response), run]);
  }

  finishRun(id: string, status: RunStatus, error: RunError | undefined): Promise<void> {
    const ended = [status, new Date().toISOString(), error ? JSON.stringify(error) : null, id];
    return this.#database.write(() => {
      this.#database.run('UPDATE runs SET status = ?, end_time = ?, error = ? WHERE id = ?', ...ended);
      this.#database.run('DELETE FROM decisions WHERE run = ?', id);
    });
  }

  /** Forgets a run, for workflows that keep no history. */
  removeRun(id: string): Promise<void> {
    return this.#write('DELETE FROM runs WHERE id = ?', [id]);
  }

  /** Keeps the history within its bounds: what started before that time goes, and all but the newest `most`. */
  trim(workflow: string, bounds: { before: string; most: number }): Promise<void> {
    const old = (table: string, ended: string) =>
      `DELETE FROM ${table} WHERE workflow = ? AND ${ended} AND (start_time < ? OR id IN
       (SELECT id FROM ${table} WHERE workflow = ? AND ${ended} ORDER BY id LIMIT -1 OFFSET ?))`;
    const values = [workflow, bounds.before, workflow, bounds.most];
    return this.#database.write(() => {
      this.#database.run(old('runs', 'end_time IS NOT NULL'), ...values);
      this.#database.run(old('unfired', 'TRUE'), ...values);
      this.#database.run('DELETE FROM definitions WHERE NOT EXISTS (SELECT 1 FROM runs WHERE definition = hash)');
    });
  }

  /** Runs of a workflow that had not ended, oldest first. */
  openRuns(workflow: string): OpenRun[] {
    const rows = this.#database.all(
      `SELECT id, triggered, variables, caller, response, content FROM runs JOIN definitions ON hash = definition
       WHERE workflow = ? AND end_time IS NULL ORDER BY id DESC`,
      workflow,
    );
    return rows.map(({ id, triggered, variables, caller, response, content }) => ({
      id: id as string,
      trigger: parse<JsonObject>(triggered),
      definition: parse<WorkflowDefinition>(content),
      records: this.actions(id as string),
      decisions: this.#decisions(id as string),
      ...(variables !== null && { variables: parse<JsonObject>(variables) }),
      ...(caller !== null && { caller: caller as string }),
      ...(response !== null && { response: parse<TriggerResponse>(response) }),
    }));
  }

  runs(workflow: string, { limit, after, status }: RunQuery): RunSummary[] {
    const sql = `SELECT * FROM runs WHERE workflow = ? AND id > ? AND (? IS NULL OR status = ?) ORDER BY id LIMIT ?`;
    return this.#database.all(sql, workflow, after, status ?? null, status ?? null, limit).map(toSummary);
  }

  run(workflow: string, id: string): RunSummary | undefined {
    const row = this.#database.get('SELECT * FROM runs WHERE workflow = ? AND id = ?', workflow, id);
    return row && toSummary(row);
  }

  /** Firings of the trigger of a workflow, newest first, from after `after` on. */
  firings(workflow: string, { limit, after }: RunQuery): Firing[] {
    const sql = `SELECT id, start_time, triggered, 1 AS fired FROM runs WHERE workflow = ? AND id > ?
      UNION ALL SELECT id, start_time, triggered, 0 FROM unfired WHERE workflow = ? AND id > ? ORDER BY id LIMIT ?`;
    return this.#database.all(sql, workflow, after, workflow, after, limit).map(toFiring);
  }

  firing(workflow: string, id: string): Firing | undefined {
    const sql = `SELECT id, start_time, triggered, 1 AS fired FROM runs WHERE workflow = ? AND id = ?
      UNION ALL SELECT id, start_time, triggered, 0 FROM unfired WHERE workflow = ? AND id = ?`;
    const row = this.#database.get(sql, workflow, id, workflow, id);
    return row && toFiring(row);
  }

  /** Ended actions of a run, in the order they ended. */
  actions(run: string): ActionRecord[] {
    const rows = this.#database.all('SELECT record FROM actions WHERE run = ? ORDER BY rowid', run);
    return rows.map(({ record }) => parse<ActionRecord>(record));
  }

  /** Number of runs by status. */
  counts(workflow: string): Record<string, number> {
    const sql = 'SELECT status, count(*) AS runs FROM runs WHERE workflow = ? GROUP BY status';
    return Object.fromEntries(
      this.#database.all(sql, workflow).map(({ status, runs }) => [status as string, runs as number]),
    );
  }

  /** When a recurrence fired last, ISO 8601. */
  lastRecurrence(workflow: string): string | undefined {
    const row = this.#database.get('SELECT last_time FROM recurrences WHERE workflow = ?', workflow);
    return row?.last_time as string | undefined;
  }

  saveRecurrence(workflow: string, time: string): Promise<void> {
    return this.#write('INSERT OR REPLACE INTO recurrences (workflow, last_time) VALUES (?, ?)', [workflow, time]);
  }

  #write(sql: string, values: (string | null)[]): Promise<void> {
    return this.#database.write(() => {
      this.#database.run(sql, ...values);
    });
  }

  #decisions(run: string): Record<string, Json> {
    const rows = this.#database.all('SELECT key, value FROM decisions WHERE run = ?', run);
    return Object.fromEntries(rows.map(({ key, value }) => [key as string, parse<Json>(value)]));
  }
}

/** A definition is the same for all runs of a workflow, so its text is made once. */
const written = new WeakMap<WorkflowDefinition, { content: string; hash: string }>();

function writtenDefinition(definition: WorkflowDefinition): { content: string; hash: string } {
  const known = written.get(definition);
  if (known) return known;
  const content = JSON.stringify(definition);
  const made = { content, hash: createHash('sha256').update(content).digest('hex') };
  written.set(definition, made);
  return made;
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
    ...(row.response !== null && { response: parse<TriggerResponse>(row.response) }),
  };
}

function toFiring(row: Record<string, unknown>): Firing {
  return {
    id: row.id as string,
    startTime: row.start_time as string,
    trigger: parse<JsonObject>(row.triggered),
    fired: row.fired === 1,
  };
}
