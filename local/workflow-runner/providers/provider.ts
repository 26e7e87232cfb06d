import type { Json, JsonObject } from '../json.ts';
import type { HostStorage } from '../../functions-host/storage/hostStorage.ts';
import type { EventHubsOptions } from '../project/hostFile.ts';
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
  /** Ends connections that stay open between calls. */
  close?(): Promise<void>;
}

/** What a trigger of a provider listens with. */
export interface TriggerContext {
  connectionName: string;
  connection: ConnectionValues;
  /** Parameters of the operation, evaluated. */
  parameters: JsonObject;
  /** `AzureWebJobsStorage`, where positions are kept. */
  storage: HostStorage;
  eventHubs: EventHubsOptions;
  /** Names this runner in leases; the same after a restart. */
  instanceId: string;
  /**
   * Starts runs for the trigger's outputs and resolves once they are durable. Waits while the workflow has enough runs
   * waiting; `cutOff` ends that wait with a rejection.
   */
  fire(outputs: JsonObject, cutOff: AbortSignal): Promise<void>;
  /** Notes what went wrong in passing. */
  warn(message: string): void;
}

/** A started trigger of a provider. */
export interface ProviderListener {
  /** Takes nothing new, writes its position and closes its connections. */
  stop(): Promise<void>;
  /** Position and the like, as JSON. */
  describe(): Promise<Record<string, unknown>>;
}

/** A trigger of a provider. */
export interface TriggerOperation extends Operation {
  /** Starts to listen; rejects when the service cannot be reached. */
  listen(context: TriggerContext): Promise<ProviderListener>;
}

/** A built-in connector of Logic Apps. */
export interface Provider {
  /** As in `serviceProvider.id`, with exact case. */
  id: string;
  /** Parameter value that names the service. */
  endpointParameter: string;
  /** Operations for actions. */
  operations: Readonly<Record<string, Operation>>;
  /** Operations for triggers. */
  triggers: Readonly<Record<string, TriggerOperation>>;
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
    async close() {
      await (await client)?.close?.();
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
