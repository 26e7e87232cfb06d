import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { CosmosError } from '../errors.ts';
import type { Exchange } from './exchange.ts';
import { header } from './headers.ts';

/** Lets a request pass or throws the 401 or 403 of Cosmos DB. */
export type Authorize = (exchange: Exchange) => void | Promise<void>;

/** A signature is taken for so long before and after its date. */
const CLOCK_SKEW_MS = 15 * 60 * 1000;

/** Without a key every request passes. */
export function createAuthorize({ key, now }: { key?: string; now: () => number }): Authorize {
  if (key === undefined) return () => undefined;
  // Made into a key once: preparing one for each request costs more than the signature.
  const secret = createSecretKey(key, 'base64');
  return (exchange) => verifyMasterKey(exchange, secret, now());
}

/**
 * Verifies `type=master&ver=1.0&sig=…`: HMAC-SHA256 over method, resource type, resource link and date
 * (https://learn.microsoft.com/rest/api/cosmos-db/access-control-on-cosmosdb-resources).
 */
function verifyMasterKey(exchange: Exchange, secret: KeyObject, now: number): void {
  const authorization = header(exchange.headers, 'authorization');
  if (authorization === undefined) {
    throw unauthorized('Required Header authorization is missing. Ensure a valid Authorization token is passed.');
  }
  const { type, version, signature } = parseToken(authorization);
  if (type !== 'master' || version !== '1.0') {
    throw unauthorized(
      `The authorization token has the type "${type}" and version "${version}": only "master" and "1.0" are accepted here.`,
    );
  }
  const date = header(exchange.headers, 'x-ms-date');
  const plainDate = date === undefined ? (header(exchange.headers, 'date') ?? '') : '';
  const { resourceType, link } = signedResource(exchange.segments);
  const what = `${exchange.method}\n${resourceType}`.toLowerCase();
  const when = `${date ?? ''}\n${plainDate}`.toLowerCase();
  const payload = `${what}\n${link}\n${when}\n`;
  const expected = createHmac('sha256', secret).update(payload).digest();
  const given = Buffer.from(signature, 'base64');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw unauthorized(
      "The input authorization token can't serve the request. The wrong key is being used or the expected payload is not " +
        `built as per the protocol. Server used the following payload to sign: '${payload}'`,
    );
  }
  const milliseconds = Date.parse(date ?? plainDate);
  if (Number.isNaN(milliseconds) || Math.abs(now - milliseconds) > CLOCK_SKEW_MS) {
    throw new CosmosError(
      'The authorization token is not valid at the current time. Please create another token and retry ' +
        `(token start time: ${date ?? plainDate}, current server time: ${new Date(now).toUTCString()}).`,
      { status: 403 },
    );
  }
}

export function unauthorized(message: string): CosmosError {
  return new CosmosError(message, { status: 401 });
}

/** Reads the header `authorization`: `type=…&ver=…&sig=…`, percent-encoded or not. */
export function parseToken(authorization: string): { type: string; version: string; signature: string } {
  // Decoded by hand: a form decoder would turn the "+" of base64 into a space.
  const text = authorization.includes('%') ? decodeToken(authorization) : authorization;
  const match = /^type=([^&]*)&ver=([^&]*)&sig=(.*)$/.exec(text);
  if (!match)
    throw unauthorized('The authorization token must have the form "type=master&ver=1.0&sig=…", percent-encoded.');
  return { type: match[1] as string, version: match[2] as string, signature: match[3] as string };
}

function decodeToken(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unauthorized('The authorization token is not percent-encoded correctly.');
  }
}

/** What a signature names: for a feed the resource that it belongs to, else the resource itself. */
function signedResource(segments: readonly string[]): { resourceType: string; link: string } {
  if (segments[4] === 'operations') return { resourceType: 'colls', link: segments.slice(0, 4).join('/') };
  const isFeed = segments.length % 2 === 1;
  const resourceType = (isFeed ? segments.at(-1) : segments.at(-2)) ?? '';
  if (resourceType === 'offers') return { resourceType, link: (segments[1] ?? '').toLowerCase() };
  return { resourceType, link: (isFeed ? segments.slice(0, -1) : segments).join('/') };
}
