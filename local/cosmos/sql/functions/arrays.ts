import { isObject, type Json, type Value } from '../../json.ts';
import { MAXIMUM_ELEMENTS, tooComplex } from '../limits.ts';
import { areEqual, canonicalText } from '../order.ts';
import type { SqlFunction } from './function.ts';

export const ARRAY_FUNCTIONS: Record<string, SqlFunction> = {
  ARRAY_CONCAT: {
    minimum: 2,
    maximum: Infinity,
    evaluate: (args) => (args.every((value) => Array.isArray(value)) ? together(args as Json[][]) : undefined),
  },
  ARRAY_CONTAINS: {
    minimum: 2,
    maximum: 3,
    evaluate: ([array, wanted, partial = false]) => {
      if (!Array.isArray(array)) return undefined;
      if (wanted === undefined) return false;
      return array.some((element) => (partial === true ? includesPart(element, wanted) : areEqual(element, wanted)));
    },
  },
  ARRAY_CONTAINS_ANY: {
    minimum: 2,
    maximum: Infinity,
    evaluate: (args) => containsOf(args, (found) => found.some(Boolean)),
  },
  ARRAY_CONTAINS_ALL: {
    minimum: 2,
    maximum: Infinity,
    evaluate: (args) => containsOf(args, (found) => found.every(Boolean)),
  },
  ARRAY_LENGTH: { minimum: 1, evaluate: ([array]) => (Array.isArray(array) ? array.length : undefined) },
  ARRAY_SLICE: {
    minimum: 2,
    maximum: 3,
    evaluate: ([array, start, length]) => {
      if (!Array.isArray(array) || !Number.isInteger(start)) return undefined;
      const rest = array.slice(start as number);
      if (length === undefined) return rest;
      return Number.isInteger(length) ? rest.slice(0, Math.max(0, length as number)) : undefined;
    },
  },
  CHOOSE: {
    minimum: 2,
    maximum: Infinity,
    evaluate: ([position, ...values]) => (typeof position === 'number' ? values[position - 1] : undefined),
  },
  OBJECTTOARRAY: {
    minimum: 1,
    maximum: 3,
    evaluate: ([object, name = 'k', value = 'v']) => {
      if (!isObject(object) || typeof name !== 'string' || typeof value !== 'string') return undefined;
      return Object.entries(object).map(([key, content]) => ({ [name]: key, [value]: content }));
    },
  },
  SETINTERSECT: ofSets((left, right) => {
    const wanted = new Set(right.map(canonicalText));
    return left.filter((element) => wanted.has(canonicalText(element)));
  }),
  SETUNION: ofSets((left, right) => together([left, right])),
  SETDIFFERENCE: ofSets((left, right) => {
    const unwanted = new Set(right.map(canonicalText));
    return left.filter((element) => !unwanted.has(canonicalText(element)));
  }),
};

/** Whether a value has everything that the wanted one has; an object may have more properties. */
function includesPart(value: Json, wanted: Json): boolean {
  if (!isObject(value) || !isObject(wanted)) return areEqual(value, wanted);
  return Object.entries(wanted).every(
    ([name, part]) => Object.hasOwn(value, name) && includesPart(value[name] as Json, part),
  );
}

function together(arrays: readonly Json[][]): Json[] {
  const length = arrays.reduce((sum, array) => sum + array.length, 0);
  if (length > MAXIMUM_ELEMENTS) throw tooComplex(`it makes an array of ${length} elements`);
  return arrays.flat(1);
}

function containsOf([array, ...wanted]: readonly Value[], decide: (found: boolean[]) => boolean): Value {
  if (!Array.isArray(array)) return undefined;
  const known = new Set(array.map(canonicalText));
  return decide(wanted.map((value) => value !== undefined && known.has(canonicalText(value))));
}

/** A function of two arrays whose result has no repetitions. */
function ofSets(evaluate: (left: Json[], right: Json[]) => Json[]): SqlFunction {
  return {
    minimum: 2,
    evaluate: ([left, right]) => {
      if (!Array.isArray(left) || !Array.isArray(right)) return undefined;
      return [...new Map(evaluate(left, right).map((element) => [canonicalText(element), element])).values()];
    },
  };
}
