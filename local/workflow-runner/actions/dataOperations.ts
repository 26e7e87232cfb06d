import { compileSchema, schemaFaults } from '../engine/jsonSchema.ts';
import { parseJson as readJson, toText, typeName, type Json, type JsonObject } from '../json.ts';
import { ActionError, succeeded } from '../engine/records.ts';
import type { ActionContext, ActionKind } from '../engine/actionKind.ts';

const ANY = {};
const EXPRESSION = { type: 'string', pattern: '^@' };
const inputs = (required: string[], properties: JsonObject): ActionKind['schema'] => ({
  required: ['inputs'],
  properties: { inputs: { type: 'object', required, properties, additionalProperties: false } },
});

export const compose: ActionKind = {
  schema: { required: ['inputs'], properties: { inputs: ANY } },
  async run({ definition, evaluate }) {
    const value = evaluate(definition.inputs ?? null);
    return succeeded({ inputs: value, outputs: value });
  },
};

export const parseJson: ActionKind = {
  schema: inputs(['content', 'schema'], { content: ANY, schema: { type: 'object' } }),
  definitionFault({ inputs }) {
    try {
      compileSchema((inputs as JsonObject).schema as JsonObject);
      return undefined;
    } catch (error) {
      return `inputs.schema is no usable JSON Schema: ${(error as Error).message}`;
    }
  },
  async run({ definition, evaluate }) {
    const { content, schema } = definition.inputs as { content: Json; schema: JsonObject };
    const written = evaluate(content);
    const body = typeof written === 'string' ? parseText(written) : written;
    const validate = compileSchema(schema);
    if (validate(body)) return succeeded({ inputs: { content: written, schema }, outputs: { body } });
    throw new ActionError({
      code: 'SchemaValidationFailed',
      message: `Schema validation failed: ${schemaFaults(validate)}.`,
      inputs: { content: written, schema },
    });
  },
};

function parseText(text: string): Json {
  try {
    return readJson(text);
  } catch (error) {
    throw new ActionError({
      code: 'InvalidJson',
      message: `The content is not JSON: ${(error as Error).message}`,
      inputs: { content: text },
    });
  }
}

export const select: ActionKind = {
  schema: inputs(['from', 'select'], { from: ANY, select: ANY }),
  async run(context) {
    const { from, select: form } = context.definition.inputs as JsonObject;
    const items = arrayOf(context, from!);
    return succeeded({
      inputs: { from: items },
      outputs: { body: items.map((item) => context.evaluate(form!, item)) },
    });
  },
};

export const query: ActionKind = {
  schema: inputs(['from', 'where'], { from: ANY, where: EXPRESSION }),
  async run(context) {
    const { from, where } = context.definition.inputs as JsonObject;
    const items = arrayOf(context, from!);
    const body = items.filter((item) => {
      const keep = context.evaluate(where!, item);
      if (typeof keep === 'boolean') return keep;
      throw invalidInput(`The 'where' of the query must give a boolean, not a value of type ${typeName(keep)}.`);
    });
    return succeeded({ inputs: { from: items }, outputs: { body } });
  },
};

export const join: ActionKind = {
  schema: inputs(['from', 'joinWith'], { from: ANY, joinWith: { type: 'string' } }),
  async run(context) {
    const { from, joinWith } = context.definition.inputs as JsonObject;
    const items = arrayOf(context, from!);
    const separator = toText(context.evaluate(joinWith!));
    return succeeded({
      inputs: { from: items, joinWith: separator },
      outputs: { body: items.map(toText).join(separator) },
    });
  },
};

function arrayOf(context: ActionContext, from: Json): Json[] {
  const value = context.evaluate(from);
  if (Array.isArray(value)) return value;
  throw invalidInput(`The 'from' of the action must be an array, not a value of type ${typeName(value)}.`);
}

function invalidInput(message: string): ActionError {
  return new ActionError({ code: 'BadRequest', message });
}
