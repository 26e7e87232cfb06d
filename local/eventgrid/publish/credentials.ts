import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { PublishError } from './publishError.ts';

/** `Authorization` may carry a token too: `SharedAccessSignature <token>`. */
const AUTHORIZATION_SCHEME = 'sharedaccesssignature ';

/**
 * Lets a publisher in that shows the topic's key (`aeg-sas-key`) or a token that the key signed (`aeg-sas-token`:
 * `r=<resource>&e=<expiry>&s=<signature>`, each part URL-encoded, HMAC-SHA256 over `r=…&e=…`).
 * Throws a `PublishError` 401 otherwise.
 */
export function authorize(args: { headers: IncomingHttpHeaders; key: string; path: string; now: number }): void {
  const { headers, key } = args;
  const sentKey = headers['aeg-sas-key'];
  if (typeof sentKey === 'string') {
    if (!sameText(sentKey, key)) throw new PublishError(401, "The request's aeg-sas-key is not the key of this topic.");
    return;
  }
  const token = sentToken(headers);
  if (token === undefined)
    throw new PublishError(
      401,
      'Request must contain one of the following authorization signature: aeg-sas-token, aeg-sas-key.',
    );
  checkToken({ token, key, path: args.path, now: args.now });
}

function sentToken(headers: IncomingHttpHeaders): string | undefined {
  const header = headers['aeg-sas-token'];
  if (typeof header === 'string') return header;
  const authorization = headers.authorization ?? '';
  if (!authorization.toLowerCase().startsWith(AUTHORIZATION_SCHEME)) return undefined;
  return authorization.slice(AUTHORIZATION_SCHEME.length);
}

function checkToken(args: { token: string; key: string; path: string; now: number }): void {
  const match = /^r=([^&]+)&e=([^&]+)&s=([^&]+)$/.exec(args.token);
  if (!match)
    throw new PublishError(
      401,
      'Invalid aeg-sas-token. Valid format: r=UrlEncodedResource&e=UrlEncodedUtcExpiration&s=UrlEncodedSignature.',
    );
  const [, resource, expiry, signature] = match as unknown as [string, string, string, string];
  const signed = createHmac('sha256', Buffer.from(args.key, 'base64')).update(`r=${resource}&e=${expiry}`);
  if (!sameText(decode(signature), signed.digest('base64')))
    throw new PublishError(401, 'The signature of the aeg-sas-token was not made with the key of this topic.');
  if (!(expiryTime(decode(expiry)) > args.now))
    throw new PublishError(401, `The aeg-sas-token expired at ${decode(expiry)} (UTC).`);
  if (!covers(decode(resource), args.path))
    throw new PublishError(401, `The aeg-sas-token is for ${decode(resource)}, not for this topic.`);
}

/** Form encoders (.NET's `HttpUtility`) write a space as `+`; a plus sign is always `%2B`. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new PublishError(401, 'Invalid aeg-sas-token: a part is not URL-encoded.');
  }
}

/** Clients write the expiry as the en-US date of .NET (`6/5/2020 12:09:03 PM`) or as ISO 8601; both are UTC. */
function expiryTime(text: string): number {
  return Date.parse(/[zZ]$|[+-]\d\d:?\d\d$/.test(text) ? text : `${text} UTC`);
}

function covers(resource: string, path: string): boolean {
  if (!URL.canParse(resource)) return false;
  return new URL(resource).pathname.toLowerCase() === path.toLowerCase();
}

function sameText(left: string, right: string): boolean {
  const a = Buffer.from(left);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}
