import type { Connection } from '../../functions-host/settings/connection.ts';
import { authProviderIdentity, managedIdentity } from './identity.ts';
import type { ConnectionValues } from './provider.ts';

/** How a connection of connections.json reaches its namespace. */
export function eventHubTarget({ values, byIdentity, standIn }: ConnectionValues): Connection {
  if (standIn.connectionString !== undefined) return { connectionString: standIn.connectionString };
  if (!byIdentity) return { connectionString: String(values.connectionString) };
  const credential = managedIdentity(authProviderIdentity(values.authProvider));
  return { properties: { fullyQualifiedNamespace: String(values.fullyQualifiedNamespace) }, credential };
}
