import { sameJson, type Json, type JsonObject } from '../json.ts';
import type { Workflow } from '../project/definition.ts';
import type { TriggerResponse } from './actionKind.ts';
import type { ActionRecord } from './records.ts';
import { Variables } from './variables.ts';

/** What a restart finds of an interrupted run. */
export interface SavedRun {
  id: string;
  trigger: JsonObject;
  records: ActionRecord[];
  /** Decisions, see `ActionContext.once`. */
  decisions: Record<string, Json>;
  variables?: JsonObject;
  response?: TriggerResponse;
}

/** Everything that a run has produced so far, in memory. */
export class RunState {
  readonly id: string;
  readonly workflow: Workflow;
  readonly trigger: JsonObject;
  readonly variables = new Variables();
  readonly decisions: Map<string, Json>;
  /** What a Response action has answered. */
  response: TriggerResponse | undefined;
  readonly #records = new Map<string, Map<string, ActionRecord>>();

  constructor(args: { workflow: Workflow; saved: SavedRun }) {
    const { workflow, saved } = args;
    this.id = saved.id;
    this.workflow = workflow;
    this.trigger = saved.trigger;
    this.decisions = new Map(Object.entries(saved.decisions));
    this.response = saved.response;
    if (saved.variables) this.variables.restore(saved.variables);
    for (const record of saved.records) this.add(record);
  }

  add(record: ActionRecord): void {
    const records = this.#records.get(record.path) ?? new Map<string, ActionRecord>();
    records.set(record.name, record);
    this.#records.set(record.path, records);
  }

  record(path: string, name: string): ActionRecord | undefined {
    return this.#records.get(path)?.get(name);
  }

  /** True if this is the answer that was given before a restart cut off the record of the action. */
  answers(response: TriggerResponse): boolean {
    return this.response !== undefined && sameJson({ ...this.response }, { ...response });
  }

  /** True once an action has ended in the iteration of that path. */
  hasRecords(path: string): boolean {
    return this.#records.has(path);
  }
}
