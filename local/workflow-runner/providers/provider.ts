import type { Json, JsonObject } from '../json.ts';
import type { StandIn } from '../project/standIns.ts';

/** What a provider needs to open a connection. */
export interface ConnectionValues {
  values: JsonObject;
  byIdentity: boolean;
  standIn: StandIn;
}

/** Parameters of an operation: which it needs, which it may have. */
export interface Operation {
  required: readonly string[];
  optional: readonly string[];
}

/** An open connection. */
export interface ProviderClient {
  /** Returns the body of the action's outputs; throws a `ProviderError` for what the service refuses. */
  call(args: { operation: string; parameters: JsonObject; signal: AbortSignal }): Promise<Json>;
}

/** A built-in connector of Logic Apps. */
export interface Provider {
  /** As in `serviceProvider.id`, with exact case. */
  id: string;
  /** Parameter value that names the service. */
  endpointParameter: string;
  operations: Readonly<Record<string, Operation>>;
  /** What is wrong with a connection, as one clause. */
  connectionFault(connection: ConnectionValues): string | undefined;
  open(connection: ConnectionValues): ProviderClient;
}

/** Loads a service's SDK with the first call, so that the runner starts without waiting for it. */
export function openOnFirstCall(open: () => Promise<ProviderClient>): ProviderClient {
  let client: Promise<ProviderClient> | undefined;
  return {
    async call(args) {
      client ??= open();
      return (await client).call(args);
    },
  };
}

/** A refusal or failure of the service. */
export class ProviderError extends Error {
  readonly statusCode: number;
  /** Word for the status, such as `NotFound`. */
  readonly code: string;

  constructor(args: { statusCode: number; code: string; message: string; cause?: unknown }) {
    super(args.message, { cause: args.cause });
    this.statusCode = args.statusCode;
    this.code = args.code;
  }
}

const WORDS: Record<number, string> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  408: 'RequestTimeout',
  409: 'Conflict',
  412: 'PreconditionFailed',
  413: 'RequestEntityTooLarge',
  429: 'TooManyRequests',
  500: 'InternalServerError',
  502: 'BadGateway',
  503: 'ServiceUnavailable',
  504: 'GatewayTimeout',
};

/** .NET's word for an HTTP status, which the runtime uses as the code of an action. */
export function statusWord(status: number): string {
  if (status >= 200 && status < 300) return status === 202 ? 'Accepted' : status === 201 ? 'Created' : 'OK';
  return WORDS[status] ?? String(status);
}
