import { hash, timingSafeEqual } from 'node:crypto';

/** Checks API keys against the SHA-256 digests of the accepted ones, in constant time over all of them. */
export function keyChecker(digests: readonly Buffer[]): (key: string) => boolean {
  return (key) => {
    const digest = hash('sha256', key, 'buffer');
    let accepted = false;
    for (const candidate of digests) accepted = timingSafeEqual(candidate, digest) || accepted;
    return accepted;
  };
}
