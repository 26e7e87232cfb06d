import type { FastifySchemaCompiler } from 'fastify';
import type { Schema } from '../schemas/common.ts';
import type { ChoiceText } from './faults.ts';
import { Problem, type Fault } from './problem.ts';
import { compileValidator } from './validator.ts';

/** How to say that a rule of this kind is broken which `oneOf` or `anyOf` states, by the title of the schema. */
const CHOICES: Record<string, readonly ChoiceText[]> = {
  RecommendationRequest: [{ path: '', reason: 'needs exactly one of userId, sessionId and history' }],
};

const PREFIXES: Record<string, string> = { querystring: '/query', params: '/path', headers: '/headers' };

/** Compiles the schemas of routes for Fastify: what does not fit is answered as a problem that lists the faults. */
export const validatorCompiler: FastifySchemaCompiler<Schema> = ({ schema, httpPart }) => {
  const validate = compileValidator(schema, {
    coerce: httpPart !== 'body',
    prefix: PREFIXES[httpPart ?? ''] ?? '',
    choices: CHOICES[String(schema.title)],
  });
  return (value: unknown) => {
    const faults = validate(value);
    return faults ? { error: invalidRequest(faults) } : { value };
  };
};

/** 400 that lists faults; `detail` says the first one. */
export function invalidRequest(faults: readonly Fault[]): Problem {
  return new Problem('invalid-request', `${describeFault(faults[0])}${more(faults.length - 1)}`, { errors: faults });
}

function describeFault(fault: Fault | undefined): string {
  if (!fault) return 'The request is not valid';
  const place = fault.path === '' ? 'The body' : fault.path;
  return `${fault.index === undefined ? '' : `Entry ${fault.index}: `}${place} ${fault.reason}`;
}

function more(count: number): string {
  if (count <= 0) return '.';
  return count === 1 ? '; one more fault is listed.' : `; ${count} more faults were found.`;
}
