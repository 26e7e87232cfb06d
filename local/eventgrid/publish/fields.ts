import type { Json, JsonObject } from '../model.ts';
import { PublishError } from './publishError.ts';

/** RFC 3339 with seconds; the offset may be missing, since .NET clients send local times without one. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/i;
/** Deeper values could be read but not written again: the runtime's stack ends at some thousand levels. */
const MAX_DEPTH = 1000;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The text of a body; throws a `PublishError` 400 where it is not UTF-8. */
export function parseText(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch {
    throw new PublishError(400, 'The request body is not UTF-8.');
  }
}

/** Parses a request body; throws a `PublishError` 400 that says where the JSON breaks. */
export function parseJson(body: Buffer): Json {
  const text = parseText(body);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new PublishError(400, `The request body is not JSON: ${why}.`);
  }
  if (isDeeperThan(value, MAX_DEPTH)) throw new PublishError(400, `The JSON has more than ${MAX_DEPTH} levels.`);
  return value;
}

function isDeeperThan(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  const members = Array.isArray(value) ? value : Object.values(value);
  return members.some((member) => isDeeperThan(member, levels - 1));
}

/** How .NET's JSON reader names what it found, which is how the refusals of the service name it. */
export function tokenOf(value: Json): string {
  if (Array.isArray(value)) return 'StartArray';
  if (value === null) return 'Null';
  const names = { object: 'StartObject', string: 'String', number: 'Number', boolean: 'Boolean' };
  return names[typeof value as keyof typeof names];
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
