import type { IncomingHttpHeaders } from 'node:http';
import { AccessDenied } from '../../identity/accessControl.ts';
import { TokenRefused } from '../../identity/accessTokens.ts';
import { ACTIONS } from '../../identity/roles.ts';
import type { ServiceAccess } from '../../identity/serviceAccess.ts';
import { PublishError } from './publishError.ts';

/**
 * Lets a publisher in whose token of Microsoft Entra is for Event Grid and who may send to the topic (an ARM id).
 * Keys are refused, as by a topic with `disableLocalAuth`. Throws a `PublishError` 401 or 403 otherwise.
 */
export async function authorizeByIdentity(
  headers: IncomingHttpHeaders,
  topicId: string,
  { tokens, control }: Pick<ServiceAccess, 'tokens' | 'control'>,
): Promise<void> {
  const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (!token) {
    throw new PublishError(401, 'Local authentication is disabled for this topic: send a token of Microsoft Entra.');
  }
  try {
    control.require(await tokens.verify(token), ACTIONS.eventGrid.send, topicId);
  } catch (error) {
    if (error instanceof TokenRefused) throw new PublishError(401, `The token is not accepted: ${error.message}.`);
    if (error instanceof AccessDenied) throw new PublishError(403, error.message);
    throw error;
  }
}
