import type { PlainFunction } from './arguments.ts';
import { collectionFunctions } from './collections.ts';
import { contextFunctions, type ContextFunction } from './context.ts';
import { conversionFunctions } from './conversion.ts';
import { dateFunctions } from './dates.ts';
import { logicFunctions } from './logic.ts';
import { manipulationFunctions } from './manipulation.ts';
import { mathFunctions } from './math.ts';
import { stringFunctions } from './strings.ts';
import { uriFunctions } from './uri.ts';
import { xmlFunctions } from './xml.ts';

/** A function with its name as it is written; `min` and `max` are its fewest and most arguments. */
type Known = { name: string; min: number; max: number } & (
  | ({ kind: 'plain' } & PlainFunction)
  | ({ kind: 'context' } & ContextFunction)
  /** Evaluates only the arguments that it needs. */
  | { kind: 'lazy' }
);

const plain = [
  collectionFunctions,
  conversionFunctions,
  dateFunctions,
  logicFunctions,
  manipulationFunctions,
  mathFunctions,
  stringFunctions,
  uriFunctions,
  xmlFunctions,
].flatMap((group) => Object.entries(group).map(([name, made]): Known => ({ kind: 'plain', name, ...made })));
const context = Object.entries(contextFunctions).map(([name, made]): Known => ({ kind: 'context', name, ...made }));
const lazy: Known[] = [
  { kind: 'lazy', name: 'and', min: 1, max: Infinity },
  { kind: 'lazy', name: 'if', min: 3, max: 3 },
  { kind: 'lazy', name: 'or', min: 1, max: Infinity },
];

/** Every function by its name in lower case: names do not distinguish case. */
export const functions: ReadonlyMap<string, Known> = new Map(
  [...plain, ...context, ...lazy].map((known) => [known.name.toLowerCase(), known]),
);

/** Functions of the language that nothing here could give a value, with the reason. */
const WITHOUT_USE: ReadonlyMap<string, string> = new Map([
  ['listcallbackurl', 'gives the address of webhook triggers and actions, which the local runner does not know'],
]);

/** Why a call is not possible, as one clause; undefined if it is. */
export function callFault(name: string, count: number): string | undefined {
  const known = functions.get(name);
  if (!known) {
    const why = WITHOUT_USE.get(name);
    return why === undefined
      ? `the function '${name}' does not exist; check its spelling`
      : `the function '${name}' ${why}`;
  }
  if (count >= known.min && count <= known.max) return undefined;
  return `the function '${known.name}' takes ${arity(known)}, not ${count}`;
}

function arity({ min, max }: { min: number; max: number }): string {
  const noun = (count: number) => `${count} parameter${count === 1 ? '' : 's'}`;
  if (min === max) return noun(min);
  return max === Infinity ? `at least ${noun(min)}` : `${min} to ${noun(max)}`;
}
