import type { AccessControl } from '../identity/accessControl.ts';
import { TokenRefused, type Principal, type TokenVerifier as IdentityVerifier } from '../identity/accessTokens.ts';
import { ACTIONS } from '../identity/roles.ts';
import { pathOf } from './addresses.ts';
import { JWT_TOKEN_TYPE, unauthorized, type Right, type TokenVerifier } from './tokens.ts';

export interface EntraOptions {
  tokens: IdentityVerifier;
  control: AccessControl;
  /** ARM id of the namespace. */
  namespaceId: string;
}

const { send, receive } = ACTIONS.eventHubs;

/** Any of these data actions is enough for a right; every sender and receiver may read the facts of its hub. */
const ACTIONS_OF: Readonly<Record<Right, readonly string[]>> = {
  Send: [send],
  Listen: [receive],
  Manage: [send, receive],
};

/**
 * Checks tokens of Microsoft Entra: who shows one may do what its roles allow, on the hub or consumer group in question
 * or above it. Keys are refused, as by a namespace with `disableLocalAuth`.
 */
export function entraVerifier({ tokens, control, namespaceId }: EntraOptions): TokenVerifier {
  return async (token, type) => {
    if (type !== JWT_TOKEN_TYPE) {
      throw unauthorized(
        `Local authentication is disabled for this namespace: use a token of the type ${JWT_TOKEN_TYPE}.`,
      );
    }
    const principal = await verified(token, tokens);
    const permits = (right: Right, path: string) => requireRole(principal, right, path, { control, namespaceId });
    return { path: '', expiresAt: principal.expiresAt, permits };
  };
}

async function verified(token: string, tokens: IdentityVerifier): Promise<Principal> {
  try {
    return await tokens.verify(token);
  } catch (error) {
    if (error instanceof TokenRefused) throw unauthorized(`InvalidToken: ${error.message}.`);
    throw error;
  }
}

function requireRole(
  principal: Principal,
  right: Right,
  path: string,
  { control, namespaceId }: Pick<EntraOptions, 'control' | 'namespaceId'>,
): void {
  const scope = `${namespaceId}${scopeOf(path)}`;
  const actions = ACTIONS_OF[right];
  if (actions.some((action) => control.isAllowed(principal, action, scope))) return;
  // A role on one consumer group is enough to read the facts of its hub.
  if (right === 'Manage' && actions.some((action) => control.isAllowedSomewhere(principal, action, scope))) return;
  throw unauthorized(`Unauthorized access. ${control.deny(principal, actions[0]!, scope).message}`);
}

/** ARM's path of a hub or consumer group; partitions are no resources of their own. */
function scopeOf(path: string): string {
  const [hub = '', kind, group] = pathOf(path).split('/');
  if (hub === '' || hub.startsWith('$')) return '';
  return kind?.toLowerCase() === 'consumergroups' ? `/eventhubs/${hub}/consumergroups/${group}` : `/eventhubs/${hub}`;
}
