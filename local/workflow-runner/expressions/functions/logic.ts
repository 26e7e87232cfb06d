import { sameJson, typeName, type Json } from '../../json.ts';
import type { Arguments, PlainFunction } from './arguments.ts';

/** Comparisons and `not`; `and`, `or` and `if` evaluate their arguments themselves (`evaluate.ts`). */
export const logicFunctions: Record<string, PlainFunction> = {
  equals: { min: 2, max: 2, call: (args) => equal(args.any(0), args.any(1)) },
  greater: { min: 2, max: 2, call: (args) => compare(args) > 0 },
  greaterOrEquals: { min: 2, max: 2, call: (args) => compare(args) >= 0 },
  less: { min: 2, max: 2, call: (args) => compare(args) < 0 },
  lessOrEquals: { min: 2, max: 2, call: (args) => compare(args) <= 0 },
  not: { min: 1, max: 1, call: (args) => !args.boolean(0) },
};

/** In a comparison null counts as an empty text, and true as 1, false as 0 beside a number. */
function equal(left: Json, right: Json): boolean {
  const [a, b] = [left ?? '', right ?? ''];
  if (typeof a === 'boolean' && typeof b === 'number') return Number(a) === b;
  if (typeof a === 'number' && typeof b === 'boolean') return a === Number(b);
  return sameJson(a, b);
}

/** Numbers by value, texts by code units. */
function compare(args: Arguments): number {
  const left = args.any(0) ?? '';
  const right = args.any(1) ?? '';
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  return args.fail(`compares two numbers or two strings, not ${typeName(left)} with ${typeName(right)}`);
}
