import { Ajv2020, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { isIdentifier } from '../../contracts/identifiers.ts';
import type { Schema } from '../schemas/common.ts';
import { boundedJson } from './boundedJson.ts';
import { faultsOf, type ChoiceText } from './faults.ts';
import type { Fault } from './problem.ts';

/** Larger values get their first fault reported alone: collecting all of them could take a lot of memory. */
const FULL_REPORT_BYTES = 64 * 1024;

function createAjv(options: Options): Ajv2020 {
  const ajv = new Ajv2020({ allowUnionTypes: true, allowMatchingProperties: true, useDefaults: true, ...options });
  addFormats.default(ajv);
  ajv.addFormat('identifier', isIdentifier);
  ajv.addFormat('unicode', (value: string) => value.isWellFormed());
  return ajv;
}

const ajv = { first: createAjv({}), all: createAjv({ allErrors: true }) };
/** Query and path hold text: numbers, booleans and lists of one are read from it. */
const coercingAjv = {
  first: createAjv({ coerceTypes: 'array' }),
  all: createAjv({ coerceTypes: 'array', allErrors: true }),
};

export interface ValidatorOptions {
  /** Read numbers, booleans and lists from text. */
  coerce?: boolean;
  /** Comes before the JSON pointer of each fault. */
  prefix?: string;
  /** Reasons for the schema's `anyOf` and `oneOf`. */
  choices?: readonly ChoiceText[];
}

/**
 * Compiles a schema. The validator returns undefined for a valid value, to which it applies the schema's defaults, else
 * its faults: all of them unless the value is large.
 */
export function compileValidator(
  schema: Schema,
  { coerce = false, prefix = '', choices = [] }: ValidatorOptions = {},
): (value: unknown) => Fault[] | undefined {
  const { first, all } = coerce ? coercingAjv : ajv;
  const validate = first.compile(schema);
  let validateAll: ValidateFunction | undefined;
  return (value) => {
    if (validate(value)) return undefined;
    let errors = validate.errors ?? [];
    if ((boundedJson(value)?.length ?? Infinity) <= FULL_REPORT_BYTES) {
      validateAll ??= all.compile(schema);
      validateAll(value);
      errors = validateAll.errors ?? errors;
    }
    return faultsOf(errors, prefix, choices);
  };
}
