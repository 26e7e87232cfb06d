import { runScope } from '../engine/runScope.ts';
import { RunState } from '../engine/runState.ts';
import { TriggerRefusal } from '../engine/triggerRefusal.ts';
import type { StartedRun, WorkflowRuntime } from '../engine/workflowRuntime.ts';
import { ExpressionError } from '../expressions/errors.ts';
import { evaluateValue } from '../expressions/evaluate.ts';
import type { EvaluationScope } from '../expressions/scope.ts';
import { isObject, toText, type Json, type JsonObject } from '../json.ts';

/** Azure's limits of items that `splitOn` makes runs of: by itself, and where the trigger limits the runs at work. */
const MAX_SPLIT = 100_000;
const MAX_SPLIT_LIMITED = 100;

/** What a caller of the trigger may choose. */
export interface StartOptions {
  /** The sender's id for what belongs together; by default each run's own id. */
  trackingId?: string;
  /** Id of the run, and the run that waits for its answer. */
  id?: string;
  caller?: string;
}

export interface TriggeredRun extends StartedRun {
  trackingId: string;
}

/**
 * Starts the runs of a fired trigger: none if a condition of the trigger does not hold, one for each item where it splits,
 * else one. Resolves once they are durable; a firing that starts none is kept as well. Throws a `TriggerRefusal` if
 * condition or split cannot be evaluated.
 */
export async function startRuns(
  runtime: WorkflowRuntime,
  outputs: JsonObject,
  options: StartOptions = {},
): Promise<TriggeredRun[]> {
  const firing = new Firing(runtime);
  let bodies: JsonObject[];
  try {
    bodies = firing.split(outputs);
  } catch (error) {
    if (error instanceof TriggerRefusal) await runtime.skip(firing.refused(outputs, error));
    throw error;
  }
  if (bodies.length === 0) await runtime.skip(firing.record(outputs, { status: 'Skipped' }));
  return Promise.all(bodies.map((body) => firing.start(body, options)));
}

/** One firing of a trigger, with the time that it happened. */
class Firing {
  readonly #runtime: WorkflowRuntime;
  readonly #time = new Date().toISOString();

  constructor(runtime: WorkflowRuntime) {
    this.#runtime = runtime;
  }

  /** The trigger as its runs and its history know it. */
  record(outputs: JsonObject, more: JsonObject = {}): JsonObject {
    const { triggerName, trigger } = this.#runtime.workflow;
    const secured = trigger.runtimeConfiguration?.secureData?.properties;
    return {
      name: triggerName,
      status: 'Succeeded',
      code: '202',
      startTime: this.#time,
      endTime: this.#time,
      outputs,
      ...(secured && { secured }),
      ...more,
    };
  }

  refused(outputs: JsonObject, { message }: TriggerRefusal): JsonObject {
    const code = 'InvalidTemplate';
    return this.record(outputs, { status: 'Failed', code, error: { code, message } });
  }

  /** The outputs of each run; throws a `TriggerRefusal`. */
  split(outputs: JsonObject): JsonObject[] {
    const { conditions = [], splitOn, runtimeConfiguration } = this.#runtime.workflow.trigger;
    const scope = this.#scope(outputs);
    if (!conditionsHold(conditions, scope)) return [];
    if (splitOn === undefined) return [outputs];
    const most = runtimeConfiguration?.concurrency ? MAX_SPLIT_LIMITED : MAX_SPLIT;
    return splitItems(splitOn, scope, most).map((body) => ({ ...outputs, body }));
  }

  async start(outputs: JsonObject, { trackingId, id, caller }: StartOptions): Promise<TriggeredRun> {
    const { clientTrackingId } = this.#runtime.workflow.trigger.correlation ?? {};
    const written = clientTrackingId === undefined ? undefined : this.#text(clientTrackingId, outputs);
    const chosen = written ?? trackingId;
    const trigger = this.record(outputs, chosen === undefined ? {} : { correlation: { clientTrackingId: chosen } });
    const run = await this.#runtime.start(trigger, {
      ...(id !== undefined && { id }),
      ...(caller !== undefined && { caller }),
    });
    return { ...run, trackingId: chosen ?? run.id };
  }

  #text(template: string, outputs: JsonObject): string {
    return toText(evaluate('clientTrackingId', template, this.#scope(outputs)));
  }

  #scope(outputs: JsonObject): EvaluationScope {
    const saved = { id: '', trigger: this.record(outputs), records: [], decisions: {} };
    return runScope({ state: new RunState({ workflow: this.#runtime.workflow, saved }), frame: { path: '' } });
  }
}

function conditionsHold(conditions: { expression: string }[], scope: EvaluationScope): boolean {
  return conditions.every(({ expression }) => {
    const holds = evaluate('condition', expression, scope);
    if (typeof holds === 'boolean') return holds;
    throw new TriggerRefusal(`The condition of the trigger gives ${JSON.stringify(holds)}, not true or false.`);
  });
}

function splitItems(splitOn: string, scope: EvaluationScope, most: number): Json[] {
  const items = evaluate('splitOn', splitOn, scope);
  if (Array.isArray(items) && items.length <= most) return items;
  const found = isObject(items) ? 'an object' : Array.isArray(items) ? `${items.length} items` : JSON.stringify(items);
  throw new TriggerRefusal(`The splitOn of the trigger must give an array of at most ${most} items, not ${found}.`);
}

function evaluate(what: string, expression: string, scope: EvaluationScope): Json {
  try {
    return evaluateValue(expression, scope);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new TriggerRefusal(`The ${what} of the trigger cannot be evaluated: ${error.message}.`);
  }
}
