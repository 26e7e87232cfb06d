import { CosmosClient, type CosmosClientOptions, type Database } from '@azure/cosmos';
import { DATABASE } from '../contracts/names.ts';
import { CONNECTIONS, SETTINGS } from '../contracts/settings.ts';
import { connection, type Environment } from './connection.ts';

/**
 * Ten seconds bound one attempt: a store that does not answer is treated as away, and the callers' own fallbacks
 * (degraded answers, replayed batches) take over.
 */
const POLICY = { requestTimeout: 10_000 } satisfies CosmosClientOptions['connectionPolicy'];

/**
 * The Cosmos database named by `COSMOS_DATABASE` (default `attune`). Nothing is requested yet.
 * @throws {SettingError} when the connection `Cosmos` is not set.
 */
export function cosmosDatabase(env: Environment): Database {
  const target = connection(env, CONNECTIONS.cosmos);
  const client = new CosmosClient(
    'connectionString' in target
      ? { connectionString: target.connectionString, connectionPolicy: POLICY }
      : { endpoint: target.endpoint, aadCredentials: target.credential, connectionPolicy: POLICY },
  );
  return client.database(env[SETTINGS.database] || DATABASE);
}
