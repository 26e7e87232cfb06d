import type { EvaluationScope } from '../expressions/scope.ts';
import type { Json, JsonObject } from '../json.ts';
import type { ActionDefinition, Actions } from '../project/definition.ts';
import type { Variables } from './variables.ts';
import type { ActionResult, ActionStatus, RunError, RunStatus } from './records.ts';
import type { Services } from './services.ts';

/** Iteration of a loop that a group of actions runs in. */
export interface Iteration {
  loop: string;
  index: number;
  /** Only a Foreach has items. */
  item?: Json;
}

/** How a group of actions ended, and what an expression sees after it. */
export interface GroupOutcome {
  status: ActionStatus;
  scope: EvaluationScope;
}

/** An HTTP answer to the caller of the Request trigger. */
export interface TriggerResponse {
  statusCode: number;
  headers: Record<string, string>;
  body?: Json;
}

/** A call of another workflow of the project. */
export interface WorkflowCall {
  workflow: string;
  /** Id of the run, the same when the call is made again after a restart. */
  id: string;
  headers: JsonObject;
  body: Json | undefined;
}

/** What an action at work has: its definition, the run, the outside world. */
export interface ActionContext {
  name: string;
  definition: ActionDefinition;
  /** Id of the run. */
  run: string;
  /** Aborts what is under way when the run is terminated or the runner has no more time to stop. */
  signal: AbortSignal;
  /** Waits for a time in ms; the wait ends at once when the run is terminated or the runner stops. */
  pause(ms: number): Promise<void>;
  services: Services;
  variables: Variables;
  /** Evaluates a value of the definition; `item` stands for `item()` where it is given. */
  evaluate(value: Json, item?: Json): Json;
  scope: EvaluationScope;
  /** Runs a group of actions to its end, in an iteration where one is given. */
  runActions(actions: Actions, iteration?: Iteration): Promise<GroupOutcome>;
  /** Records a group that is not taken as skipped. */
  skipActions(actions: Actions): Promise<void>;
  /**
   * Computes a value once in the life of a run: after a restart the value of before is used again. For decisions that
   * must not change when the run is resumed.
   */
  once<T extends Json>(key: string, compute: () => T): Promise<T>;
  /** Answers the caller of the trigger; false if nobody waits. */
  respond(response: TriggerResponse): Promise<boolean>;
  /** Ends the run with a status of the author's choice. */
  terminate(status: RunStatus, error?: RunError): void;
}

/** JSON Schema of the properties that a type of action has besides those of all actions. */
export interface ActionSchema {
  required: string[];
  properties: JsonObject;
}

/** A type of action: what it looks like in a definition, and what it does. */
export interface ActionKind {
  schema: ActionSchema;
  /** What a schema cannot say, as one clause. */
  definitionFault?(definition: ActionDefinition): string | undefined;
  run(context: ActionContext): Promise<ActionResult>;
}
