/** Any JSON value: what expressions compute with and actions exchange. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

/** True for a JSON object, false for an array or a scalar. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object without some of its members. */
export function without(object: JsonObject, ...names: string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

/** Word for the type of a value in messages, as the workflow runtime names it. */
export function typeName(value: Json): string {
  if (value === null) return 'Null';
  if (Array.isArray(value)) return 'Array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'Integer' : 'Float';
  const [first = '', ...rest] = typeof value;
  return first.toUpperCase() + rest.join('');
}

/** Equality of JSON values; the order of an object's members does not count. */
export function sameJson(left: Json, right: Json): boolean {
  if (left === right) return true;
  if (Array.isArray(left)) {
    return Array.isArray(right) && left.length === right.length && left.every((item, i) => sameJson(item, right[i]!));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every((name) => Object.hasOwn(right, name) && sameJson(left[name]!, right[name]!));
}

/** The text that interpolation and `string()` make of a value: .NET's `True`, JSON for arrays and objects. */
export function toText(value: Json): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}

/** Deeper values exhaust the stack of whatever walks through them. */
const MAX_DEPTH = 500;

/** Parses JSON of a stranger; throws a `SyntaxError` for a text that is none, or that is nested too deeply. */
export function parseJson(text: string): Json {
  const value = JSON.parse(text) as Json;
  if (isDeeper(value, MAX_DEPTH)) throw new SyntaxError(`it is nested deeper than ${MAX_DEPTH} levels`);
  return value;
}

/** Goes level by level, since a recursion would meet the very limit that is looked for. */
function isDeeper(value: Json, levels: number): boolean {
  let level: Json[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levels) return true;
    const next: Json[] = [];
    for (const item of level) {
      if (typeof item === 'object' && item !== null)
        for (const inner of Array.isArray(item) ? item : Object.values(item))
          if (typeof inner === 'object' && inner !== null) next.push(inner);
    }
    level = next;
  }
  return false;
}
