import { isObject, type Json, type Value } from '../json.ts';

/** Rank of a value's type in an order; values of different types are ordered by it. */
export function typeRank(value: Value): number {
  switch (typeof value) {
    case 'undefined':
      return 0;
    case 'boolean':
      return 2;
    case 'number':
      return 3;
    case 'string':
      return 4;
    default:
      if (value === null) return 1;
      return Array.isArray(value) ? 5 : 6;
  }
}

/** The order of ORDER BY, MIN and MAX: undefined, null, booleans, numbers, strings, arrays, objects. */
export function compareValues(left: Value, right: Value): number {
  const rank = typeRank(left) - typeRank(right);
  if (rank !== 0) return rank;
  if (left === undefined || left === null || right === undefined || right === null) return 0;
  if (typeof left === 'object') {
    const [leftText, rightText] = [canonicalText(left), canonicalText(right)];
    return leftText < rightText ? -1 : leftText > rightText ? 1 : 0;
  }
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Whether two defined values are the same; the order of properties does not count. */
export function areEqual(left: Json, right: Json): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left)) {
    if (!Array.isArray(right) || left.length !== right.length) return false;
    return left.every((element, index) => areEqual(element, right[index] as Json));
  }
  if (!isObject(right)) return false;
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every((name) => Object.hasOwn(right, name) && areEqual(left[name] as Json, right[name] as Json));
}

/** JSON with sorted properties: the identity of a value for DISTINCT and GROUP BY; `undefined` has one of its own. */
export function canonicalText(value: Value): string {
  if (value === undefined) return 'undefined';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalText(value[name])}`).join(',')}}`;
}
