import { evaluateCondition } from '../engine/condition.ts';
import { durationMs } from '../engine/duration.ts';
import { forEachBounded } from '../engine/forEachBounded.ts';
import { isObject, typeName } from '../json.ts';
import { ActionError, type ActionStatus } from '../engine/records.ts';
import type { ActionKind } from '../engine/actionKind.ts';
import type { ActionDefinition, Actions } from '../project/definition.ts';
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
      runtimeConfiguration: {
        type: 'object',
        additionalProperties: false,
        properties: {
          concurrency: {
            type: 'object',
            required: ['repetitions'],
            additionalProperties: false,
            properties: { repetitions: { type: 'integer', minimum: 1, maximum: MAX_REPETITIONS } },
          },
        },
      },
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
    for (let index = 0; index < count; index++) {
      const { status, scope } = await runActions(definition.actions as unknown as Actions, { loop: name, index });
      if (status === 'Cancelled') return containerResult(status, { iterations: index + 1 });
      const done = await once(`done ${index}`, () => evaluateCondition(definition.expression!, scope));
      if (done) return containerResult('Succeeded', { iterations: index + 1 });
      if (Date.now() >= deadline) return ended('TimedOut', `within ${timeout}`, index + 1);
    }
    return ended('Failed', `in ${count} iterations`, count);
  },
};

function ended(status: 'Failed' | 'TimedOut', within: string, iterations: number) {
  const message = `The condition of the loop was not met ${within}.`;
  const code = status === 'TimedOut' ? 'ActionTimedOut' : 'LimitExceeded';
  return { status, code, error: { code, message }, inputs: { iterations } };
}
