import { parseAddress, pathOf } from './addresses.ts';
import { AmqpError, Condition } from './amqp/conditions.ts';
import type { Claims } from './claims.ts';
import type { Hubs } from './hubs.ts';
import type { Reply, RequestMessage } from './requestNode.ts';
import { unauthorized, type TokenVerifier } from './tokens.ts';

export interface PutTokenOptions {
  request: RequestMessage;
  hubs: Hubs;
  verify: TokenVerifier;
  claims: Claims;
}

/**
 * The `put-token` operation of claims-based security: a connection hands in a token for an audience (the URI of the
 * entity that it is going to use). An audience that does not exist is 404, so that clients fail at once.
 */
export async function putToken({ request, hubs, verify, claims }: PutTokenOptions): Promise<Reply> {
  const { operation, type, name } = (request.application_properties ?? {}) as Record<string, unknown>;
  if (operation !== 'put-token') {
    throw new AmqpError(Condition.notImplemented, `The operation '${String(operation)}' is not known; use put-token.`);
  }
  if (typeof name !== 'string' || typeof type !== 'string') {
    throw new AmqpError(Condition.argumentError, 'The application properties name and type must be strings.');
  }
  const claim = await verify(tokenText(request.body), type);
  const audience = pathOf(name).toLowerCase();
  const covered = claim.path.toLowerCase();
  if (covered !== '' && audience !== covered && !audience.startsWith(`${covered}/`)) {
    throw unauthorized(`The token is for '${claim.path}', which does not cover '${pathOf(name)}'.`);
  }
  requireExisting(name, hubs);
  claims.grant({ ...claim, path: audience });
  return { status: 202, description: 'Accepted' };
}

/** A namespace as a whole is a valid audience too. */
function requireExisting(audience: string, hubs: Hubs): void {
  if (pathOf(audience) === '') return;
  const address = parseAddress(audience);
  if (!('hub' in address) || address.hub === undefined) return;
  const hub = hubs.hub(address.hub);
  if (address.node === 'consumerGroup') hub.group(address.group);
}

function tokenText(body: unknown): string {
  if (typeof body === 'string') return body;
  const content = (body as { content?: unknown } | null)?.content;
  if (Buffer.isBuffer(content)) return content.toString('utf8');
  throw new AmqpError(Condition.argumentError, 'The body must be the token as a string.');
}
