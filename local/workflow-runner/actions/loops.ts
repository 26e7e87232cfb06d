import { evaluateCondition } from '../engine/condition.ts';
import { durationMs } from '../engine/duration.ts';
import { forEachBounded } from '../engine/forEachBounded.ts';
import { isObject, typeName } from '../json.ts';
import { ActionError, type ActionResult, type ActionStatus } from '../engine/records.ts';
import type { ActionKind } from '../engine/actionKind.ts';
import type { ActionDefinition, Actions } from '../project/definition.ts';
import { runtimeConfiguration } from '../project/runtimeConfiguration.ts';
import { containerResult } from './control.ts';

const MAX_ITEMS = 100_000;
const DEFAULT_REPETITIONS = 20;
const MAX_REPETITIONS = 50;

export const foreachAction: ActionKind = {
  schema: {
    required: ['foreach', 'actions'],
    properties: {
      foreach: {},
      actions: { type: 'object' },
      operationOptions: { enum: ['Sequential'] },
      runtimeConfiguration: runtimeConfiguration({
        concurrency: {
          type: 'object',
          required: ['repetitions'],
          additionalProperties: false,
          properties: { repetitions: { type: 'integer', minimum: 1, maximum: MAX_REPETITIONS } },
        },
      }),
    },
  },
  async run({ name, definition, evaluate, once, runActions }) {
    const items = await once('items', () => evaluate(definition.foreach ?? null));
    if (!Array.isArray(items) || items.length > MAX_ITEMS)
      throw new ActionError({
        code: 'ExpressionEvaluationFailed',
        message: `The foreach of '${name}' must give an array of at most ${MAX_ITEMS} items, not a value of type ${typeName(items)}.`,
      });
    const statuses: ActionStatus[] = [];
    await forEachBounded(items, repetitions(definition), async (item, index) => {
      const { status } = await runActions(definition.actions as unknown as Actions, { loop: name, index, item });
      statuses.push(status);
    });
    return containerResult(worst(statuses), { iterations: items.length });
  },
};

function repetitions(definition: ActionDefinition): number {
  if (definition.operationOptions === 'Sequential') return 1;
  const { concurrency } = (definition.runtimeConfiguration ?? {}) as { concurrency?: { repetitions: number } };
  return concurrency?.repetitions ?? DEFAULT_REPETITIONS;
}

function worst(statuses: ActionStatus[]): ActionStatus {
  if (statuses.includes('Cancelled')) return 'Cancelled';
  return statuses.find((status) => status !== 'Succeeded') ?? 'Succeeded';
}

const DEFAULT_COUNT = 60;
const MAX_COUNT = 5000;
const DEFAULT_TIMEOUT = 'PT1H';

const FAIL_AT_LIMIT = 'FailWhenLimitsReached';

/**
 * Repeats its actions until the condition holds or a limit is reached, and ends as its last iteration did. As on Azure a
 * limit that is reached fails the loop only where `operationOptions` says so.
 */
export const untilAction: ActionKind = {
  schema: {
    required: ['expression', 'actions'],
    properties: {
      expression: { type: ['object', 'string'] },
      actions: { type: 'object' },
      limit: {
        type: 'object',
        additionalProperties: false,
        properties: { count: { type: 'integer', minimum: 1, maximum: MAX_COUNT }, timeout: { type: 'string' } },
      },
      operationOptions: { enum: [FAIL_AT_LIMIT] },
    },
  },
  definitionFault({ limit }) {
    const timeout = isObject(limit) ? limit.timeout : undefined;
    if (timeout === undefined || durationMs(String(timeout)) !== undefined) return undefined;
    return `limit.timeout ${JSON.stringify(timeout)} is no duration; write it like PT1H`;
  },
  async run({ name, definition, services, once, runActions }) {
    const { count = DEFAULT_COUNT, timeout = DEFAULT_TIMEOUT } = (definition.limit ?? {}) as {
      count?: number;
      timeout?: string;
    };
    const started = await once('started', () => Date.now());
    const deadline = started + durationMs(timeout)! * services.timeScale;
    for (let index = 0; ; index++) {
      const { status, scope } = await runActions(definition.actions as unknown as Actions, { loop: name, index });
      const iterations = index + 1;
      if (status === 'Cancelled') return containerResult(status, { iterations });
      const itself = { name, startTime: new Date(started).toISOString(), status };
      const done = await once(`done ${index}`, () =>
        evaluateCondition(definition.expression!, { ...scope, currentAction: () => itself }),
      );
      const late = Date.now() >= deadline;
      const atLimit = !done && (late || iterations === count);
      if (atLimit && definition.operationOptions === FAIL_AT_LIMIT)
        return late
          ? limitReached('TimedOut', `within ${timeout}`, iterations)
          : limitReached('Failed', `in ${count} iterations`, iterations);
      if (done || atLimit) return containerResult(status, { iterations });
    }
  },
};

function limitReached(status: 'Failed' | 'TimedOut', within: string, iterations: number): ActionResult {
  const message = `The condition of the loop was not met ${within}.`;
  const code = status === 'TimedOut' ? 'ActionTimedOut' : 'LimitExceeded';
  return { status, code, error: { code, message }, inputs: { iterations } };
}
