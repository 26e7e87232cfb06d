import { isObject, toText, type JsonObject } from '../json.ts';
import { headersFault } from '../http/responseHeaders.ts';
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
    const written = Object.entries(isObject(inputs.headers) ? inputs.headers : {});
    const headers = Object.fromEntries(written.map(([header, value]) => [header, toText(value)]));
    const statusFault =
      Number.isInteger(statusCode) && statusCode >= 200 && statusCode <= 599
        ? undefined
        : `the status code ${JSON.stringify(inputs.statusCode)} is not from 200 to 599`;
    const fault = statusFault ?? headersFault(headers);
    if (fault !== undefined)
      throw new ActionError({ code: 'BadRequest', message: `The answer of '${name}' is not valid: ${fault}.`, inputs });
    const answer = { statusCode, headers, ...(body !== undefined && { body: inputs.body! }) };
    if (await respond(answer)) return succeeded({ inputs });
    throw new ActionError({
      code: 'ActionResponseTimedOut',
      message: `Nobody waits for the answer of '${name}': it was given already, or the caller is gone.`,
      inputs,
    });
  },
};
