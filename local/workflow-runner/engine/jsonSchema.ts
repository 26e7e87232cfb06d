import { Ajv, type ValidateFunction } from 'ajv';
import type { JsonObject } from '../json.ts';

/** Schemas belong to definitions, which live as long as their runs. */
const compiled = new WeakMap<JsonObject, ValidateFunction>();

/**
 * Compiles a JSON Schema of a definition. Its own `$schema` is left aside: the designer names draft 4 and writes keywords
 * that all drafts share. Throws an `Error` for a schema that is none.
 */
export function compileSchema(schema: JsonObject): ValidateFunction {
  const known = compiled.get(schema);
  if (known) return known;
  const members = Object.entries(schema).filter(([name]) => name !== '$schema');
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const validate = ajv.compile(Object.fromEntries(members));
  compiled.set(schema, validate);
  return validate;
}

/** What a value that was refused has wrong, as one clause. */
export function schemaFaults(validate: ValidateFunction): string {
  const faults = (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message ?? ''}`);
  return faults.join('; ');
}
