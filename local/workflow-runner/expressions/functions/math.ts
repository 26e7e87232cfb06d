import { randomInt } from 'node:crypto';
import type { Arguments, PlainFunction } from './arguments.ts';

/**
 * Mathematical functions. JSON here has one type of number: a division of two whole numbers is truncated, unless one of
 * them is written as a float (`4.0`, `float('4')`); what comes from elsewhere is a float by its value alone.
 */
export const mathFunctions: Record<string, PlainFunction> = {
  add: { min: 2, max: 2, call: (args) => args.number(0) + args.number(1) },
  div: { min: 2, max: 2, call: divide },
  max: { min: 1, max: Infinity, call: (args) => Math.max(...numbers(args)) },
  min: { min: 1, max: Infinity, call: (args) => Math.min(...numbers(args)) },
  mod: { min: 2, max: 2, call: (args) => args.number(0) % divisor(args) },
  mul: { min: 2, max: 2, call: (args) => args.number(0) * args.number(1) },
  rand: { min: 2, max: 2, call: random },
  range: { min: 2, max: 2, call: range },
  sub: { min: 2, max: 2, call: (args) => args.number(0) - args.number(1) },
};

const MAX_RANGE = 100_000;
const MAX_INT = 2_147_483_647;

function divisor(args: Arguments): number {
  return args.number(1) === 0 ? args.fail('cannot divide by zero') : args.number(1);
}

function divide(args: Arguments): number {
  const quotient = args.number(0) / divisor(args);
  const isFloat = [0, 1].some((index) => args.floats[index] === true || !Number.isInteger(args.number(index)));
  return isFloat ? quotient : Math.trunc(quotient);
}

/** Of an array, or of the arguments themselves. */
function numbers(args: Arguments): number[] {
  const list = Array.isArray(args.any(0)) ? args.array(0) : args.values;
  if (list.length === 0) args.fail('expects at least one number');
  return list.map((value) => (typeof value === 'number' ? value : args.fail('expects numbers only')));
}

function random(args: Arguments): number {
  const [from, to] = [args.integer(0), args.integer(1)];
  return from < to ? randomInt(from, to) : args.fail(`expects a first number below the second, not ${from} and ${to}`);
}

function range(args: Arguments): number[] {
  const length = args.integer(1);
  const start = args.integer(0);
  if (length < 0 || length > MAX_RANGE) args.fail(`expects a count from 0 to ${MAX_RANGE}, not ${length}`);
  if (start + length > MAX_INT)
    args.fail(`expects start and count to sum to at most ${MAX_INT}, not ${start + length}`);
  return Array.from({ length }, (_, index) => start + index);
}
