import { isObject, toText, type JsonObject } from '../json.ts';
import { ActionError, succeeded } from '../engine/records.ts';
import type { ActionKind } from '../engine/actionKind.ts';

export const response: ActionKind = {
  schema: {
    required: ['inputs'],
    properties: {
      kind: { enum: ['Http'] },
      inputs: {
        type: 'object',
        required: ['statusCode'],
        additionalProperties: false,
        properties: {
          statusCode: { type: ['integer', 'string'] },
          headers: { type: 'object' },
          body: {},
          schema: { type: 'object' },
        },
      },
    },
  },
  async run({ name, definition, evaluate, respond }) {
    const { statusCode: code, headers: sent = {}, body } = definition.inputs as JsonObject;
    const inputs = evaluate({ statusCode: code!, headers: sent, ...(body !== undefined && { body }) }) as JsonObject;
    const statusCode = Number(inputs.statusCode);
    if (!Number.isInteger(statusCode) || statusCode < 200 || statusCode > 599)
      throw new ActionError({
        code: 'BadRequest',
        message: `The status code of '${name}' is not from 200 to 599.`,
        inputs,
      });
    const headers = Object.entries(isObject(inputs.headers) ? inputs.headers : {});
    const texts = headers.map(([header, value]) => [header, toText(value)] as const);
    const answer = {
      statusCode,
      headers: Object.fromEntries(texts),
      ...(body !== undefined && { body: inputs.body! }),
    };
    if (await respond(answer)) return succeeded({ inputs });
    throw new ActionError({
      code: 'ActionResponseTimedOut',
      message: `Nobody waits for the answer of '${name}': it was given already, or the caller is gone.`,
      inputs,
    });
  },
};
