import { verify, type KeyObject } from 'node:crypto';

/** A token that is not accepted; the message says why, for the caller. */
export class TokenError extends Error {}

/** Claims that the API uses, all checked. Times in seconds since 1970. */
export interface Claims {
  sub: string;
  exp: number;
}

/** Signature algorithms (RFC 7518) and the keys that each may be used with. */
const ALGORITHMS = {
  RS256: { keyType: 'rsa', curve: undefined },
  ES256: { keyType: 'ec', curve: 'prime256v1' },
} as const;

/** Clocks of issuer and API may differ by this much. */
const CLOCK_SKEW_SECONDS = 60;
const MAX_TOKEN_LENGTH = 16_384;

/**
 * Verifies a JSON Web Token (RFC 7519, signed as in RFC 7515): algorithm, signature, issuer, audience and times.
 * `keyOf` finds the issuer's public key by its id.
 * @throws {TokenError} when the token is not accepted, and whatever `keyOf` throws.
 */
export async function verifyToken(
  token: string,
  expected: { issuer: string; audience: string },
  keyOf: (keyId: string | undefined) => Promise<KeyObject | undefined>,
  nowSeconds: number,
): Promise<Claims> {
  const parts = token.length <= MAX_TOKEN_LENGTH ? token.split('.') : [];
  const [header, payload, signature] = parts;
  if (parts.length !== 3 || !header || !payload || !signature)
    throw new TokenError('it is not a signed JSON Web Token');

  const { alg, kid, crit } = decodePart(header);
  if (crit !== undefined) throw new TokenError('it demands an extension (crit)');
  if (alg !== 'RS256' && alg !== 'ES256') throw new TokenError('its algorithm is neither RS256 nor ES256');
  const key = await keyOf(typeof kid === 'string' ? kid : undefined);
  if (!key) throw new TokenError('its signing key is unknown to the issuer');
  const { keyType, curve } = ALGORITHMS[alg];
  if (key.asymmetricKeyType !== keyType || key.asymmetricKeyDetails?.namedCurve !== curve) {
    throw new TokenError('its algorithm does not fit its signing key');
  }
  const signed = Buffer.from(`${header}.${payload}`, 'latin1');
  const options = { key, dsaEncoding: 'ieee-p1363' } as const;
  if (!verify('sha256', signed, options, Buffer.from(signature, 'base64url'))) {
    throw new TokenError('its signature is wrong');
  }
  return checkClaims(decodePart(payload), expected, nowSeconds);
}

function checkClaims(
  claims: Record<string, unknown>,
  { issuer, audience }: { issuer: string; audience: string },
  now: number,
): Claims {
  const { iss, aud, exp, nbf, sub } = claims;
  if (iss !== issuer) throw new TokenError(`its issuer is not ${issuer}`);
  if (!(Array.isArray(aud) ? aud : [aud]).includes(audience)) throw new TokenError(`its audience is not ${audience}`);
  if (typeof exp !== 'number') throw new TokenError('it has no expiry');
  if (exp + CLOCK_SKEW_SECONDS <= now) throw new TokenError('it has expired');
  if (nbf !== undefined && (typeof nbf !== 'number' || nbf - CLOCK_SKEW_SECONDS > now)) {
    throw new TokenError('it is not valid yet');
  }
  return { sub: typeof sub === 'string' ? sub : '', exp: exp + CLOCK_SKEW_SECONDS };
}

function decodePart(part: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new TokenError('it is not a signed JSON Web Token');
}
