import type { Json } from '../json.ts';
import type { BinaryOperator, Expression } from './ast.ts';
import { SQL_CODES, SqlError } from './errors.ts';
import { parseSelect } from './parser.ts';
import type { TokenStream } from './tokenStream.ts';

const COMPARISONS: Record<string, BinaryOperator> = {
  '=': '=',
  '!=': '!=',
  '<>': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};
/** From the loosest to the tightest. */
const BINARY_LEVELS: readonly (readonly BinaryOperator[])[] = [
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>', '>>>'],
  ['+', '-', '||'],
  ['*', '/', '%'],
];
const CONSTANTS = new Map<string, Json | undefined>([
  ['null', null],
  ['true', true],
  ['false', false],
  ['undefined', undefined],
]);
/** Deeper expressions are refused before they exhaust the stack. */
const MAXIMUM_NESTING = 200;

/** Parses a scalar expression; the precedence is that of Cosmos DB's grammar. */
export function parseExpression(tokens: TokenStream, depth = 0): Expression {
  if (depth > MAXIMUM_NESTING) throw tokens.unexpected();
  const condition = parseCoalesce(tokens, depth + 1);
  if (!tokens.acceptSymbol('?')) return condition;
  const then = parseExpression(tokens, depth + 1);
  tokens.expectSymbol(':');
  return { kind: 'conditional', condition, then, otherwise: parseExpression(tokens, depth + 1) };
}

function parseCoalesce(tokens: TokenStream, depth: number): Expression {
  let left = parseOr(tokens, depth);
  while (tokens.acceptSymbol('??')) left = { kind: 'coalesce', left, right: parseOr(tokens, depth) };
  return left;
}

function parseOr(tokens: TokenStream, depth: number): Expression {
  let left = parseAnd(tokens, depth);
  while (tokens.acceptKeyword('OR')) left = { kind: 'logical', operator: 'OR', left, right: parseAnd(tokens, depth) };
  return left;
}

function parseAnd(tokens: TokenStream, depth: number): Expression {
  let left = parseNot(tokens, depth);
  while (tokens.acceptKeyword('AND')) left = { kind: 'logical', operator: 'AND', left, right: parseNot(tokens, depth) };
  return left;
}

function parseNot(tokens: TokenStream, depth: number): Expression {
  if (depth > MAXIMUM_NESTING) throw tokens.unexpected();
  if (!tokens.acceptKeyword('NOT')) return parseComparison(tokens, depth);
  return { kind: 'unary', operator: 'NOT', operand: parseNot(tokens, depth + 1) };
}

function parseComparison(tokens: TokenStream, depth: number): Expression {
  let left = parseBinary(tokens, 0, depth);
  for (;;) {
    const operator = tokens.current.kind === 'symbol' ? COMPARISONS[tokens.current.text] : undefined;
    if (operator) {
      tokens.next();
      left = { kind: 'binary', operator, left, right: parseBinary(tokens, 0, depth) };
      continue;
    }
    const negated = tokens.isKeyword('NOT') && ['IN', 'BETWEEN', 'LIKE'].includes(tokens.peek().keyword);
    if (negated) tokens.next();
    const test = parseTest(tokens, left, depth);
    if (!test) return left;
    left = negated ? { kind: 'unary', operator: 'NOT', operand: test } : test;
  }
}

function parseTest(tokens: TokenStream, operand: Expression, depth: number): Expression | undefined {
  if (tokens.acceptKeyword('IN')) {
    tokens.expectSymbol('(');
    return { kind: 'in', operand, choices: parseList(tokens, ')', depth) };
  }
  if (tokens.acceptKeyword('BETWEEN')) {
    const low = parseBinary(tokens, 0, depth);
    tokens.expectKeyword('AND');
    return { kind: 'between', operand, low, high: parseBinary(tokens, 0, depth) };
  }
  if (tokens.acceptKeyword('LIKE')) {
    const pattern = parseBinary(tokens, 0, depth);
    if (!tokens.acceptKeyword('ESCAPE')) return { kind: 'like', operand, pattern };
    return { kind: 'like', operand, pattern, escape: parseBinary(tokens, 0, depth) };
  }
  return undefined;
}

function parseBinary(tokens: TokenStream, level: number, depth: number): Expression {
  const operators = BINARY_LEVELS[level];
  if (!operators) return parseUnary(tokens, depth);
  let left = parseBinary(tokens, level + 1, depth);
  for (;;) {
    const operator = operators.find((candidate) => tokens.isSymbol(candidate));
    if (!operator) return left;
    tokens.next();
    left = { kind: 'binary', operator, left, right: parseBinary(tokens, level + 1, depth) };
  }
}

function parseUnary(tokens: TokenStream, depth: number): Expression {
  if (depth > MAXIMUM_NESTING) throw tokens.unexpected();
  for (const operator of ['-', '+', '~'] as const) {
    if (tokens.acceptSymbol(operator)) return { kind: 'unary', operator, operand: parseUnary(tokens, depth + 1) };
  }
  return parseMembers(tokens, parsePrimary(tokens, depth), depth);
}

/** Reads `.name`, `["name"]`, `[0]` and `[@name]` after an expression. */
export function parseMembers(tokens: TokenStream, start: Expression, depth = 0): Expression {
  const first = tokens.current;
  let object = start;
  for (;;) {
    if (tokens.acceptSymbol('.')) {
      const property: Expression = { kind: 'literal', value: tokens.expectName().text };
      object = { kind: 'member', object, property, location: tokens.since(first) };
    } else if (tokens.acceptSymbol('[')) {
      const property = parseExpression(tokens, depth + 1);
      tokens.expectSymbol(']');
      object = { kind: 'member', object, property, location: tokens.since(first) };
    } else {
      return object;
    }
  }
}

function parsePrimary(tokens: TokenStream, depth: number): Expression {
  const token = tokens.current;
  if (token.kind === 'number') return { kind: 'literal', value: tokens.next().value };
  if (token.kind === 'string') return { kind: 'literal', value: tokens.next().text };
  if (token.kind === 'parameter') {
    tokens.next();
    return { kind: 'parameter', name: token.text, location: tokens.since(token) };
  }
  if (token.kind === 'name' && CONSTANTS.has(token.text)) {
    tokens.next();
    return { kind: 'literal', value: CONSTANTS.get(token.text) };
  }
  if (tokens.acceptSymbol('(')) return parseParenthesis(tokens, depth);
  if (tokens.acceptSymbol('[')) return { kind: 'array', elements: parseList(tokens, ']', depth) };
  if (tokens.acceptSymbol('{')) return parseObject(tokens, depth);
  if (tokens.isKeyword('EXISTS') || tokens.isKeyword('ARRAY')) {
    const kind = tokens.next().keyword === 'EXISTS' ? 'exists' : 'arrayQuery';
    tokens.expectSymbol('(');
    const query = parseSelect(tokens, depth + 1);
    tokens.expectSymbol(')');
    return { kind, query };
  }
  if (tokens.isKeyword('UDF')) {
    throw new SqlError(SQL_CODES.unsupported, 'User defined functions are not supported by the local service.', token);
  }
  const name = tokens.expectName();
  if (!tokens.acceptSymbol('(')) return { kind: 'identifier', name: name.text, location: tokens.since(token) };
  const args = parseList(tokens, ')', depth);
  return { kind: 'call', name: name.keyword, args, location: tokens.since(token) };
}

function parseParenthesis(tokens: TokenStream, depth: number): Expression {
  const inner: Expression = tokens.isKeyword('SELECT')
    ? { kind: 'scalarQuery', query: parseSelect(tokens, depth + 1) }
    : parseExpression(tokens, depth + 1);
  tokens.expectSymbol(')');
  return inner;
}

function parseList(tokens: TokenStream, end: ')' | ']', depth: number): Expression[] {
  const expressions: Expression[] = [];
  if (tokens.acceptSymbol(end)) return expressions;
  do expressions.push(parseExpression(tokens, depth + 1));
  while (tokens.acceptSymbol(','));
  tokens.expectSymbol(end);
  return expressions;
}

function parseObject(tokens: TokenStream, depth: number): Expression {
  const entries: { name: string; value: Expression }[] = [];
  if (tokens.acceptSymbol('}')) return { kind: 'object', entries };
  do {
    const name = tokens.current.kind === 'string' ? tokens.next().text : tokens.expectName().text;
    tokens.expectSymbol(':');
    entries.push({ name, value: parseExpression(tokens, depth + 1) });
  } while (tokens.acceptSymbol(','));
  tokens.expectSymbol('}');
  return { kind: 'object', entries };
}
