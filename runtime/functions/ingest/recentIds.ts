import { PROFILE_LIMITS } from '../../contracts/documents.ts';

const DIGEST_LENGTH = 8;
const LONGEST = PROFILE_LIMITS.recentIds * DIGEST_LENGTH;

/** The event ids that a profile remembers: reads and extends `ProfileDocument.recentIds`, 8 characters per id. */
export class RecentIds {
  readonly #text: string;
  readonly #added: string[] = [];
  /** Built when more than two ids will be looked up: that is where it gets cheaper than searching the text. */
  readonly #set: Set<string> | undefined;

  /** `lookups`: how many calls of `has` to expect. */
  constructor(text: string, lookups: number) {
    this.#text = text;
    if (lookups <= 2) return;
    this.#set = new Set();
    for (let at = 0; at < text.length; at += DIGEST_LENGTH) this.#set.add(text.slice(at, at + DIGEST_LENGTH));
  }

  has(digest: string): boolean {
    if (this.#set) return this.#set.has(digest);
    let at = this.#text.indexOf(digest);
    while (at >= 0 && at % DIGEST_LENGTH !== 0) at = this.#text.indexOf(digest, at + 1);
    return at >= 0 || this.#added.includes(digest);
  }

  add(digest: string): void {
    this.#added.push(digest);
    this.#set?.add(digest);
  }

  /** The text with what was added, the oldest ids beyond the limit left out. */
  toString(): string {
    return (this.#text + this.#added.join('')).slice(-LONGEST);
  }
}
