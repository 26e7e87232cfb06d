import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { CONNECTIONS } from '../contracts/settings.ts';
import { connection, SettingError, type Environment } from './connection.ts';

/**
 * Publishes CloudEvents to the topic at `EventGrid__topicEndpointUri`, with the key in `EventGrid__topicKey` where keys
 * are allowed, else with a managed identity. Event Grid has no connection strings.
 * @throws {SettingError} when the topic is not set, or `EventGrid` holds a connection string.
 */
export function eventGridPublisher(env: Environment): EventGridPublisherClient<'CloudEvent'> {
  const { name, property } = CONNECTIONS.eventGrid;
  const target = connection(env, CONNECTIONS.eventGrid);
  if ('connectionString' in target) {
    throw new SettingError(
      `${name} holds a connection string, which Event Grid does not have: set ${name}__${property} to the topic's URL ` +
        `and, where keys are allowed, ${name}__topicKey to its key.`,
    );
  }
  const key = env[`${name}__topicKey`];
  return new EventGridPublisherClient(
    target.endpoint,
    'CloudEvent',
    key ? new AzureKeyCredential(key) : target.credential,
    { allowInsecureConnection: target.endpoint.startsWith('http:') },
  );
}
