import { refusalOf, type AmqpError } from './amqp/conditions.ts';
import { unauthorized, type Claim, type Right } from './tokens.ts';

/** Longest time that a timer takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;

interface Watched {
  path: string;
  right: Right;
  close(error: AmqpError): void;
}

/** What one connection may do, by the tokens that it has put; links end when their last token expires. */
export class Claims {
  /** By path in lower case. */
  readonly #claims = new Map<string, Claim>();
  readonly #watched = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;

  /** Adds a claim; a later one for the same path replaces it, which is how clients renew their tokens. */
  grant(claim: Claim): void {
    this.#claims.set(claim.path.toLowerCase(), claim);
    this.#schedule();
  }

  /** Whether a valid claim is for the path or for one above it. */
  covers(path: string): boolean {
    return this.#covering(path).length > 0;
  }

  /** @throws {AmqpError} `amqp:unauthorized-access` when no valid claim covers the path or none gives the right */
  require(path: string, right: Right): void {
    const claims = this.#covering(path);
    if (claims.some(({ permits }) => !permits)) return;
    // A connection puts tokens of one principal: what the last of them lacks, all lack.
    const last = claims.at(-1);
    if (last) return last.permits?.(right, path);
    const what = `Unauthorized access. '${right}' claim(s) are required to perform this operation. Resource: '${path}'.`;
    throw unauthorized(what);
  }

  /** Closes a link once no claim gives the right to its path any more; returns the function that ends this. */
  watch(watched: Watched): () => void {
    this.#watched.add(watched);
    return () => this.#watched.delete(watched);
  }

  /** Closes the links whose right has gone: their token has expired, or a role was taken away. */
  recheck(): void {
    for (const { path, right, close } of [...this.#watched]) {
      try {
        this.require(path, right);
      } catch (error) {
        close(refusalOf(error));
      }
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#watched.clear();
    this.#claims.clear();
  }

  #covering(path: string): Claim[] {
    const wanted = path.toLowerCase();
    const now = Date.now();
    return [...this.#claims].flatMap(([claimed, claim]) => {
      const covered = claimed === '' || wanted === claimed || wanted.startsWith(`${claimed}/`);
      return covered && claim.expiresAt > now ? [claim] : [];
    });
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const next = Math.min(...[...this.#claims.values()].map(({ expiresAt }) => expiresAt));
    if (!Number.isFinite(next)) return;
    const wait = Math.min(Math.max(next - Date.now(), 0), MAX_TIMER_MS);
    this.#timer = setTimeout(() => this.#expire(), wait).unref();
  }

  #expire(): void {
    const now = Date.now();
    for (const [path, { expiresAt }] of this.#claims) if (expiresAt <= now) this.#claims.delete(path);
    for (const { path, close } of [...this.#watched]) {
      if (!this.covers(path)) close(unauthorized(`ExpiredToken: The token for '${path}' is expired.`));
    }
    this.#schedule();
  }
}
