import { Ajv, type ValidateFunction } from 'ajv';
import type { JsonObject } from '../json.ts';

/**
 * Compiles a JSON Schema of a definition. Its own `$schema` is left aside: the designer names draft 4 and writes keywords
 * that all drafts share. Throws an `Error` for a schema that is none.
 */
export function compileSchema(schema: JsonObject): ValidateFunction {
  const members = Object.entries(schema).filter(([name]) => name !== '$schema');
  return new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(Object.fromEntries(members));
}

/** What a value that was refused has wrong, as one clause. */
export function schemaFaults(validate: ValidateFunction): string {
  const faults = (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message ?? ''}`);
  return faults.join('; ');
}
