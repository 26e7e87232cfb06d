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

/** Values of parameters by name; of one that cannot be used the error that says why. */
export type Parameters = ReadonlyMap<string, Json | ProjectError>;

/** Parameters of the project: `{name: {type, value}}` of parameters.json with its app settings resolved. */
export function loadParameters(content: JsonObject, settings: Settings): Parameters {
  const file = 'parameters.json';
  const read = (name: string, declared: Json): Json => {
    const place = `parameter "${name}"`;
    if (!isObject(declared) || declared.value === undefined)
      throw new ProjectError({ file, fault: `${place} must be {"type": …, "value": …}` });
    const value = resolveSettings({ value: declared.value, settings, file, place });
    checkType({ file, place, type: declared.type, value });
    return value;
  };
  return new Map(
    Object.entries(content).map(([name, declared]) => [name, ProjectError.caught(() => read(name, declared))]),
  );
}

/** The value of a parameter; throws an `ExpressionError` where there is none of that name, or its own error. */
export function parameterOf(parameters: Parameters, name: string): Json {
  const value = parameters.get(name);
  if (value === undefined) throw new ExpressionError(`the parameter "${name}" is not declared in parameters.json`);
  if (value instanceof ProjectError) throw value;
  return value;
}

/**
 * Parameters that a workflow may use: those of the project and its own with their default values; the project's have
 * precedence. Throws a `ProjectError` for its own that have no value.
 */
export function workflowParameters(args: {
  file: string;
  declared: Record<string, { type: string; defaultValue?: Json }> | undefined;
  project: Parameters;
}): Parameters {
  const own = Object.entries(args.declared ?? {}).filter(([name]) => !args.project.has(name));
  for (const [name, { type, defaultValue }] of own) {
    const place = `parameter "${name}"`;
    if (defaultValue === undefined)
      throw new ProjectError({
        file: args.file,
        fault: `${place} has no defaultValue and no value in parameters.json`,
      });
    checkType({ file: args.file, place, type, value: defaultValue });
  }
  return new Map([...own.map(([name, { defaultValue }]) => [name, defaultValue!] as const), ...args.project]);
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
