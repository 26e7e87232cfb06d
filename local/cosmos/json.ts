import { isUtf8 } from 'node:buffer';
import { badRequest } from './errors.ts';

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [name: string]: Json;
}

/** A value in a query: JSON, or `undefined` where a property is missing or an operation has no result. */
export type Value = Json | undefined;

/** Cosmos DB refuses documents that are nested deeper. */
export const MAXIMUM_DEPTH = 128;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text of UTF-8 bytes, without copying them first. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** The own property of an object; `undefined` for every other kind of value. */
export function property(value: Value, name: string): Value {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Sets a property as JSON has it; `__proto__` is a name like any other. */
export function setOwn(object: JsonObject, name: string, value: Json): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[name] = value;
  }
}

/** The value that a path of property names leads to. */
export function valueAt(document: Value, path: readonly string[]): Value {
  let value = document;
  for (const name of path) value = property(value, name);
  return value;
}

/** Parses a request body. Not UTF-8, not JSON or nested deeper than `MAXIMUM_DEPTH`: 400. */
export function parseBody(body: Buffer): Json {
  if (!isUtf8(body)) throw badRequest('The request payload is invalid. It must be UTF-8.');
  const value = parseText(body.toString('utf8'));
  // Each level takes at least two bytes.
  if (body.length > 2 * MAXIMUM_DEPTH && isDeeperThan(value, MAXIMUM_DEPTH)) {
    throw badRequest(`The request payload is invalid. It must not be nested deeper than ${MAXIMUM_DEPTH} levels.`);
  }
  return value;
}

function parseText(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw badRequest(`The request payload is invalid. Ensure to provide a valid request payload: ${reason}`);
  }
}

function isDeeperThan(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) {
    for (const element of value) if (isDeeperThan(element, levels - 1)) return true;
    return false;
  }
  for (const name in value) if (isDeeperThan(value[name] as Json, levels - 1)) return true;
  return false;
}
