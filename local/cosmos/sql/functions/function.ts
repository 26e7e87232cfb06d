import type { Value } from '../../json.ts';
import type { Environment } from '../environment.ts';

/** A built-in function: how many arguments it takes and what it makes of them. */
export interface SqlFunction {
  minimum: number;
  /** Default: the minimum. */
  maximum?: number;
  evaluate(args: readonly Value[], environment: Environment): Value;
}

/** A function of a fixed number of strings; any other argument leaves it without a result. */
export function ofStrings(length: number, evaluate: (...texts: string[]) => Value): SqlFunction {
  return {
    minimum: length,
    evaluate: (args) =>
      args.every((value) => typeof value === 'string') ? evaluate(...(args as string[])) : undefined,
  };
}

/** A function of a fixed number of numbers; any other argument or an infinite result leaves it without a result. */
export function ofNumbers(length: number, evaluate: (...numbers: number[]) => number): SqlFunction {
  return {
    minimum: length,
    evaluate: (args) => {
      if (!args.every((value) => typeof value === 'number')) return undefined;
      const result = evaluate(...(args as number[]));
      return Number.isFinite(result) ? result : undefined;
    },
  };
}

/** A test of one value; `undefined` is a value like any other here. */
export function test(evaluate: (value: Value) => boolean): SqlFunction {
  return { minimum: 1, evaluate: ([value]) => evaluate(value) };
}
