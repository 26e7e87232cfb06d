import type { TokenCredential } from '@azure/identity';

/** Tokens of the app's managed identities; the SDK is loaded with the first one that is asked for. */
export function identityTokens(): (audience: string, identity: string | undefined) => Promise<string> {
  const credentials = new Map<string, TokenCredential>();
  return async (audience, identity) => {
    const { managedIdentity } = await import('./identity.ts');
    const key = identity ?? '';
    const credential = credentials.get(key) ?? managedIdentity(identity);
    credentials.set(key, credential);
    const token = await credential.getToken(`${audience.replace(/\/$/, '')}/.default`);
    if (!token) throw new Error('no token was given');
    return token.token;
  };
}
