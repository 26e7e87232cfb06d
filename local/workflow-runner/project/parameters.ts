import { ExpressionError } from '../expressions/errors.ts';
import { isObject, typeName, type Json, type JsonObject } from '../json.ts';
import { ProjectError } from './projectError.ts';
import { resolveSettings, type Settings } from './settings.ts';

/** Test of a value for each type that a parameter may have; names are compared without case. */
const TYPES: Record<string, (value: Json) => boolean> = {
  string: (value) => typeof value === 'string',
  securestring: (value) => typeof value === 'string',
  int: (value) => typeof value === 'number' && Number.isInteger(value),
  float: (value) => typeof value === 'number',
  bool: (value) => typeof value === 'boolean',
  array: (value) => Array.isArray(value),
  object: (value) => isObject(value),
  secureobject: (value) => isObject(value),
};

/** Parameters of the project: `{name: {type, value}}` of parameters.json with its app settings resolved. */
export function loadParameters(content: JsonObject, settings: Settings): JsonObject {
  const file = 'parameters.json';
  const parameters = Object.entries(content).map(([name, declared]) => {
    const place = `parameter "${name}"`;
    if (!isObject(declared) || declared.value === undefined)
      throw new ProjectError({ file, fault: `${place} must be {"type": …, "value": …}` });
    const value = resolveSettings({ value: declared.value, settings, file, place });
    checkType({ file, place, type: declared.type, value });
    return [name, value] as const;
  });
  return Object.fromEntries(parameters);
}

/** The value of a parameter; throws an `ExpressionError` where there is none of that name. */
export function parameterOf(parameters: JsonObject, name: string): Json {
  if (Object.hasOwn(parameters, name)) return parameters[name]!;
  throw new ExpressionError(`the parameter "${name}" is not declared in parameters.json`);
}

/** Adds the parameters that a workflow declares itself, with their default values; the project's have precedence. */
export function workflowParameters(args: {
  file: string;
  declared: Record<string, { type: string; defaultValue?: Json }> | undefined;
  project: JsonObject;
}): JsonObject {
  const own = Object.entries(args.declared ?? {}).filter(([name]) => !Object.hasOwn(args.project, name));
  for (const [name, { type, defaultValue }] of own) {
    const place = `parameter "${name}"`;
    if (defaultValue === undefined)
      throw new ProjectError({
        file: args.file,
        fault: `${place} has no defaultValue and no value in parameters.json`,
      });
    checkType({ file: args.file, place, type, value: defaultValue });
  }
  return { ...Object.fromEntries(own.map(([name, { defaultValue }]) => [name, defaultValue!])), ...args.project };
}

function checkType(args: { file: string; place: string; type: Json | undefined; value: Json }): void {
  const name = String(args.type).toLowerCase();
  const test = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
  if (!test)
    throw new ProjectError({
      file: args.file,
      fault: `${args.place} has the type "${String(args.type)}"; allowed are ${Object.keys(TYPES).join(', ')}`,
    });
  if (!test(args.value))
    throw new ProjectError({
      file: args.file,
      fault: `${args.place} is declared as ${String(args.type)}, but its value is of type ${typeName(args.value)}`,
    });
}
