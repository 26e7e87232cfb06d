import { runScope } from '../engine/runScope.ts';
import { RunState } from '../engine/runState.ts';
import type { StartedRun, WorkflowRuntime } from '../engine/workflowRuntime.ts';
import { ExpressionError } from '../expressions/errors.ts';
import { evaluateValue } from '../expressions/evaluate.ts';
import type { EvaluationScope } from '../expressions/scope.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';

/** What a trigger received cannot start the workflow; the message is for the sender. */
export class TriggerRefusal extends Error {}

/** Azure's limit of items that `splitOn` makes runs of. */
const MAX_SPLIT = 100_000;

/**
 * Starts the runs of a fired trigger: none if a condition of the trigger does not hold, one for each item where it splits,
 * else one. Resolves once they are durable. Throws a `TriggerRefusal` if condition or split cannot be evaluated.
 */
export async function startRuns(runtime: WorkflowRuntime, outputs: JsonObject): Promise<StartedRun[]> {
  const { triggerName, trigger } = runtime.workflow;
  const time = new Date().toISOString();
  const record = (triggerOutputs: JsonObject): JsonObject => ({
    name: triggerName,
    status: 'Succeeded',
    code: '202',
    startTime: time,
    endTime: time,
    outputs: triggerOutputs,
  });
  const scope = triggerScope(runtime, record(outputs));
  if (!conditionsHold(trigger.conditions ?? [], scope)) return [];
  if (trigger.splitOn === undefined) return [await runtime.start(record(outputs))];
  const items = splitItems(trigger.splitOn, scope);
  return Promise.all(items.map((body) => runtime.start(record({ ...outputs, body }))));
}

function triggerScope({ workflow }: WorkflowRuntime, trigger: JsonObject): EvaluationScope {
  const state = new RunState({ workflow, saved: { id: '', trigger, records: [], decisions: {} } });
  return runScope({ state, frame: { path: '' } });
}

function conditionsHold(conditions: { expression: string }[], scope: EvaluationScope): boolean {
  return conditions.every(({ expression }) => {
    const holds = evaluate('condition', expression, scope);
    if (typeof holds === 'boolean') return holds;
    throw new TriggerRefusal(`The condition of the trigger gives ${JSON.stringify(holds)}, not true or false.`);
  });
}

function splitItems(splitOn: string, scope: EvaluationScope): Json[] {
  const items = evaluate('splitOn', splitOn, scope);
  if (Array.isArray(items) && items.length <= MAX_SPLIT) return items;
  const found = isObject(items) ? 'an object' : Array.isArray(items) ? `${items.length} items` : JSON.stringify(items);
  throw new TriggerRefusal(
    `The splitOn of the trigger must give an array of at most ${MAX_SPLIT} items, not ${found}.`,
  );
}

function evaluate(what: string, expression: string, scope: EvaluationScope): Json {
  try {
    return evaluateValue(expression, scope);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new TriggerRefusal(`The ${what} of the trigger cannot be evaluated: ${error.message}.`);
  }
}
