const NAMES: Record<number, string> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  408: 'RequestTimeout',
  409: 'Conflict',
  410: 'Gone',
  412: 'PreconditionFailed',
  413: 'RequestEntityTooLarge',
  424: 'FailedDependency',
  429: 'TooManyRequests',
  500: 'InternalServerError',
  503: 'ServiceUnavailable',
};

/** Values of `x-ms-substatus` that clients act on. */
export const SUBSTATUS = {
  none: 0,
  partitionKeyMismatch: 1001,
  /** With 410. */
  rangeGone: 1002,
  /** With 404: the session is ahead of the data. */
  sessionNotAvailable: 1002,
  ownerMissing: 1003,
  crossPartitionNotServable: 1004,
  /** With 403. */
  partitionFull: 1014,
  throttled: 3200,
  /** With 403: tokens cannot do this in the data plane. */
  notAuthorizedByToken: 5300,
  /** With 403: the principal has no role for it. */
  missingRole: 5302,
} as const;

export interface CosmosErrorDetails {
  status: number;
  substatus?: number;
  /** For 429: when to try again. */
  retryAfterMs?: number;
  /** Request units that the refused operation still cost. */
  charge?: number;
  /** Members of the error body besides `code` and `message`. */
  body?: Record<string, unknown>;
}

/** A refusal that goes to the client as Cosmos DB would word it: status, substatus and `{code, message}`. */
export class CosmosError extends Error {
  readonly status: number;
  readonly substatus: number;
  readonly retryAfterMs: number | undefined;
  readonly charge: number;
  readonly body: Record<string, unknown>;

  constructor(message: string, details: CosmosErrorDetails) {
    super(message);
    this.status = details.status;
    this.substatus = details.substatus ?? SUBSTATUS.none;
    this.retryAfterMs = details.retryAfterMs;
    this.charge = details.charge ?? 0;
    this.body = details.body ?? {};
  }

  /** The `code` of the error body, for example `NotFound`. */
  get code(): string {
    return NAMES[this.status] ?? String(this.status);
  }

  /** The part of the body's `message` before the activity id. */
  get detail(): string {
    return `Message: ${JSON.stringify({ Errors: [this.message] })}`;
  }
}

export function badRequest(message: string, substatus?: number): CosmosError {
  return new CosmosError(message, { status: 400, substatus });
}

export function notFound(): CosmosError {
  return new CosmosError('Resource Not Found. Learn more: https://aka.ms/cosmosdb-tsg-not-found', {
    status: 404,
    charge: 1,
  });
}

/** The database or container of the addressed resource does not exist. */
export function ownerNotFound(what: string): CosmosError {
  return new CosmosError(`Owner resource does not exist: ${what}.`, { status: 404, substatus: SUBSTATUS.ownerMissing });
}

export function conflict(message = 'Entity with the specified id already exists in the system.'): CosmosError {
  return new CosmosError(message, { status: 409, charge: 1.24 });
}

export function preconditionFailed(): CosmosError {
  return new CosmosError(
    'One of the specified pre-condition is not met. Learn more: https://aka.ms/CosmosDB/sql/errors',
    {
      status: 412,
      charge: 1.24,
    },
  );
}

export function tooLarge(message = 'Request size is too large'): CosmosError {
  return new CosmosError(message, { status: 413 });
}

export function tooManyRequests(retryAfterMs: number): CosmosError {
  return new CosmosError(
    'The request rate is too large. Please retry after sometime. Learn more: http://aka.ms/cosmosdb-error-429',
    { status: 429, substatus: SUBSTATUS.throttled, retryAfterMs, charge: 0.38 },
  );
}
