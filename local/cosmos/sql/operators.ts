import type { Value } from '../json.ts';
import type { BinaryOperator } from './ast.ts';
import { limitedText } from './limits.ts';
import { areEqual, typeRank } from './order.ts';

/**
 * Equality of any two defined values; different types are unequal. Anything compared with `undefined` is `undefined`.
 */
export function equals(left: Value, right: Value): boolean | undefined {
  if (left === undefined || right === undefined) return undefined;
  return areEqual(left, right);
}

/** `undefined` across types and between arrays or objects: those have an order for sorting only. */
function compare(left: Value, right: Value, test: (order: number) => boolean): boolean | undefined {
  const rank = typeRank(left);
  if (rank === 0 || rank > 4 || rank !== typeRank(right)) return undefined;
  if (left === null) return test(0);
  const [a, b] = [left as string | number | boolean, right as string | number | boolean];
  return test(a < b ? -1 : a > b ? 1 : 0);
}

function arithmetic(operation: (left: number, right: number) => number): (left: Value, right: Value) => Value {
  return (left, right) => {
    if (typeof left !== 'number' || typeof right !== 'number') return undefined;
    return finite(operation(left, right));
  };
}

/** JSON has no infinities: an operation that leaves the numbers has no result. */
export function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

export const BINARY: Record<BinaryOperator, (left: Value, right: Value) => Value> = {
  '=': equals,
  '!=': (left, right) => {
    const equal = equals(left, right);
    return equal === undefined ? undefined : !equal;
  },
  '<': (left, right) => compare(left, right, (order) => order < 0),
  '<=': (left, right) => compare(left, right, (order) => order <= 0),
  '>': (left, right) => compare(left, right, (order) => order > 0),
  '>=': (left, right) => compare(left, right, (order) => order >= 0),
  '+': arithmetic((left, right) => left + right),
  '-': arithmetic((left, right) => left - right),
  '*': arithmetic((left, right) => left * right),
  '/': arithmetic((left, right) => left / right),
  '%': arithmetic((left, right) => left % right),
  '&': arithmetic((left, right) => left & right),
  '|': arithmetic((left, right) => left | right),
  '^': arithmetic((left, right) => left ^ right),
  '<<': arithmetic((left, right) => left << right),
  '>>': arithmetic((left, right) => left >> right),
  '>>>': arithmetic((left, right) => left >>> right),
  '||': (left, right) =>
    typeof left === 'string' && typeof right === 'string'
      ? limitedText(left.length + right.length, () => left + right)
      : undefined,
};

/** AND in three-valued logic; what is no boolean counts as `undefined`. */
export function and(left: Value, right: () => Value): boolean | undefined {
  if (left === false) return false;
  const other = right();
  if (other === false) return false;
  return left === true && other === true ? true : undefined;
}

/** OR in three-valued logic. */
export function or(left: Value, right: () => Value): boolean | undefined {
  if (left === true) return true;
  const other = right();
  if (other === true) return true;
  return left === false && other === false ? false : undefined;
}

export function not(value: Value): boolean | undefined {
  return typeof value === 'boolean' ? !value : undefined;
}
