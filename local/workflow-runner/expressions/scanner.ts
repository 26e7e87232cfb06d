import { ExpressionError } from './errors.ts';

type TokenKind = 'identifier' | 'text' | 'number' | 'symbol' | 'end';

export interface Token {
  kind: TokenKind;
  /** A text literal without its quotes; `''` for the end. */
  value: string;
  /** Offsets in the source. */
  start: number;
  end: number;
}

const SYMBOLS = '.,()[]?';
const NUMBER = /[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** Everything that has no meaning of its own: names of properties may hold `$`, `-` or letters of any script. */
const IDENTIFIER = /[^\s.,()[\]?'"{}@+]+/y;
const SPACE = /\s*/y;

/** Reads the tokens of one expression, from an offset on. */
export class Scanner {
  readonly source: string;
  #position: number;

  constructor(args: { source: string; start: number }) {
    this.source = args.source;
    this.#position = args.start;
  }

  next(): Token {
    this.#position = this.#match(SPACE)?.end ?? this.#position;
    const start = this.#position;
    const char = this.source[start];
    if (char === undefined || char === '}') return { kind: 'end', value: '', start, end: start };
    if (SYMBOLS.includes(char)) return this.#take({ kind: 'symbol', value: char, start, end: start + 1 });
    if (char === "'") return this.#take(this.#text(start));
    const number = this.#match(NUMBER);
    if (number) return this.#take({ ...number, kind: 'number' });
    const identifier = this.#match(IDENTIFIER);
    if (identifier) return this.#take({ ...identifier, kind: 'identifier' });
    throw new ExpressionError(`unexpected character ${JSON.stringify(char)} at position ${start}`);
  }

  #take(token: Token): Token {
    this.#position = token.end;
    return token;
  }

  #match(pattern: RegExp): { value: string; start: number; end: number } | undefined {
    pattern.lastIndex = this.#position;
    const value = pattern.exec(this.source)?.[0];
    return value === undefined ? undefined : { value, start: this.#position, end: this.#position + value.length };
  }

  /** Two quotes inside a text stand for one. */
  #text(start: number): Token {
    let value = '';
    for (let from = start + 1; ;) {
      const quote = this.source.indexOf("'", from);
      if (quote < 0) throw new ExpressionError(`the text that begins at position ${start} has no closing quote`);
      value += this.source.slice(from, quote);
      if (this.source[quote + 1] !== "'") return { kind: 'text', value, start, end: quote + 1 };
      value += "'";
      from = quote + 2;
    }
  }
}
