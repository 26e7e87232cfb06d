import type { IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';
import type { ApiSettings } from '../settings.ts';
import { Problem, unavailable } from '../http/problem.ts';
import { keyChecker } from './apiKeys.ts';
import { isLoopbackCall } from './loopback.ts';
import { TokenError, verifyToken, type Claims } from './jsonWebToken.ts';
import { IssuerUnavailableError, SigningKeys } from './signingKeys.ts';

/** Who calls, and for which tenant. Both come from the credential alone. */
export interface Principal {
  tenant: string;
  /** `key`, `loopback` or `token:<subject>`. */
  caller: string;
}

/** Finds out who calls. Only the first use of a token has to be waited for. Throws a 401 `Problem` for nobody. */
export type Authenticate = (request: IncomingMessage) => Principal | Promise<Principal>;

/** Verified tokens that are remembered until they expire. */
const REMEMBERED_TOKENS = 2_000;

/**
 * Accepts a bearer token of the configured issuer, an API key in `Ocp-Apim-Subscription-Key`, or, where the settings
 * allow it, a caller on the loopback interface without a credential.
 */
export function authenticator(settings: ApiSettings, keys?: SigningKeys): Authenticate {
  const { tenant, allowLoopback, tokens } = settings;
  const acceptsKey = keyChecker(settings.keyDigests);
  const byKey: Principal = { tenant, caller: 'key' };
  const byLoopback: Principal = { tenant, caller: 'loopback' };
  const acceptToken = tokens && tokenAcceptor(tenant, tokens, keys ?? new SigningKeys({ issuer: tokens.issuer }));

  return (request) => {
    const { authorization, 'ocp-apim-subscription-key': key } = request.headers;
    if (authorization !== undefined) {
      const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
      if (!token || !acceptToken) throw unauthorized('Send "Authorization: Bearer" with a token of this API.');
      return acceptToken(token);
    }
    if (typeof key === 'string') {
      if (acceptsKey(key)) return byKey;
      throw unauthorized('The key in Ocp-Apim-Subscription-Key is not accepted.');
    }
    if (allowLoopback && isLoopbackCall(request)) return byLoopback;
    throw unauthorized('Send a token in "Authorization: Bearer" or a key in "Ocp-Apim-Subscription-Key".');
  };
}

function tokenAcceptor(
  tenant: string,
  expected: { issuer: string; audience: string },
  keys: SigningKeys,
): (token: string) => Principal | Promise<Principal> {
  const remembered = new LRUCache<string, { principal: Principal; exp: number }>({ max: REMEMBERED_TOKENS });

  const verifyNew = async (token: string): Promise<Principal> => {
    let claims: Claims;
    try {
      claims = await verifyToken(token, expected, (keyId) => keys.find(keyId), Date.now() / 1000);
    } catch (error) {
      if (error instanceof TokenError)
        throw unauthorized(`The token is not accepted: ${error.message}.`, 'invalid_token');
      if (error instanceof IssuerUnavailableError) throw unavailable('The token cannot be checked at the moment.', 5);
      throw error;
    }
    const principal = { tenant, caller: `token:${claims.sub}` };
    remembered.set(token, { principal, exp: claims.exp });
    return principal;
  };

  return (token) => {
    const known = remembered.get(token);
    return known && known.exp > Date.now() / 1000 ? known.principal : verifyNew(token);
  };
}

function unauthorized(detail: string, error?: string): Problem {
  const challenge = `Bearer realm="attune"${error ? `, error="${error}"` : ''}`;
  return new Problem('unauthorized', detail, { headers: { 'www-authenticate': challenge } });
}
