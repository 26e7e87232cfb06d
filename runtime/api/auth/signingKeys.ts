import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';

/** The issuer could not be asked for its keys; a token can be neither accepted nor refused. */
export class IssuerUnavailableError extends Error {}

const REFRESH_MS = 24 * 60 * 60_000;
/** An unknown key id makes the keys be fetched again, at most this often, so that made-up ids cannot flood the issuer. */
const UNKNOWN_KEY_MS = 30_000;
const FETCH_TIMEOUT_MS = 5_000;

/**
 * The public signing keys of an OpenID issuer, found through its discovery document (OpenID Connect Discovery 1.0) and
 * cached. Keys are fetched again once a day and when a token names an unknown one, as after a key rotation.
 */
export class SigningKeys {
  readonly #issuer: string;
  readonly #now: () => number;
  #keys = new Map<string, KeyObject>();
  #fetchedAt = -Infinity;
  #fetching: Promise<void> | undefined;

  constructor({ issuer, now = Date.now }: { issuer: string; now?: () => number }) {
    this.#issuer = issuer;
    this.#now = now;
  }

  /**
   * The key with an id; without an id the issuer's only key.
   * @throws {IssuerUnavailableError} when the keys are needed and cannot be fetched.
   */
  async find(keyId: string | undefined): Promise<KeyObject | undefined> {
    const age = this.#now() - this.#fetchedAt;
    const known = this.#lookUp(keyId);
    if (known && age < REFRESH_MS) return known;
    if (!known && age < UNKNOWN_KEY_MS) return undefined;
    this.#fetching ??= this.#fetch().finally(() => (this.#fetching = undefined));
    try {
      await this.#fetching;
    } catch (error) {
      if (known) return known;
      throw error;
    }
    return this.#lookUp(keyId);
  }

  #lookUp(keyId: string | undefined): KeyObject | undefined {
    if (keyId !== undefined) return this.#keys.get(keyId);
    return this.#keys.size === 1 ? this.#keys.values().next().value : undefined;
  }

  async #fetch(): Promise<void> {
    const discovery = await fetchJson(`${this.#issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`);
    if (discovery.issuer !== this.#issuer || typeof discovery.jwks_uri !== 'string') {
      throw new IssuerUnavailableError(`The discovery document of ${this.#issuer} is not its own.`);
    }
    const { keys } = await fetchJson(discovery.jwks_uri);
    this.#keys = readKeys(discovery.jwks_uri, Array.isArray(keys) ? (keys as unknown[]) : []);
    this.#fetchedAt = this.#now();
  }
}

/** The keys that can have signed an accepted token: RSA, and EC on P-256. */
function readKeys(url: string, entries: unknown[]): Map<string, KeyObject> {
  const keys = new Map<string, KeyObject>();
  for (const entry of entries) {
    const jwk = (entry ?? {}) as JsonWebKey & { kid?: unknown; use?: unknown };
    const fits = jwk.kty === 'RSA' || (jwk.kty === 'EC' && jwk.crv === 'P-256');
    if (!fits || (jwk.use !== undefined && jwk.use !== 'sig')) continue;
    try {
      keys.set(typeof jwk.kid === 'string' ? jwk.kid : '', createPublicKey({ key: jwk, format: 'jwk' }));
    } catch (error) {
      throw new IssuerUnavailableError(`${url} holds a key that cannot be read.`, { cause: error });
    }
  }
  return keys;
}

async function fetchJson(url: string): Promise<Record<string, unknown>> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS), redirect: 'error' });
    if (response.ok) return ((await response.json()) ?? {}) as Record<string, unknown>;
  } catch (error) {
    throw new IssuerUnavailableError(`${url} cannot be read.`, { cause: error });
  }
  throw new IssuerUnavailableError(`${url} answered with status ${response.status}.`);
}
