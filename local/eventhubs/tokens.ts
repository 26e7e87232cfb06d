import { createHmac, timingSafeEqual } from 'node:crypto';
import { pathOf } from './addresses.ts';
import { AmqpError, Condition } from './amqp/conditions.ts';

export const SAS_TOKEN_TYPE = 'servicebus.windows.net:sastoken';
export const JWT_TOKEN_TYPE = 'jwt';

/** What somebody may want to do with an entity. */
export type Right = 'Send' | 'Listen' | 'Manage';

/** A shared access key of the namespace, with all rights. */
export interface AccessKey {
  name: string;
  key: string;
}

/** What a token allows: everything below a path of the namespace, until a time in milliseconds since 1970. */
export interface Claim {
  path: string;
  expiresAt: number;
  /** Asked in addition for each path: throws an `AmqpError` when the right is missing. Absent: all rights. */
  permits?(right: Right, path: string): void;
}

/** Checks a token of a given type; throws an `AmqpError` `amqp:unauthorized-access` with the reason for a bad one. */
export type TokenVerifier = (token: string, type: string) => Claim | Promise<Claim>;

/** The type of a token by its form, where nobody says it. */
export function tokenTypeOf(token: string): string {
  return token.startsWith('SharedAccessSignature ') ? SAS_TOKEN_TYPE : JWT_TOKEN_TYPE;
}

/** Takes whatever it is given: for a namespace without a key. */
export const anyToken: TokenVerifier = () => ({ path: '', expiresAt: Infinity });

/**
 * Checks shared access signatures: `SharedAccessSignature sr=<resource>&sig=<HMAC-SHA256>&se=<expiry>&skn=<key name>`,
 * the signature over the encoded resource, a line feed and the expiry in seconds since 1970.
 */
export function sasVerifier(
  accessKey: AccessKey,
  now: () => number = Date.now,
): (token: string, type: string) => Claim {
  return (token, type) => {
    if (type !== SAS_TOKEN_TYPE)
      throw unauthorized(`Tokens of the type '${type}' are not accepted; use ${SAS_TOKEN_TYPE}.`);
    const [scheme, fields = ''] = token.split(' ');
    const parts = new Map(fields.split('&').map((field) => splitField(field)));
    const [resource, signature, expiry, name] = ['sr', 'sig', 'se', 'skn'].map((key) => parts.get(key) ?? '');
    if (scheme !== 'SharedAccessSignature' || !resource || !signature || !/^\d+$/.test(expiry) || !name) {
      throw unauthorized('MalformedToken: The token is not a shared access signature.');
    }
    if (decode(name) !== accessKey.name)
      throw unauthorized(`InvalidSignature: There is no key with the name '${name}'.`);
    const expected = createHmac('sha256', accessKey.key).update(`${resource}\n${expiry}`).digest();
    const given = Buffer.from(decode(signature), 'base64');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw unauthorized('InvalidSignature: The token has an invalid signature.');
    }
    const expiresAt = Number(expiry) * 1_000;
    if (expiresAt <= now()) throw expired(expiresAt);
    return { path: resourcePath(decode(resource)), expiresAt };
  };
}

export function unauthorized(description: string): AmqpError {
  return new AmqpError(Condition.unauthorized, description);
}

/** Azure's text for a token whose time is over. */
export function expired(expiresAt: number): AmqpError {
  const time = Number.isFinite(new Date(expiresAt).getTime()) ? new Date(expiresAt).toISOString() : String(expiresAt);
  const when = time.replace('T', ' ').replace(/\.\d+Z$/, 'Z');
  return unauthorized(`ExpiredToken: The token is expired. Expiration time: '${when}'.`);
}

/** A resource may be written without a scheme, as the REST interface's documentation does: then its host comes first. */
function resourcePath(resource: string): string {
  return pathOf(/^[a-z]+:\/\//i.test(resource) ? resource : `sb://${resource}`);
}

function splitField(field: string): [string, string] {
  const equals = field.indexOf('=');
  return [field.slice(0, equals), field.slice(equals + 1)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', '%20'));
  } catch (error) {
    throw unauthorized(`MalformedToken: '${text}' is not URL-encoded (${(error as Error).message}).`);
  }
}
