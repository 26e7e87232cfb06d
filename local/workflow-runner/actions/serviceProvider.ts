import type { Json, JsonObject } from '../json.ts';
import { succeeded } from '../engine/records.ts';
import { readRetryPolicy, runWithRetry, type Attempt } from '../engine/retryPolicy.ts';
import type { ActionKind } from '../engine/actionKind.ts';
import type { ServiceProviderConfiguration } from '../project/definition.ts';
import { ProviderError } from '../providers/provider.ts';

/** Inputs that name an operation of a built-in connector, for actions and triggers. */
export const PROVIDER_INPUTS: JsonObject = {
  parameters: { type: 'object' },
  serviceProviderConfiguration: {
    type: 'object',
    required: ['connectionName', 'operationId', 'serviceProviderId'],
    additionalProperties: false,
    properties: {
      connectionName: { type: 'string' },
      operationId: { type: 'string' },
      serviceProviderId: { type: 'string' },
    },
  },
};

export const serviceProvider: ActionKind = {
  schema: {
    required: ['inputs'],
    properties: {
      inputs: {
        type: 'object',
        required: ['parameters', 'serviceProviderConfiguration'],
        additionalProperties: false,
        properties: { ...PROVIDER_INPUTS, retryPolicy: { type: 'object' } },
      },
    },
  },
  async run({ definition, evaluate, services, signal, pause }) {
    const { parameters: written, retryPolicy, serviceProviderConfiguration } = definition.inputs as JsonObject;
    const { connectionName, operationId } = serviceProviderConfiguration as unknown as ServiceProviderConfiguration;
    const parameters = evaluate(written!) as JsonObject;
    const inputs = { parameters, serviceProviderConfiguration: serviceProviderConfiguration! };
    const policy = readRetryPolicy(retryPolicy === undefined ? undefined : evaluate(retryPolicy));
    const client = services.connection(connectionName);
    const result = await runWithRetry({
      policy,
      pause,
      timeScale: services.timeScale,
      attempt: async () => {
        try {
          return done(await client.call({ operation: operationId, parameters, signal }));
        } catch (error) {
          if (signal.aborted) throw error;
          return refused(error);
        }
      },
    });
    return { ...result, inputs };
  },
};

function done(body: Json): Attempt {
  return { result: succeeded({ outputs: { statusCode: 200, body } }), retry: false };
}

/** The service's refusals carry its status; anything else is a lost connection. */
function refused(error: unknown): Attempt {
  const known = error instanceof ProviderError ? error : undefined;
  const statusCode = known?.statusCode ?? 503;
  const reason = error instanceof Error ? error.message : String(error);
  const code = known?.code ?? 'ServiceUnavailable';
  const message = `The service provider action failed with error code '${code}' and error message '${reason}'.`;
  return {
    result: {
      status: 'Failed',
      code,
      outputs: { statusCode, body: { error: { code, message: reason } } },
      error: { code: 'ServiceProviderActionFailed', message },
    },
    retry: statusCode === 408 || statusCode === 429 || statusCode >= 500,
  };
}
