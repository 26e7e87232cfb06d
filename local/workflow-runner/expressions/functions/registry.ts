import { collectionFunctions } from './collections.ts';
import { contextFunctions } from './context.ts';
import { conversionFunctions } from './conversion.ts';
import { dateFunctions } from './dates.ts';
import { logicFunctions } from './logic.ts';
import { manipulationFunctions } from './manipulation.ts';
import { mathFunctions } from './math.ts';
import { stringFunctions } from './strings.ts';
import { uriFunctions } from './uri.ts';
import type { PlainFunction } from './arguments.ts';

/** Functions by their lower-case name. */
export const plainFunctions: ReadonlyMap<string, PlainFunction> = new Map(
  [
    collectionFunctions,
    conversionFunctions,
    dateFunctions,
    logicFunctions,
    manipulationFunctions,
    mathFunctions,
    stringFunctions,
    uriFunctions,
  ].flatMap((group) => Object.entries(group)),
);

/** Functions that evaluate only the arguments they need, with their fewest and most arguments. */
export const lazyFunctions: ReadonlyMap<string, { min: number; max: number }> = new Map([
  ['and', { min: 1, max: Infinity }],
  ['if', { min: 3, max: 3 }],
  ['or', { min: 1, max: Infinity }],
]);

/** Functions of the language that exist on Azure and are refused here. */
const ONLY_ON_AZURE = new Set([
  'action',
  'convertfromutc',
  'converttimezone',
  'converttoutc',
  'formdatamultivalues',
  'formdatavalue',
  'listcallbackurl',
  'multipartbody',
  'triggerformdatamultivalues',
  'triggerformdatavalue',
  'triggermultipartbody',
  'xml',
  'xpath',
]);

/** Why a call is not possible, as one clause; undefined if it is. */
export function callFault(name: string, count: number): string | undefined {
  const known = plainFunctions.get(name) ?? lazyFunctions.get(name) ?? contextFunction(name);
  if (!known) {
    return ONLY_ON_AZURE.has(name)
      ? `the function '${name}' is not supported by the local runner; compute the value another way`
      : `the function '${name}' does not exist; check its spelling`;
  }
  if (count >= known.min && count <= known.max) return undefined;
  return `the function '${name}' takes ${arity(known)}, not ${count}`;
}

export function contextFunction(name: string) {
  return Object.hasOwn(contextFunctions, name) ? contextFunctions[name] : undefined;
}

function arity({ min, max }: { min: number; max: number }): string {
  const noun = (count: number) => `${count} parameter${count === 1 ? '' : 's'}`;
  if (min === max) return noun(min);
  return max === Infinity ? `at least ${noun(min)}` : `${min} to ${noun(max)}`;
}
