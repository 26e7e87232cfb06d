import type { Json } from '../json.ts';
import { ExpressionError } from './errors.ts';
import { Scanner, type Token } from './scanner.ts';
import type { Expression } from './syntax.ts';

/** Deeper nesting is refused, so that no text can exhaust the stack. */
const MAX_DEPTH = 200;

const OPERAND = 'a function call, a text in single quotes, a number, true, false or null';

const KEYWORDS: Record<string, Json> = { true: true, false: false, null: null };

/**
 * Reads the expression that begins at `start`: calls, literals (`'it''s'`, numbers, true, false, null) and property
 * access in all its forms. Returns it with the offset of what follows. Throws an `ExpressionError` with the position.
 */
export function parseExpression(source: string, start: number): { expression: Expression; end: number } {
  const parser = new Parser(source, start);
  const expression = parser.expression(0);
  return { expression, end: parser.current.start };
}

class Parser {
  current: Token;
  readonly #scanner: Scanner;

  constructor(source: string, start: number) {
    this.#scanner = new Scanner({ source, start });
    this.current = this.#scanner.next();
  }

  expression(depth: number): Expression {
    if (depth > MAX_DEPTH) throw new ExpressionError(`the expression is nested more than ${MAX_DEPTH} levels deep`);
    let expression = this.#primary(depth);
    for (;;) {
      const access = this.#access(expression, depth);
      if (!access) return expression;
      expression = access;
    }
  }

  #primary(depth: number): Expression {
    const token = this.#advance();
    switch (token.kind) {
      case 'text':
        return { kind: 'literal', value: token.value };
      case 'number':
        return { kind: 'literal', value: Number(token.value), isFloat: /[.eE]/.test(token.value) };
      case 'identifier':
        return this.#named(token, depth);
      case 'symbol':
        // A fraction without a whole part, such as .5
        if (token.value === '.' && this.current.kind === 'number' && this.current.start === token.end)
          return { kind: 'literal', value: Number(`.${this.#advance().value}`), isFloat: true };
        throw this.#unexpected(token, OPERAND);
      default:
        throw this.#unexpected(token, OPERAND);
    }
  }

  #named(token: Token, depth: number): Expression {
    const name = token.value.toLowerCase();
    if (this.#skip('(')) return { kind: 'call', name, arguments: this.#arguments(depth) };
    const keyword = Object.hasOwn(KEYWORDS, name) ? KEYWORDS[name] : undefined;
    if (keyword !== undefined) return { kind: 'literal', value: keyword };
    throw new ExpressionError(
      `"${token.value}" at position ${token.start} is no function call; write ${token.value}(…), or '${token.value}' for a text`,
    );
  }

  #arguments(depth: number): Expression[] {
    const list: Expression[] = [];
    if (this.#skip(')')) return list;
    do list.push(this.expression(depth + 1));
    while (this.#skip(','));
    this.#expect(')');
    return list;
  }

  #access(target: Expression, depth: number): Expression | undefined {
    const optional = this.#skip('?');
    if (this.#skip('.')) {
      const token = this.#advance();
      if (token.kind !== 'identifier') throw this.#unexpected(token, 'the name of a property');
      return { kind: 'access', target, key: { kind: 'literal', value: token.value }, optional };
    }
    if (this.#skip('[')) {
      const key = this.expression(depth + 1);
      this.#expect(']');
      return { kind: 'access', target, key, optional };
    }
    if (optional) throw this.#unexpected(this.current, '.name or [name] after the question mark');
    return undefined;
  }

  #advance(): Token {
    const token = this.current;
    this.current = this.#scanner.next();
    return token;
  }

  #skip(symbol: string): boolean {
    if (this.current.kind !== 'symbol' || this.current.value !== symbol) return false;
    this.#advance();
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#skip(symbol)) throw this.#unexpected(this.current, `"${symbol}"`);
  }

  #unexpected(token: Token, wanted: string): ExpressionError {
    const found = token.kind === 'end' ? 'the expression ends' : `"${token.value}" stands`;
    return new ExpressionError(`${found} at position ${token.start} where ${wanted} is expected`);
  }
}
