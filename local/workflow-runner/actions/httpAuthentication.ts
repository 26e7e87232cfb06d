import { isObject, toText, type Json } from '../json.ts';
import { ActionError } from '../engine/records.ts';
import type { Services } from '../engine/services.ts';
import { topicKeyStandIn } from '../project/standIns.ts';

/** Kinds of authentication that an Http action may ask for. */
const AUTHENTICATION_TYPES = ['Basic', 'ManagedServiceIdentity', 'Raw'] as const;

/** Headers that sign a request in. A managed identity may have a local stand-in, see `standIns.ts`. */
export async function authorizationHeaders(
  authentication: Json | undefined,
  url: string,
  services: Services,
): Promise<Record<string, string>> {
  if (!isObject(authentication)) return {};
  switch (authentication.type) {
    case 'Basic': {
      const pair = `${toText(authentication.username ?? '')}:${toText(authentication.password ?? '')}`;
      return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
    }
    case 'Raw':
      return { authorization: toText(authentication.value ?? '') };
    default: {
      const key = topicKeyStandIn(url, services.settings);
      if (key !== undefined) return { 'aeg-sas-key': key };
      const { audience, identity } = authentication;
      const token = await identityToken(
        services,
        toText(audience ?? ''),
        identity === undefined ? undefined : toText(identity),
      );
      return { authorization: `Bearer ${token}` };
    }
  }
}

async function identityToken(services: Services, audience: string, identity: string | undefined): Promise<string> {
  try {
    return await services.token(audience, identity);
  } catch (error) {
    throw new ActionError({
      code: 'ManagedIdentityCredentialUnavailable',
      message: `The managed identity gave no token for ${audience}: ${(error as Error).message}`,
    });
  }
}

/** What is wrong with a written `authentication`, as one clause. */
export function authenticationFault(authentication: Json | undefined): string | undefined {
  if (!isObject(authentication)) return undefined;
  const { type, audience } = authentication;
  if (!AUTHENTICATION_TYPES.some((known) => known === type))
    return `inputs.authentication.type ${JSON.stringify(type ?? null)} is not supported; use ${AUTHENTICATION_TYPES.join(', ')}`;
  if (type === 'ManagedServiceIdentity' && audience === undefined)
    return 'inputs.authentication.audience is missing; name the resource that the token is for';
  return undefined;
}
