import type { AmqpError } from './amqp/conditions.ts';
import { unauthorized, type Claim } from './tokens.ts';

/** Longest time that a timer takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;

interface Watched {
  path: string;
  close(error: AmqpError): void;
}

/** What one connection may do, by the tokens that it has put; links end when their last token expires. */
export class Claims {
  readonly #claims = new Map<string, number>();
  readonly #watched = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;

  /** Adds a claim; a later one for the same path replaces it, which is how clients renew their tokens. */
  grant({ path, expiresAt }: Claim): void {
    this.#claims.set(path.toLowerCase(), expiresAt);
    this.#schedule();
  }

  /** Whether a valid claim is for the path or for one above it. */
  covers(path: string): boolean {
    const wanted = path.toLowerCase();
    const now = Date.now();
    for (const [claimed, expiresAt] of this.#claims) {
      const covered = claimed === '' || wanted === claimed || wanted.startsWith(`${claimed}/`);
      if (covered && expiresAt > now) return true;
    }
    return false;
  }

  /** @throws {AmqpError} `amqp:unauthorized-access` when no valid claim covers the path */
  require(path: string, right: 'Send' | 'Listen' | 'Manage'): void {
    if (this.covers(path)) return;
    const what = `Unauthorized access. '${right}' claim(s) are required to perform this operation. Resource: '${path}'.`;
    throw unauthorized(what);
  }

  /** Closes a link once no claim covers its path any more; returns the function that ends this. */
  watch(path: string, close: Watched['close']): () => void {
    const watched = { path, close };
    this.#watched.add(watched);
    return () => this.#watched.delete(watched);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#watched.clear();
    this.#claims.clear();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const next = Math.min(...this.#claims.values());
    if (!Number.isFinite(next)) return;
    const wait = Math.min(Math.max(next - Date.now(), 0), MAX_TIMER_MS);
    this.#timer = setTimeout(() => this.#expire(), wait).unref();
  }

  #expire(): void {
    const now = Date.now();
    for (const [path, expiresAt] of this.#claims) if (expiresAt <= now) this.#claims.delete(path);
    for (const { path, close } of [...this.#watched]) {
      if (!this.covers(path)) close(unauthorized(`ExpiredToken: The token for '${path}' is expired.`));
    }
    this.#schedule();
  }
}
