import { ManagedIdentityCredential, type TokenCredential } from '@azure/identity';
import { isObject, type Json } from '../json.ts';

/**
 * The managed identity of the app: the user-assigned one that a connection or action names by its resource id, else the
 * system-assigned one. Reads the identity endpoint of App Service from the environment.
 */
export function managedIdentity(resourceId: Json | undefined): TokenCredential {
  return typeof resourceId === 'string' && resourceId !== '' && resourceId !== 'SystemAssigned'
    ? new ManagedIdentityCredential({ resourceId })
    : new ManagedIdentityCredential();
}

/** The identity's resource id in the `authProvider` of a connection. */
export function authProviderIdentity(authProvider: Json | undefined): Json | undefined {
  return isObject(authProvider) ? authProvider.Identity : undefined;
}
