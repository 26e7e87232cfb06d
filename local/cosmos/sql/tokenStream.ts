import { syntaxError, type Location, type SqlError } from './errors.ts';
import { tokenize, type Token } from './lexer.ts';

/** Words that are not names, not even of a property after a dot (`c["order"]` is the way to write that). */
const RESERVED = new Set(
  'AND ARRAY AS ASC BETWEEN BY DESC DISTINCT EXISTS FROM GROUP IN JOIN LIKE NOT OR ORDER SELECT TOP UDF VALUE WHERE'.split(
    ' ',
  ),
);
/** Constants are written in lower case only. */
const CONSTANTS = new Set(['null', 'true', 'false', 'undefined']);

/** Reads the tokens of a query one after another. */
export class TokenStream {
  readonly #tokens: Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokenize(text);
  }

  get current(): Token {
    return this.#tokens[this.#at] as Token;
  }

  peek(ahead = 1): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)] as Token;
  }

  next(): Token {
    const token = this.current;
    if (token.kind !== 'end') this.#at += 1;
    return token;
  }

  /** From the start of an earlier token to the end of the last one read. */
  since(start: Token): Location {
    return { start: start.start, end: (this.#tokens[this.#at - 1] ?? start).end };
  }

  isSymbol(text: string): boolean {
    return this.current.kind === 'symbol' && this.current.text === text;
  }

  isKeyword(...words: string[]): boolean {
    return words.every((word, index) => this.peek(index).keyword === word);
  }

  acceptSymbol(text: string): boolean {
    const found = this.isSymbol(text);
    if (found) this.#at += 1;
    return found;
  }

  acceptKeyword(...words: string[]): boolean {
    const found = this.isKeyword(...words);
    if (found) this.#at += words.length;
    return found;
  }

  expectSymbol(text: string): void {
    if (!this.acceptSymbol(text)) throw this.unexpected();
  }

  expectKeyword(...words: string[]): void {
    if (!this.acceptKeyword(...words)) throw this.unexpected();
  }

  /** The name of a source, a property or a result. */
  expectName(): Token {
    if (!this.isName()) throw this.unexpected();
    return this.next();
  }

  isName(): boolean {
    const { kind, keyword, text } = this.current;
    return kind === 'name' && !RESERVED.has(keyword) && !CONSTANTS.has(text);
  }

  unexpected(): SqlError {
    const { text, start, end } = this.current;
    return syntaxError(text, { start, end });
  }
}
