import type { ErrorObject } from 'ajv';
import { IDENTIFIER_RULE } from '../../contracts/identifiers.ts';
import type { Fault } from './problem.ts';

/** What a keyword asks for, in words. `params` are those that ajv documents for the keyword. */
const REASONS: Record<string, (params: Record<string, unknown>) => string> = {
  type: ({ type }) => `must be ${Array.isArray(type) ? type.join(' or ') : article(String(type))}`,
  const: ({ allowedValue }) => `must be ${JSON.stringify(allowedValue)}`,
  enum: ({ allowedValues }) =>
    `must be one of ${(allowedValues as unknown[]).map((v) => JSON.stringify(v)).join(', ')}`,
  pattern: ({ pattern }) => `must match ${String(pattern)}`,
  format: ({ format }) => FORMATS[String(format)] ?? `must be a ${String(format)}`,
  minLength: ({ limit }) => (limit === 1 ? 'must not be empty' : `must have at least ${String(limit)} characters`),
  maxLength: ({ limit }) => `must have at most ${String(limit)} characters`,
  minimum: ({ limit }) => `must be at least ${String(limit)}`,
  maximum: ({ limit }) => `must be at most ${String(limit)}`,
  exclusiveMinimum: ({ limit }) => `must be greater than ${String(limit)}`,
  exclusiveMaximum: ({ limit }) => `must be less than ${String(limit)}`,
  minItems: ({ limit }) => `must have at least ${String(limit)} entries`,
  maxItems: ({ limit }) => `must have at most ${String(limit)} entries`,
  minProperties: ({ limit }) => `must have at least ${String(limit)} fields`,
  maxProperties: ({ limit }) => `must have at most ${String(limit)} fields`,
  uniqueItems: ({ i, j }) => `must not repeat an entry (${String(j)} and ${String(i)} are equal)`,
};

const FORMATS: Record<string, string> = {
  'date-time': 'must be an RFC 3339 date and time',
  identifier: IDENTIFIER_RULE,
  unicode: 'must be well-formed Unicode',
};

/** A rule that the schema states as a choice (`anyOf`, `oneOf`): what to say instead of ajv's list of failed branches. */
export interface ChoiceText {
  /** Path of the object that has to make the choice. */
  path: string;
  reason: string;
}

/**
 * Turns ajv's errors into faults with a JSON pointer and a reason in words. `prefix` comes before each pointer;
 * `choices` describe the schema's `anyOf` and `oneOf` rules, whose branches are not reported one by one.
 */
export function faultsOf(errors: readonly ErrorObject[], prefix = '', choices: readonly ChoiceText[] = []): Fault[] {
  const faults: Fault[] = [];
  for (const error of errors) {
    if (/\/(anyOf|oneOf)\/\d+\//.test(error.schemaPath)) continue;
    faults.push(faultOf(error, prefix, choices));
  }
  return faults;
}

function faultOf(error: ErrorObject, prefix: string, choices: readonly ChoiceText[]): Fault {
  const path = prefix + error.instancePath;
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'additionalProperties':
      return { path: `${path}/${pointerToken(String(params.additionalProperty))}`, reason: 'is not a known field' };
    case 'required':
      return { path: `${path}/${pointerToken(String(params.missingProperty))}`, reason: 'is missing' };
    case 'propertyNames':
      return { path: `${path}/${pointerToken(String(params.propertyName))}`, reason: 'is not a valid name' };
    case 'anyOf':
    case 'oneOf': {
      const choice = choices.find((text) => text.path === error.instancePath);
      return { path, reason: choice?.reason ?? error.message ?? 'is not valid' };
    }
    default:
      return { path, reason: REASONS[error.keyword]?.(params) ?? error.message ?? 'is not valid' };
  }
}

/** A name as part of a JSON pointer (RFC 6901), cut where an absurdly long one would fill the answer. */
export function pointerToken(name: string): string {
  const token = name.replaceAll('~', '~0').replaceAll('/', '~1');
  return token.length > 200 ? `${token.slice(0, 200)}…` : token;
}

function article(type: string): string {
  return /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
}
