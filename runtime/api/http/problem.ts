import type { ProblemDetails } from '../../contracts/api.ts';

/** Kinds of problems that the API answers with; the key ends the `type` URI. */
const KINDS = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'malformed-json': { status: 400, title: 'The body is not JSON' },
  unauthorized: { status: 401, title: 'A valid credential is needed' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'The method is not allowed here' },
  'payload-too-large': { status: 413, title: 'The request is too large' },
  'unsupported-media-type': { status: 415, title: 'The content type is not supported' },
  'headers-too-large': { status: 431, title: 'The request headers are too large' },
  'internal-error': { status: 500, title: 'A fault of the service' },
  unavailable: { status: 503, title: 'Temporarily unavailable' },
} as const;

export type ProblemKind = keyof typeof KINDS;
export type Fault = NonNullable<ProblemDetails['errors']>[number];

/** Most faults that one answer lists; a batch can hold thousands of the same kind. */
export const MAX_FAULTS = 100;

/** An error that is answered as RFC 9457 problem details. `detail` is one line for the caller; `errors` its faults. */
export class Problem extends Error {
  readonly kind: ProblemKind;
  readonly status: number;
  readonly errors: readonly Fault[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    kind: ProblemKind,
    detail: string,
    { errors, headers = {} }: { errors?: readonly Fault[]; headers?: Record<string, string> } = {},
  ) {
    super(detail);
    this.kind = kind;
    this.status = KINDS[kind].status;
    this.errors = errors;
    this.headers = headers;
  }

  /** The body of the answer. */
  details(): ProblemDetails {
    return {
      type: `https://attune.dev/problems/${this.kind}`,
      title: KINDS[this.kind].title,
      status: this.status,
      detail: this.message,
      ...(this.errors ? { errors: this.errors.slice(0, MAX_FAULTS) } : {}),
    };
  }
}

/** 503 that tells the caller after how many seconds to come back. */
export function unavailable(detail: string, retryAfterSeconds: number): Problem {
  return new Problem('unavailable', detail, { headers: { 'retry-after': String(retryAfterSeconds) } });
}

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';
