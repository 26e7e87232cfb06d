import { isObject, sameJson, toText, typeName, type Json } from '../../json.ts';
import type { Arguments, PlainFunction } from './arguments.ts';
import { limited } from './strings.ts';

/** Collection functions: on arrays, and where it makes sense on texts and objects. */
export const collectionFunctions: Record<string, PlainFunction> = {
  chunk: { min: 2, max: 2, call: chunk },
  contains: { min: 2, max: 2, call: contains },
  empty: { min: 1, max: 1, call: isEmpty },
  first: { min: 1, max: 1, call: (args) => elements(args).at(0) ?? null },
  intersection: { min: 1, max: Infinity, call: intersection },
  join: { min: 2, max: 2, call: (args) => limited(args, args.array(0).map(toText).join(args.text(1))) },
  last: { min: 1, max: 1, call: (args) => elements(args).at(-1) ?? null },
  length: { min: 1, max: 1, call: (args) => args.sequence(0).length },
  reverse: { min: 1, max: 1, call: (args) => args.array(0).toReversed() },
  skip: { min: 2, max: 2, call: (args) => args.array(0).slice(count(args)) },
  sort: { min: 1, max: 2, call: sort },
  take: { min: 2, max: 2, call: take },
  union: { min: 1, max: Infinity, call: union },
};

function elements(args: Arguments): Json[] | string[] {
  const value = args.sequence(0);
  return typeof value === 'string' ? [...value] : value;
}

function count(args: Arguments): number {
  const n = args.integer(1);
  return n >= 0 ? n : args.fail(`expects a count of 0 or more, not ${n}`);
}

function take(args: Arguments): Json {
  return args.sequence(0).slice(0, count(args));
}

function chunk(args: Arguments): Json[] {
  const source = args.sequence(0);
  const size = args.integer(1);
  if (size < 1) args.fail(`expects a chunk length of 1 or more, not ${size}`);
  return Array.from({ length: Math.ceil(source.length / size) }, (_, i) => source.slice(i * size, (i + 1) * size));
}

/** A text contains a part, an array an item, an object a key; all of it with exact case. */
function contains(args: Arguments): boolean {
  const whole = args.any(0);
  if (whole === null) return false;
  if (typeof whole === 'string') return whole.includes(args.text(1));
  if (isObject(whole)) return Object.hasOwn(whole, args.text(1));
  return args.array(0).some((item) => sameJson(item, args.any(1)));
}

function isEmpty(args: Arguments): boolean {
  const value = args.any(0);
  if (value === null) return true;
  if (typeof value === 'string' || Array.isArray(value)) return value.length === 0;
  return Object.keys(args.object(0)).length === 0;
}

/** Items of the first array that all have, or members of the first object that all have alike. */
function intersection(args: Arguments): Json {
  if (!isObject(args.any(0))) {
    const others = args.values.slice(1).map((_, index) => args.array(index + 1));
    return distinct(args.array(0).filter((item) => others.every((other) => includes(other, item))));
  }
  const others = args.values.slice(1).map((_, index) => args.object(index + 1));
  const common = Object.entries(args.object(0)).filter(([name, value]) =>
    others.every((other) => Object.hasOwn(other, name) && sameJson(other[name]!, value)),
  );
  return Object.fromEntries(common);
}

/** All items once, or all members; of members with one name the last counts. */
function union(args: Arguments): Json {
  if (!isObject(args.any(0))) return distinct(args.values.flatMap((_, index) => args.array(index)));
  return Object.fromEntries(args.values.flatMap((_, index) => Object.entries(args.object(index))));
}

function includes(list: Json[], wanted: Json): boolean {
  return list.some((item) => sameJson(item, wanted));
}

function distinct(list: Json[]): Json[] {
  return list.filter((item, index) => list.findIndex((other) => sameJson(other, item)) === index);
}

/** Sorts texts by code units, numbers by value, false before true; objects by the member that the second parameter names. */
function sort(args: Arguments): Json[] {
  const key = args.optionalText(1);
  const keyed = args.array(0).map((item) => ({ item, key: sortKey(args, item, key) }));
  const types = new Set(keyed.map((one) => typeof one.key));
  if (types.size > 1) args.fail(`cannot sort values of different types together: ${[...types].join(', ')}`);
  return keyed.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ item }) => item);
}

function sortKey(args: Arguments, item: Json, name: string | undefined): string | number | boolean {
  const value = name === undefined ? item : isObject(item) && Object.hasOwn(item, name) ? item[name]! : null;
  if (value !== null && typeof value !== 'object') return value;
  return args.fail(`sorts by texts, numbers or booleans, not by ${typeName(value)}`);
}
