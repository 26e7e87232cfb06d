import { EVENT_LIMITS } from '../../contracts/events.ts';
import { identifierSchema } from '../../contracts/identifiers.ts';

/** A JSON Schema (2020-12), as Fastify, ajv and OpenAPI 3.1 all take it. */
export type Schema = Readonly<Record<string, unknown>>;

/** Most items that one answer holds. */
export const MAX_LIMIT = 100;
const MAX_CATEGORIES = 50;
/** Ids in one filter. */
export const MAX_IDS = 10_000;

/** An id of a user, session or item. */
export const identifier = identifierSchema;

/** Text that every store can hold: no halves of surrogate pairs. */
export function text(maxLength: number): Schema {
  return { type: 'string', minLength: 1, maxLength, format: 'unicode' };
}

export const limit = {
  type: 'integer',
  minimum: 1,
  maximum: MAX_LIMIT,
  default: 10,
  description: 'How many items to return.',
} as const;

export const categoryNames = { type: 'array', maxItems: MAX_CATEGORIES, items: text(EVENT_LIMITS.idLength) };

export const itemIds = { type: 'array', maxItems: MAX_IDS, items: identifier } as const;

/** An object without other fields than these. */
export function object(properties: Record<string, Schema>, required: readonly string[] = []): Schema {
  return { type: 'object', additionalProperties: false, required, properties };
}

export const problemSchema: Schema = {
  title: 'Problem',
  description: 'Problem details (RFC 9457).',
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    errors: {
      type: 'array',
      description: 'Each fault: JSON pointer, reason, and for a batch the index of the entry. At most 100.',
      items: {
        type: 'object',
        required: ['path', 'reason'],
        properties: { index: { type: 'integer' }, path: { type: 'string' }, reason: { type: 'string' } },
      },
    },
  },
};
