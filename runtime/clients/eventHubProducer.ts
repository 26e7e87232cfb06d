import { EventHubProducerClient, RetryMode } from '@azure/event-hubs';
import { CONNECTIONS } from '../contracts/settings.ts';
import { connection, type Environment } from './connection.ts';

/**
 * The client's own limit of 60 s per attempt lets a send on a broken connection hang for a minute. Four seconds and two
 * more attempts end within 15 s, in time for a caller to be told to come back.
 */
const OPTIONS = {
  retryOptions: {
    mode: RetryMode.Exponential,
    maxRetries: 2,
    retryDelayInMs: 200,
    maxRetryDelayInMs: 1_000,
    timeoutInMs: 4_000,
  },
};

/**
 * A producer for one of `HUBS` in runtime/contracts/names.ts. It connects with the first send.
 * @throws {SettingError} when the connection `EventHubs` is not set.
 */
export function eventHubProducer(env: Environment, hub: string): EventHubProducerClient {
  const target = connection(env, CONNECTIONS.eventHubs);
  return 'connectionString' in target
    ? new EventHubProducerClient(target.connectionString, hub, OPTIONS)
    : new EventHubProducerClient(target.endpoint, hub, target.credential, OPTIONS);
}
