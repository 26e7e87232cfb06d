import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { PublishError } from './publishError.ts';

/** `Authorization` may carry a token too: `SharedAccessSignature <token>`. */
const AUTHORIZATION_SCHEME = 'sharedaccesssignature ';

export interface CredentialsArgs {
  headers: IncomingHttpHeaders;
  url: URL;
  /** The topic's key, base64. */
  key: string;
  now: number;
}

/**
 * Lets a publisher in that shows the topic's key (`aeg-sas-key`, a header or a query parameter) or a token that the key signed
 * (`aeg-sas-token`: `r=<resource>&e=<expiry>&s=<signature>`, each part URL-encoded, HMAC-SHA256 over `r=…&e=…`).
 * Throws a `PublishError` 401 otherwise. See "Authenticate Azure Event Grid publishing clients using access keys or shared
 * access signatures" of Microsoft's documentation; its first sentence is that of the service.
 */
export function authorize({ headers, url, key, now }: CredentialsArgs): void {
  const sentKey = headers['aeg-sas-key'] ?? url.searchParams.get('aeg-sas-key');
  if (typeof sentKey === 'string') {
    if (!sameText(sentKey, key)) throw refusal(headers, 'The aeg-sas-key is not the key of this topic.');
    return;
  }
  const token = sentToken(headers);
  if (token === undefined)
    throw new PublishError(
      401,
      'Request must contain one of the following authorization signature: aeg-sas-token, aeg-sas-key.',
    );
  const fault = faultOf({ token, key, path: url.pathname, now });
  if (fault !== undefined) throw refusal(headers, fault);
}

function refusal(headers: IncomingHttpHeaders, reason: string): PublishError {
  const host = (headers.host ?? 'this topic').toUpperCase();
  return new PublishError(
    401,
    `The request authorization key is not authorized for ${host}. This is due to the reason: ${reason}`,
  );
}

function sentToken(headers: IncomingHttpHeaders): string | undefined {
  const header = headers['aeg-sas-token'];
  if (typeof header === 'string') return header;
  const authorization = headers.authorization ?? '';
  if (!authorization.toLowerCase().startsWith(AUTHORIZATION_SCHEME)) return undefined;
  return authorization.slice(AUTHORIZATION_SCHEME.length);
}

/** What is wrong with a token, if anything. */
function faultOf(args: { token: string; key: string; path: string; now: number }): string | undefined {
  const parts = /^r=([^&]+)&e=([^&]+)&s=([^&]+)$/.exec(args.token)?.slice(1).map(decode);
  const [resource, expiry, signature] = parts ?? [];
  if (resource === undefined || expiry === undefined || signature === undefined)
    return 'The aeg-sas-token must have the form r=UrlEncodedResource&e=UrlEncodedUtcExpiration&s=UrlEncodedSignature.';
  const signed = args.token.slice(0, args.token.lastIndexOf('&s='));
  const digest = createHmac('sha256', Buffer.from(args.key, 'base64')).update(signed).digest('base64');
  if (!sameText(signature, digest))
    return 'The signature of the aeg-sas-token was not made with the key of this topic.';
  if (!(expiryTime(expiry) > args.now)) return `The aeg-sas-token expired at ${expiry} (UTC).`;
  if (!covers(resource, args.path)) return `The aeg-sas-token is for ${resource}, not for this topic.`;
  return undefined;
}

/** Form encoders (.NET's `HttpUtility`) write a space as `+`; a plus sign is always `%2B`. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** Clients write the expiry as the en-US date of .NET (`6/5/2020 12:09:03 PM`) or as ISO 8601; without a zone both are UTC. */
function expiryTime(text: string): number {
  if (/[zZ]$|[+-]\d\d:?\d\d$/.test(text)) return Date.parse(text);
  return Date.parse(text.includes('T') ? `${text}Z` : `${text} UTC`);
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
