import { AzureKeyCredential, EventGridPublisherClient, type SendEventGridEventInput } from '@azure/eventgrid';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { authProviderIdentity, managedIdentity } from './identity.ts';
import { ProviderError, statusWord, type ConnectionValues, type ProviderClient } from './provider.ts';

/** The operation of `eventGridProvider` on a topic. */
export function openEventGridConnection(connection: ConnectionValues): ProviderClient {
  const client = publisher(connection);
  return {
    async call({ parameters, signal }) {
      await send(client, parameters, signal);
      return null;
    },
  };
}

function publisher({ values, byIdentity, standIn }: ConnectionValues): EventGridPublisherClient<'EventGrid'> {
  const endpoint = String(values.topicEndpoint);
  const key = standIn.topicKey ?? (byIdentity ? undefined : String(values.accessKey));
  const credential =
    key === undefined ? managedIdentity(authProviderIdentity(values.authProvider)) : new AzureKeyCredential(key);
  return new EventGridPublisherClient(endpoint, 'EventGrid', credential, {
    allowInsecureConnection: endpoint.startsWith('http:'),
    retryOptions: { maxRetries: 0 },
  });
}

async function send(
  client: EventGridPublisherClient<'EventGrid'>,
  parameters: JsonObject,
  abortSignal: AbortSignal,
): Promise<void> {
  try {
    await client.send(toEvents(parameters.events), { abortSignal });
  } catch (error) {
    if (!(error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number')) throw error;
    const { statusCode, message } = error;
    throw new ProviderError({ statusCode, code: statusWord(statusCode), message, cause: error });
  }
}

function toEvents(events: Json | undefined): SendEventGridEventInput<unknown>[] {
  const refuse = (why: string): never => {
    throw new ProviderError({ statusCode: 400, code: 'BadRequest', message: why });
  };
  if (!Array.isArray(events)) return refuse('events must be an array');
  return events.map((event) => {
    const { id, subject, eventType, data, dataVersion = '1.0', eventTime } = isObject(event) ? event : {};
    if (typeof subject !== 'string' || typeof eventType !== 'string' || typeof dataVersion !== 'string')
      return refuse('each event needs subject and eventType as texts');
    return {
      subject,
      eventType,
      data: data ?? null,
      dataVersion,
      ...(typeof id === 'string' && { id }),
      ...(typeof eventTime === 'string' && { eventTime: new Date(eventTime) }),
    };
  });
}
