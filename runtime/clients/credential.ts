import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/identity';

/**
 * The credential of a managed identity: the user-assigned one with `clientId`, else whatever `DefaultAzureCredential`
 * finds. `@azure/identity` is loaded with the first token, because loading it costs more than the rest of the start.
 */
export function lazyCredential(clientId: string | undefined): TokenCredential {
  let loading: Promise<TokenCredential> | undefined;
  return {
    async getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken | null> {
      loading ??= load(clientId);
      return (await loading).getToken(scopes, options);
    },
  };
}

async function load(clientId: string | undefined): Promise<TokenCredential> {
  const { DefaultAzureCredential, ManagedIdentityCredential } = await import('@azure/identity');
  return clientId ? new ManagedIdentityCredential({ clientId }) : new DefaultAzureCredential();
}
