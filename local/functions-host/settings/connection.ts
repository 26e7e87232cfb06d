import type { TokenCredential } from '@azure/identity';
import { HostError } from '../hostError.ts';
import type { Settings } from './bindingExpressions.ts';

/** How to reach a service: with a connection string, or by name with an identity. */
export type Connection =
  { connectionString: string } | { properties: Record<string, string>; credential: TokenCredential };

/**
 * The connection `name` of a binding, by the convention of Azure Functions: the app setting `name` is a connection string,
 * or settings `name__<property>` name the service and an identity signs in (`name__clientId` selects a user-assigned
 * one, as does `name__managedIdentityResourceId`, the form of Logic Apps). Also under the prefix `AzureWebJobs`, as on
 * Azure. Throws `HostError` when there is neither; `missing` is what the real host says then.
 */
export async function readConnection(
  settings: Settings,
  name: string,
  propertyNames: readonly string[],
  missing: (name: string) => string = (shown) =>
    `Connection "${shown}" does not exist. Make sure that it is a defined app setting.`,
): Promise<Connection> {
  for (const prefix of [name, `AzureWebJobs${name}`]) {
    const connectionString = settings[prefix]?.trim();
    if (connectionString) return { connectionString };
    const properties: Record<string, string> = {};
    for (const property of propertyNames) {
      const value = settings[`${prefix}__${property}`]?.trim();
      if (value) properties[property] = value;
    }
    if (Object.keys(properties).length === 0) continue;
    return { properties, credential: await credential(settings, prefix) };
  }
  if (/=/.test(name)) throw new HostError(missing(REDACTED));
  const forms = propertyNames.map((property) => `${name}__${property}`).join(' or ');
  throw new HostError(`${missing(name)} Set ${name} (a connection string) or ${forms}.`);
}

/** A connection string where the name of a setting belongs is a secret, and is not repeated. */
const REDACTED = '<< REDACTED >> (a full connection string was incorrectly used instead of a connection setting name)';

/** Loading `@azure/identity` takes longer than all of the rest, so only a connection that needs it loads it. */
async function credential(settings: Settings, prefix: string): Promise<TokenCredential> {
  const { DefaultAzureCredential, ManagedIdentityCredential } = await import('@azure/identity');
  const clientId = settings[`${prefix}__clientId`]?.trim();
  const resourceId = settings[`${prefix}__managedIdentityResourceId`]?.trim();
  const managed = settings[`${prefix}__credential`]?.toLowerCase() === 'managedidentity';
  if (clientId) return new ManagedIdentityCredential({ clientId });
  if (resourceId) return new ManagedIdentityCredential({ resourceId });
  return managed ? new ManagedIdentityCredential() : new DefaultAzureCredential();
}
