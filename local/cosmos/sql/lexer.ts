import { syntaxError, type Location } from './errors.ts';

export type TokenKind = 'name' | 'number' | 'string' | 'parameter' | 'symbol' | 'end';

export interface Token extends Location {
  kind: TokenKind;
  /** As written; for a string without quotes and escapes. */
  text: string;
  /** Upper case, for names: keywords do not depend on case. */
  keyword: string;
  value?: number;
}

/** Longest first. */
const SYMBOLS = ['>>>', '<<', '>>', '<=', '>=', '<>', '!=', '??', '||', ...'()[]{}.,:?=<>+-*/%&|^~'];
const SPACE = /(?:\s+|--[^\n]*)+/y;
const NAME = /[A-Za-z_\u0080-\uffff$][A-Za-z0-9_\u0080-\uffff$]*/y;
const NUMBER = /0x[0-9a-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/iy;
const PARAMETER = /@[A-Za-z0-9_]+/y;
const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

/** Splits a query into tokens; the last one is of kind `end`. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  const push = (kind: TokenKind, length: number, content: string, value?: number) => {
    tokens.push({
      kind,
      text: content,
      keyword: kind === 'name' ? content.toUpperCase() : '',
      start: at,
      end: at + length,
      value,
    });
    at += length;
  };
  for (;;) {
    at += match(SPACE)?.length ?? 0;
    if (at >= text.length) break;
    const character = text[at] as string;
    if (character === "'" || character === '"') {
      const { content, length } = readString(text, at);
      push('string', length, content);
      continue;
    }
    const name = match(NAME);
    if (name) {
      push('name', name.length, name);
      continue;
    }
    const number = match(NUMBER);
    if (number) {
      push('number', number.length, number, Number(number));
      continue;
    }
    const parameter = match(PARAMETER);
    if (parameter) {
      push('parameter', parameter.length, parameter);
      continue;
    }
    const symbol = SYMBOLS.find((candidate) => text.startsWith(candidate, at));
    if (!symbol) throw syntaxError(character, { start: at, end: at + 1 });
    push('symbol', symbol.length, symbol);
  }
  push('end', 0, '');
  return tokens;
}

function readString(text: string, start: number): { content: string; length: number } {
  const quote = text[start];
  let content = '';
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text[at] as string;
    if (character === quote) return { content, length: at + 1 - start };
    if (character !== '\\') {
      content += character;
      continue;
    }
    at += 1;
    const escaped = text[at] ?? '';
    if (escaped === 'u' && /^[0-9a-f]{4}$/i.test(text.slice(at + 1, at + 5))) {
      content += String.fromCharCode(parseInt(text.slice(at + 1, at + 5), 16));
      at += 4;
    } else {
      content += ESCAPES[escaped] ?? escaped;
    }
  }
  throw syntaxError(text.slice(start), { start, end: text.length });
}
