import { AccessDenied, type AccessControl } from '../../identity/accessControl.ts';
import { TokenRefused, type Principal, type TokenVerifier } from '../../identity/accessTokens.ts';
import { ACTIONS } from '../../identity/roles.ts';
import { CosmosError, SUBSTATUS } from '../errors.ts';
import { parseToken, unauthorized, type Authorize } from './auth.ts';
import type { Exchange } from './exchange.ts';
import { header } from './headers.ts';
import { requiredAction, type RequiredAction } from './requiredAction.ts';

export interface IdentityAuthOptions {
  tokens: TokenVerifier;
  control: AccessControl;
  /** ARM id of the account. */
  accountId: string;
}

/**
 * Lets requests with a token of Microsoft Entra pass (`type=aad&ver=1.0&sig=<token>`) whose principal has a role for
 * what they do. Keys are refused, as by an account with `disableLocalAuth`.
 */
export function authorizeByIdentity({ tokens, control, accountId }: IdentityAuthOptions): Authorize {
  return async (exchange) => {
    const principal = await principalOf(exchange, tokens);
    const required = requiredAction(exchange);
    if (!required) {
      const what = `${exchange.method} /${exchange.segments.join('/')}`;
      throw new CosmosError(
        `Request blocked by Auth: ${what} cannot be authorized by a token in the data plane. Databases and containers ` +
          'are made and deleted through Azure Resource Manager.',
        { status: 403, substatus: SUBSTATUS.notAuthorizedByToken },
      );
    }
    if (readsAccount(required)) requireAnyRole(principal, control, accountId);
    else requireRole(principal, required, { control, accountId });
  };
}

async function principalOf({ headers }: Exchange, tokens: TokenVerifier): Promise<Principal> {
  const authorization = header(headers, 'authorization');
  if (authorization === undefined) {
    throw unauthorized('Required Header authorization is missing. Ensure a valid Authorization token is passed.');
  }
  const { type, version, signature } = parseToken(authorization);
  if (type !== 'aad' || version !== '1.0') {
    throw unauthorized('Local Authorization is disabled. Use an AAD token to authorize all requests.');
  }
  try {
    return await tokens.verify(signature);
  } catch (error) {
    if (error instanceof TokenRefused) throw unauthorized(`The token is not accepted: ${error.message}.`);
    throw error;
  }
}

/** Every client reads the account first; a role on any part of it is enough for that. */
function readsAccount({ action, scope }: RequiredAction): boolean {
  return action === ACTIONS.cosmos.readMetadata && scope === '';
}

function requireAnyRole(principal: Principal, control: AccessControl, accountId: string): void {
  if (control.isAllowedSomewhere(principal, ACTIONS.cosmos.readMetadata, accountId)) return;
  throw denied(control.deny(principal, ACTIONS.cosmos.readMetadata, accountId));
}

function requireRole(
  principal: Principal,
  { action, scope }: RequiredAction,
  { control, accountId }: { control: AccessControl; accountId: string },
): void {
  try {
    control.require(principal, action, `${accountId}${scope}`);
  } catch (error) {
    if (error instanceof AccessDenied) throw denied(error);
    throw error;
  }
}

function denied({ message }: AccessDenied): CosmosError {
  return new CosmosError(`Request blocked by Auth: ${message}`, { status: 403, substatus: SUBSTATUS.missingRole });
}
