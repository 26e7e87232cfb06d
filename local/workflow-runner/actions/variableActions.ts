import { VARIABLE_TYPES } from '../engine/variables.ts';
import { typeName, type Json, type JsonObject } from '../json.ts';
import { ActionError, succeeded } from '../engine/records.ts';
import type { ActionContext, ActionKind } from '../engine/actionKind.ts';
import type { ActionDefinition } from '../project/definition.ts';

/** Azure's limit of variables that one action initializes. */
const MOST_VARIABLES = 20;

const NAME = { type: 'string', pattern: '^[^@]+$' };

export const initializeVariable: ActionKind = {
  schema: {
    required: ['inputs'],
    properties: {
      inputs: {
        type: 'object',
        required: ['variables'],
        additionalProperties: false,
        properties: {
          variables: {
            type: 'array',
            minItems: 1,
            maxItems: MOST_VARIABLES,
            items: {
              type: 'object',
              required: ['name', 'type'],
              additionalProperties: false,
              properties: { name: NAME, type: { type: 'string' }, value: {} },
            },
          },
        },
      },
    },
  },
  definitionFault(definition) {
    const unknown = written(definition).find(
      ({ type }) => !VARIABLE_TYPES.some((known) => known === type.toLowerCase()),
    );
    return unknown && `the variable type "${unknown.type}" is not known; use ${VARIABLE_TYPES.join(', ')}`;
  },
  async run({ definition, evaluate, variables }) {
    const values = written(definition).map(({ name, type, value }) => ({
      name,
      type,
      value: value === undefined ? undefined : evaluate(value),
    }));
    for (const { name, type, value } of values) variables.declare(name, type, value);
    return succeeded({ inputs: { variables: values.map((one) => ({ ...one, value: one.value ?? null })) } });
  },
};

function written({ inputs }: ActionDefinition): { name: string; type: string; value?: Json }[] {
  return (inputs as { variables: { name: string; type: string; value?: Json }[] }).variables;
}

/** Schema of the actions that change one variable. */
function changes(valueIsRequired: boolean): ActionKind['schema'] {
  const required = valueIsRequired ? ['name', 'value'] : ['name'];
  const properties = { name: NAME, value: {} };
  return {
    required: ['inputs'],
    properties: { inputs: { type: 'object', required, properties, additionalProperties: false } },
  };
}

async function change(context: ActionContext, next: (current: Json, value: Json) => Json) {
  const { name, value: written = 1 } = context.definition.inputs as { name: string; value?: Json };
  const value = context.evaluate(written);
  const result = next(context.variables.get(name), value);
  context.variables.set(name, result);
  return succeeded({ inputs: { name, value }, outputs: { body: { name, value: result } } });
}

export const setVariable: ActionKind = {
  schema: changes(true),
  run: (context) => change(context, (_current, value) => value),
};

/** Adds to a number, which counts as 0 while it has no value. */
function adding(sign: 1 | -1): ActionKind['run'] {
  return (context) =>
    change(context, (current, value) => numberOf(context, current ?? 0) + sign * numberOf(context, value));
}

export const incrementVariable: ActionKind = { schema: changes(false), run: adding(1) };
export const decrementVariable: ActionKind = { schema: changes(false), run: adding(-1) };

export const appendToStringVariable: ActionKind = {
  schema: changes(true),
  run: (context) =>
    change(context, (current, value) => {
      if (typeof value === 'string' || typeof value === 'number') return `${String(current ?? '')}${value}`;
      return refuse(context, `appends texts and numbers, not a value of type ${typeName(value)}`);
    }),
};

export const appendToArrayVariable: ActionKind = {
  schema: changes(true),
  run: (context) =>
    change(context, (current, value) => {
      if (current === null || Array.isArray(current)) return [...(current ?? []), value];
      return refuse(context, `appends to arrays, not to a value of type ${typeName(current)}`);
    }),
};

function numberOf(context: ActionContext, value: Json): number {
  return typeof value === 'number' ? value : refuse(context, `adds numbers, not a value of type ${typeName(value)}`);
}

function refuse({ definition }: ActionContext, why: string): never {
  const { name } = definition.inputs as JsonObject;
  throw new ActionError({
    code: 'InvalidVariableOperation',
    message: `${definition.type} of '${String(name)}' ${why}.`,
  });
}
