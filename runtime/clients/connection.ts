import type { TokenCredential } from '@azure/identity';
import { lazyCredential } from './credential.ts';

/** Where settings come from: `process.env`, or an object in tests. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** How to reach a service: with a connection string, or at an endpoint with an identity. */
export type Connection = { connectionString: string } | { endpoint: string; credential: TokenCredential };

/** A setting is missing or has a value that cannot be used. The message is meant for the operator: one line, no stack. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
}

/** A connection of `CONNECTIONS` in runtime/contracts/settings.ts. */
export interface ConnectionName {
  readonly name: string;
  readonly property: string;
}

/**
 * Reads connection `X`: the setting `X` holds a connection string, or `X__<property>` names the service and an identity
 * signs in (`X__clientId` selects a user-assigned one). Both forms set: the connection string wins, as in Azure Functions.
 * @throws {SettingError} naming both forms when neither is set.
 */
export function connection(env: Environment, { name, property }: ConnectionName): Connection {
  const connectionString = env[name]?.trim();
  if (connectionString) return { connectionString };

  const setting = `${name}__${property}`;
  const endpoint = env[setting]?.trim();
  if (!endpoint) {
    throw new SettingError(
      `No setting for the connection "${name}": set ${setting} (signs in with a managed identity; ` +
        `${name}__clientId selects a user-assigned one) or ${name} (a connection string).`,
    );
  }
  return { endpoint, credential: lazyCredential(env[`${name}__clientId`]?.trim()) };
}
