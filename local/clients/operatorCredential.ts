import type { AccessToken, TokenCredential } from '@azure/identity';

/** Where the operator of a stack gets tokens: the managed-identity protocol of App Service. */
export interface OperatorIdentity {
  endpoint: string;
  header: string;
}

/** A token is asked for again when less than this is left of the one before, ms. */
const RENEW_MS = 5 * 60_000;

interface TokenAnswer {
  access_token: string;
  /** Seconds since 1970. */
  expires_on: string;
}

/**
 * Signs in as the operator of a stack in profile `faithful`, for the tools of this project: one process may work on
 * several stacks, whereas `ManagedIdentityCredential` finds its one endpoint in the environment.
 */
export class OperatorCredential implements TokenCredential {
  readonly #identity: OperatorIdentity;
  readonly #tokens = new Map<string, AccessToken>();

  constructor(identity: OperatorIdentity) {
    this.#identity = identity;
  }

  async getToken(scopes: string | string[]): Promise<AccessToken> {
    const [scope = ''] = [scopes].flat();
    const resource = scope.replace(/\/\.default$/, '');
    const known = this.#tokens.get(resource);
    if (known && known.expiresOnTimestamp - Date.now() > RENEW_MS) return known;

    const query = new URLSearchParams({ 'api-version': '2019-08-01', resource });
    const headers = { 'x-identity-header': this.#identity.header };
    const response = await fetch(`${this.#identity.endpoint}?${query.toString()}`, { headers });
    if (!response.ok) throw new Error(`No token for ${resource}: ${response.status} ${await response.text()}`);
    const { access_token: token, expires_on: expiresOn } = (await response.json()) as TokenAnswer;
    const fresh = { token, expiresOnTimestamp: Number(expiresOn) * 1_000 };
    this.#tokens.set(resource, fresh);
    return fresh;
  }
}
