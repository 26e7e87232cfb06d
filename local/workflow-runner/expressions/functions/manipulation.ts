import type { JsonObject } from '../../json.ts';
import type { Arguments, PlainFunction } from './arguments.ts';

/** Functions that make a changed copy of an object, and `coalesce`. */
export const manipulationFunctions: Record<string, PlainFunction> = {
  addProperty: { min: 3, max: 3, call: addProperty },
  coalesce: { min: 1, max: Infinity, call: (args) => args.values.find((value) => value !== null) ?? null },
  removeProperty: { min: 2, max: 2, call: removeProperty },
  setProperty: { min: 3, max: 3, call: (args) => ({ ...args.object(0), [args.text(1)]: args.any(2) }) },
};

function addProperty(args: Arguments): JsonObject {
  const name = args.text(1);
  if (Object.hasOwn(args.object(0), name))
    args.fail(`cannot add '${name}': the object has it already; use setProperty`);
  return { ...args.object(0), [name]: args.any(2) };
}

function removeProperty(args: Arguments): JsonObject {
  return Object.fromEntries(Object.entries(args.object(0)).filter(([name]) => name !== args.text(1)));
}
