import { evaluateCondition } from '../engine/condition.ts';
import { sameJson, typeName, type Json, type JsonObject } from '../json.ts';
import { ActionError, succeeded, type ActionResult, type ActionStatus } from '../engine/records.ts';
import type { ActionKind } from '../engine/actionKind.ts';
import type { ActionDefinition, Actions } from '../project/definition.ts';

/** Azure's limit of cases beside the default. */
const MOST_CASES = 25;

const ACTIONS = { type: 'object' };
const BRANCH = { type: 'object', required: ['actions'], properties: { actions: ACTIONS }, additionalProperties: false };

/** Result of an action that consists of others. */
export function containerResult(status: ActionStatus, inputs?: Json): ActionResult {
  const recorded = inputs === undefined ? {} : { inputs };
  if (status === 'Succeeded') return succeeded(recorded);
  if (status === 'Cancelled') return { status, code: 'Cancelled', ...recorded };
  const message = 'An action failed. No dependent actions succeeded.';
  return { status: 'Failed', code: 'ActionFailed', error: { code: 'ActionFailed', message }, ...recorded };
}

export const scopeAction: ActionKind = {
  schema: { required: ['actions'], properties: { actions: ACTIONS } },
  async run({ definition, runActions }) {
    return containerResult((await runActions(actionsOf(definition))).status);
  },
};

export const ifAction: ActionKind = {
  schema: {
    required: ['expression', 'actions'],
    properties: { expression: { type: ['object', 'string'] }, actions: ACTIONS, else: BRANCH },
  },
  async run({ definition, scope, once, runActions, skipActions }) {
    const holds = await once('condition', () => evaluateCondition(definition.expression!, scope));
    const branches = [actionsOf(definition), actionsOf(definition.else)];
    const [taken, other] = holds ? branches : branches.toReversed();
    await skipActions(other!);
    return containerResult((await runActions(taken!)).status, { expressionResult: holds });
  },
};

export const switchAction: ActionKind = {
  schema: {
    required: ['expression', 'cases'],
    properties: {
      expression: {},
      cases: {
        type: 'object',
        maxProperties: MOST_CASES,
        additionalProperties: {
          type: 'object',
          required: ['case', 'actions'],
          additionalProperties: false,
          properties: { case: { type: ['string', 'number'] }, actions: ACTIONS },
        },
      },
      default: BRANCH,
    },
  },
  async run({ definition, evaluate, once, runActions, skipActions }) {
    const value = await once('value', () => evaluate(definition.expression ?? null));
    if (typeof value !== 'string' && typeof value !== 'number')
      throw new ActionError({
        code: 'ExpressionEvaluationFailed',
        message: `The expression of a switch must give a string or a number, not a value of type ${typeName(value)}.`,
      });
    const cases = Object.values(definition.cases as JsonObject) as JsonObject[];
    const taken = cases.find((one) => sameJson(one.case!, value));
    for (const one of cases) if (one !== taken) await skipActions(actionsOf(one));
    if (taken) await skipActions(actionsOf(definition.default));
    const { status } = await runActions(actionsOf(taken ?? definition.default));
    return containerResult(status, { expressionResult: value });
  },
};

/** Actions of a branch; a branch that is not written has none. */
function actionsOf(holder: ActionDefinition | Json | undefined): Actions {
  return ((holder as { actions?: Actions } | undefined)?.actions ?? {}) as Actions;
}
