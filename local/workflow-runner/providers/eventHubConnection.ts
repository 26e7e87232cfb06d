import { EventHubProducerClient, MessagingError, type EventData } from '@azure/event-hubs';
import { isObject, type Json } from '../json.ts';
import { eventHubTarget } from './eventHubTarget.ts';
import { ProviderError, statusWord, type ConnectionValues, type ProviderClient } from './provider.ts';

/** The operations of `eventHubProvider` on a namespace. */
export function openEventHubConnection(connection: ConnectionValues): ProviderClient {
  const producers = new Map<string, EventHubProducerClient>();
  return {
    async call({ operation, parameters, signal }) {
      const hub = String(parameters.eventHubName);
      const producer = producers.get(hub) ?? producerOf(connection, hub);
      producers.set(hub, producer);
      const events = operation === 'sendEvent' ? [parameters.eventData] : parameters.eventDatas;
      await send(producer, eventsOf(events), parameters.partitionKey, signal);
      return null;
    },
    async close() {
      await Promise.all([...producers.values()].map((producer) => producer.close()));
    },
  };
}

/** The action has a retry policy of its own. */
function producerOf(connection: ConnectionValues, hub: string): EventHubProducerClient {
  const target = eventHubTarget(connection);
  const options = { retryOptions: { maxRetries: 0 } };
  return 'connectionString' in target
    ? new EventHubProducerClient(target.connectionString, hub, options)
    : new EventHubProducerClient(target.properties.fullyQualifiedNamespace!, hub, target.credential, options);
}

async function send(
  producer: EventHubProducerClient,
  events: EventData[],
  partitionKey: Json | undefined,
  abortSignal: AbortSignal,
): Promise<void> {
  const key = typeof partitionKey === 'string' && partitionKey !== '' ? { partitionKey } : {};
  try {
    await producer.sendBatch(events, { ...key, abortSignal });
  } catch (error) {
    throw toProviderError(error);
  }
}

function eventsOf(written: Json | undefined): EventData[] {
  if (!Array.isArray(written)) throw refused('eventDatas must be an array');
  return written.map((event) => {
    if (!isObject(event) || event.contentData === undefined)
      throw refused('an event is an object with contentData and, where it has some, properties');
    const properties = event.Properties ?? event.properties;
    return { body: bodyOf(event.contentData), ...(isObject(properties) && { properties }) };
  });
}

/** A text goes out as it is, everything else as JSON; the client itself would write a text as a JSON string. */
function bodyOf(content: Json): Buffer {
  return Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
}

function refused(why: string): ProviderError {
  return new ProviderError({ statusCode: 400, code: 'BadRequest', message: why });
}

/** Refusals of the broker by the HTTP status that says the same. */
const STATUS: Record<string, number> = {
  MessagingEntityNotFoundError: 404,
  UnauthorizedError: 401,
  MessageTooLargeError: 413,
  ServerBusyError: 429,
  OperationTimeoutError: 408,
};

function toProviderError(error: unknown): unknown {
  const statusCode = error instanceof MessagingError ? STATUS[error.code ?? ''] : undefined;
  if (statusCode === undefined) return error;
  const { message } = error as MessagingError;
  return new ProviderError({ statusCode, code: statusWord(statusCode), message, cause: error });
}
