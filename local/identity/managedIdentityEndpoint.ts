import type { KeyObject } from 'node:crypto';
import { ISSUER, issueToken } from './accessTokens.ts';
import type { Directory, Identity, TokenHolder } from './directory.ts';

/** Answer of the endpoint: status and JSON body. */
export interface EndpointAnswer {
  status: number;
  body: Record<string, unknown>;
}

export interface EndpointOptions {
  directory: Directory;
  key: KeyObject;
  /** Issuer of tokens for application ID URIs (`api://…`): the OpenID issuer that local APIs trust. */
  apiIssuer(): string;
  tokenLifetimeSeconds: number;
}

const API_VERSIONS = ['2019-08-01', '2020-06-01'];

/**
 * The managed-identity endpoint of App Service (`IDENTITY_ENDPOINT`, api-version 2019-08-01): a site asks with its secret
 * header for a token of one of its identities, chosen by `client_id`, `principal_id` or `mi_res_id`, else of its own.
 */
export class ManagedIdentityEndpoint {
  readonly #options: EndpointOptions;

  constructor(options: EndpointOptions) {
    this.#options = options;
  }

  async answer(query: URLSearchParams, header: string | undefined): Promise<EndpointAnswer> {
    const { directory, key, apiIssuer, tokenLifetimeSeconds } = this.#options;
    const holder = directory.content.holders.find((candidate) => candidate.header === header);
    if (!holder) return refusal(401, 'The header X-IDENTITY-HEADER does not belong to an app of this stack.');
    const version = query.get('api-version');
    if (!version || !API_VERSIONS.includes(version)) {
      return refusal(
        400,
        `The api-version ${JSON.stringify(version)} is not supported; use ${API_VERSIONS.join(' or ')}.`,
      );
    }
    const resource = query.get('resource')?.replace(/\/+$/, '');
    if (!resource) return refusal(400, 'The query parameter "resource" must name the audience of the token.');
    const identity = this.#identityOf(holder, query);
    if (typeof identity === 'string') return refusal(400, identity);

    const issuer = resource.startsWith('api://') ? apiIssuer() : ISSUER;
    const token = await issueToken({
      key,
      identity,
      audience: resource,
      issuer,
      lifetimeSeconds: tokenLifetimeSeconds,
    });
    const expires = Math.floor(Date.now() / 1_000) + tokenLifetimeSeconds;
    const body = { access_token: token, expires_on: String(expires), resource, token_type: 'Bearer' };
    return { status: 200, body: { ...body, client_id: identity.clientId } };
  }

  #identityOf({ name, identities, systemAssigned }: TokenHolder, query: URLSearchParams): Identity | string {
    const [clientId, principalId, resourceId] = ['client_id', 'principal_id', 'mi_res_id'].map((parameter) => {
      return query.get(parameter)?.toLowerCase();
    });
    const isChosen = (identity: Identity) => {
      if (clientId) return identity.clientId.toLowerCase() === clientId;
      if (principalId) return identity.principalId.toLowerCase() === principalId;
      if (resourceId) return identity.resourceId.toLowerCase() === resourceId;
      return identity.resourceId.toLowerCase() === systemAssigned?.toLowerCase();
    };
    const own = [...identities, ...(systemAssigned ? [systemAssigned] : [])].map((id) => id.toLowerCase());
    const found = this.#options.directory.content.identities.find((identity) => {
      return own.includes(identity.resourceId.toLowerCase()) && isChosen(identity);
    });
    if (found) return found;
    const asked = clientId ?? principalId ?? resourceId;
    const what = asked ? `the identity ${asked}` : 'a system-assigned identity';
    return `No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId: ${name} does not have ${what}.`;
  }
}

function refusal(status: number, message: string): EndpointAnswer {
  return { status, body: { statusCode: status, message, timestamp: new Date().toISOString() } };
}
