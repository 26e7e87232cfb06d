import type { Json, Value } from '../../json.ts';

// What the operators of the query language mean, said again in the plainest way, to compare the engine with.

const TYPES = ['undefined', 'null', 'boolean', 'number', 'string', 'array', 'object'];

export function typeOf(value: Value): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** A text that two values share just when they are equal; the order of members does not count. */
export function identity(value: Value): string {
  if (typeof value !== 'object' || value === null) return `${typeOf(value)} ${String(value)}`;
  if (Array.isArray(value)) return `[${value.map(identity).join()}]`;
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}=${identity(member)}`);
  return `{${members.sort().join()}}`;
}

export function isEqual(left: Value, right: Value): Value {
  if (left === undefined || right === undefined) return undefined;
  return identity(left) === identity(right);
}

/** Scalars of one type have an order; everything else has none. */
export function compare(left: Value, right: Value): number | undefined {
  const type = typeOf(left);
  if (type !== typeOf(right) || ['undefined', 'array', 'object'].includes(type)) return undefined;
  return orderOf(left, right);
}

/** The order of ORDER BY, MIN and MAX for scalars: by type, then by value. */
export function orderOf(left: Value, right: Value): number {
  const byType = TYPES.indexOf(typeOf(left)) - TYPES.indexOf(typeOf(right));
  if (byType !== 0 || left === right) return byType;
  return (left as number) < (right as number) ? -1 : 1;
}

export function isLess(left: Value, right: Value, orEqual: boolean): Value {
  const order = compare(left, right);
  if (order === undefined) return undefined;
  return orEqual ? order <= 0 : order < 0;
}

export function bothOf(left: Value, right: Value): Value {
  if (left === false || right === false) return false;
  return left === true && right === true ? true : undefined;
}

export function eitherOf(left: Value, right: Value): Value {
  if (left === true || right === true) return true;
  return left === false && right === false ? false : undefined;
}

export function notOf(value: Value): Value {
  return typeof value === 'boolean' ? !value : undefined;
}

export function calculate(operator: '+' | '-' | '*' | '/' | '%', left: Value, right: Value): Value {
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  const results = { '+': left + right, '-': left - right, '*': left * right, '/': left / right, '%': left % right };
  return Number.isFinite(results[operator]) ? results[operator] : undefined;
}

export function memberOf(value: Value, step: string | number): Value {
  if (typeof step === 'number') return Array.isArray(value) ? value[step] : undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, step) ? value[step] : undefined;
}

export type AggregateName = 'COUNT' | 'SUM' | 'AVG' | 'MIN' | 'MAX';

export function aggregate(name: AggregateName, values: readonly Value[]): Value {
  const defined = values.filter((value): value is Json => value !== undefined);
  if (name === 'COUNT') return defined.length;
  if (name === 'MIN' || name === 'MAX') {
    if (defined.some((value) => typeof value === 'object' && value !== null)) return undefined;
    const ordered = [...defined].sort(orderOf);
    return name === 'MIN' ? ordered[0] : ordered.at(-1);
  }
  if (!defined.every((value) => typeof value === 'number')) return undefined;
  const sum = (defined as number[]).reduce((total, value) => total + value, 0);
  if (name === 'SUM') return sum;
  return defined.length === 0 ? undefined : sum / defined.length;
}
