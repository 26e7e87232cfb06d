import type { JsonObject } from '../json.ts';

/** Schema of `runtimeConfiguration`: what the history is not to show, and what a type of its own adds. */
export function runtimeConfiguration(own: JsonObject = {}): JsonObject {
  return {
    type: 'object',
    additionalProperties: false,
    properties: {
      secureData: {
        type: 'object',
        required: ['properties'],
        additionalProperties: false,
        properties: {
          properties: { type: 'array', items: { enum: ['inputs', 'outputs'] } },
        },
      },
      ...own,
    },
  };
}
