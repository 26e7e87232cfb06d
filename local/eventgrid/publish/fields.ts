import type { Json, JsonObject } from '../model.ts';
import { PublishError } from './publishError.ts';

/** RFC 3339 with seconds; the offset may be missing, since .NET clients send local times without one. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/i;

/** Parses a request body; throws a `PublishError` 400 that says where the JSON breaks. */
export function parseJson(body: Buffer): Json {
  try {
    return JSON.parse(body.toString('utf8')) as Json;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new PublishError(400, `The request body is not JSON: ${why}.`);
  }
}

/** Throws unless `event[name]` is a string with at least one character. */
export function requireText(event: JsonObject, name: string, index: number): void {
  const value = event[name];
  if (typeof value !== 'string' || value === '')
    throw new PublishError(400, `Event ${index}: the property '${name}' is required and must be a non-empty string.`);
}

/** Throws unless `event[name]` is a point in time. */
export function requireTime(event: JsonObject, name: string, index: number): void {
  const value = event[name];
  if (typeof value !== 'string' || !TIME.test(value) || Number.isNaN(Date.parse(value)))
    throw new PublishError(400, `Event ${index}: the property '${name}' must be a time such as 2025-01-31T12:00:00Z.`);
}
