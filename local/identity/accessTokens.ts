import { createPublicKey, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { errors, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Identity } from './directory.ts';

/** Tenant of every local stack. */
export const TENANT_ID = '00000000-0000-0000-0000-00000000a77e';

/** Issuer of tokens for Azure's data planes, as Entra writes it (version 1.0 tokens). */
export const ISSUER = `https://sts.windows.net/${TENANT_ID}/`;

/** Audiences ("resources") of the data planes, without the slash that some clients end them with. */
export const AUDIENCES = {
  eventHubs: ['https://eventhubs.azure.net', 'https://servicebus.azure.net'],
  /** Clients may also name the endpoint of the account itself. */
  cosmos: ['https://cosmos.azure.com'],
  eventGrid: ['https://eventgrid.azure.net'],
  blob: ['https://storage.azure.com'],
} as const;

/** Azure accepts clocks that differ by five minutes. */
const CLOCK_SKEW_SECONDS = 300;
const KEY_ID = 'local';
const REMEMBERED_TOKENS = 1_000;

/** Who a token is for. */
export interface Principal {
  principalId: string;
  clientId: string;
  /** Resource id of the managed identity. */
  resourceId: string;
  /** When the token ends, ms since 1970. */
  expiresAt: number;
}

/** A token that is not accepted; the message says why in one line. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
}

/** The key that signs the tokens of a stack, made at its first use, with its public half in a file of its own. */
export function ensureSigningKey({ signingKey, publicKey }: { signingKey: string; publicKey: string }): void {
  if (existsSync(signingKey) && existsSync(publicKey)) return;
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(signingKey, pair.privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
  writeFileSync(publicKey, pair.publicKey.export({ format: 'pem', type: 'spki' }));
}

/** The public half of the signing key as a JSON Web Key. */
export function publicJwk(signingKey: KeyObject) {
  return { ...createPublicKey(signingKey).export({ format: 'jwk' }), kid: KEY_ID, use: 'sig', alg: 'RS256' };
}

export interface IssueOptions {
  key: KeyObject;
  identity: Identity;
  audience: string;
  issuer: string;
  lifetimeSeconds: number;
}

/** Signs an access token with the claims that Entra gives to a managed identity. */
export async function issueToken({ key, identity, audience, issuer, lifetimeSeconds }: IssueOptions): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  const { principalId, clientId, resourceId } = identity;
  return new SignJWT({
    appid: clientId,
    oid: principalId,
    tid: TENANT_ID,
    idtyp: 'app',
    xms_mirid: resourceId,
    ver: '1.0',
  })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: KEY_ID })
    .setIssuer(issuer)
    .setSubject(principalId)
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt(now)
    .setNotBefore(now)
    .setExpirationTime(now + lifetimeSeconds)
    .sign(key);
}

/** Checks tokens of the local issuer for one service; those it has checked are remembered until they end. */
export class TokenVerifier {
  readonly #key: KeyObject;
  readonly #audiences: readonly string[];
  readonly #remembered = new LRUCache<string, Principal>({ max: REMEMBERED_TOKENS });

  constructor({ publicKey, audiences }: { publicKey: KeyObject; audiences: readonly string[] }) {
    this.#key = publicKey;
    this.#audiences = audiences.flatMap((audience) => [audience, `${audience}/`]);
  }

  /** @throws {TokenRefused} for a token of somebody else, for something else, or out of its time */
  async verify(token: string): Promise<Principal> {
    const known = this.#remembered.get(token);
    if (known && known.expiresAt > Date.now()) return known;
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: ['RS256'],
        issuer: ISSUER,
        audience: [...this.#audiences],
        clockTolerance: CLOCK_SKEW_SECONDS,
        requiredClaims: ['oid', 'exp'],
      });
      const principal = {
        principalId: String(payload.oid),
        clientId: String(payload.appid),
        resourceId: String(payload.xms_mirid),
        expiresAt: (payload.exp ?? 0) * 1_000,
      };
      this.#remembered.set(token, principal);
      return principal;
    } catch (error) {
      if (error instanceof errors.JOSEError) throw new TokenRefused(this.#reason(error), { cause: error });
      throw error;
    }
  }

  #reason(error: errors.JOSEError): string {
    if (error instanceof errors.JWTExpired) return 'the token has expired';
    if (error instanceof errors.JWTClaimValidationFailed) {
      if (error.claim === 'aud') {
        return `the token is for the audience ${JSON.stringify(error.payload.aud)}; this service is ${this.#audiences[0]}`;
      }
      if (error.claim === 'iss')
        return `the token's issuer is ${JSON.stringify(error.payload.iss)}; expected ${ISSUER}`;
      if (error.claim === 'nbf') return 'the token is not valid yet';
      return `the claim "${error.claim}" of the token is missing or wrong`;
    }
    if (error instanceof errors.JWSSignatureVerificationFailed) return 'the signature of the token is wrong';
    return 'it is not a token of this tenant';
  }
}
