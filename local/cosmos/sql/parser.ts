import {
  isNestedDeeper,
  type Expression,
  type OrderItem,
  type Projection,
  type SelectItem,
  type SelectQuery,
  type Source,
} from './ast.ts';
import { SQL_CODES, SqlError, syntaxError } from './errors.ts';
import { parseExpression, parseMembers } from './parseExpression.ts';
import { TokenStream } from './tokenStream.ts';

/** A chain of as many operators; compiling and evaluating it must not exhaust the stack. */
const MAXIMUM_DEPTH = 2000;
const MAXIMUM_JOINS = 10;

/** Parses a whole query; what is no query is a `SqlError` with the place. */
export function parseQuery(text: string): SelectQuery {
  const tokens = new TokenStream(text);
  const query = parseSelect(tokens, 0);
  if (tokens.current.kind !== 'end') throw tokens.unexpected();
  if (isNestedDeeper(query, MAXIMUM_DEPTH)) {
    const message = `The query is too complex: an expression has more than ${MAXIMUM_DEPTH} levels.`;
    throw new SqlError(SQL_CODES.tooComplex, message, { start: 0, end: text.length });
  }
  return query;
}

/** Parses the predicate of a conditional patch: `from c where c.stock > 0`. */
export function parsePredicate(text: string): SelectQuery {
  return parseQuery(`SELECT * ${text}`);
}

/** Parses from SELECT on, up to what does not belong to the query. */
export function parseSelect(tokens: TokenStream, depth: number): SelectQuery {
  tokens.expectKeyword('SELECT');
  const distinct = tokens.acceptKeyword('DISTINCT');
  const top = tokens.acceptKeyword('TOP') ? parseCount(tokens) : undefined;
  const projection = parseProjection(tokens, depth);
  const query: SelectQuery = { distinct, top, projection, sources: [], groupBy: [], orderBy: [] };
  if (tokens.acceptKeyword('FROM')) {
    query.sources.push(parseSource(tokens, depth));
    while (tokens.isKeyword('JOIN')) {
      const join = tokens.next();
      if (query.sources.length > MAXIMUM_JOINS) {
        throw new SqlError(SQL_CODES.tooComplex, `A query has at most ${MAXIMUM_JOINS} JOINs.`, join);
      }
      query.sources.push(parseSource(tokens, depth));
    }
  }
  if (tokens.acceptKeyword('WHERE')) query.where = parseExpression(tokens, depth + 1);
  if (tokens.acceptKeyword('GROUP', 'BY')) query.groupBy = parseExpressions(tokens, depth);
  if (tokens.acceptKeyword('ORDER', 'BY')) query.orderBy = parseOrder(tokens, depth);
  if (tokens.acceptKeyword('OFFSET')) {
    query.offset = parseCount(tokens);
    tokens.expectKeyword('LIMIT');
    query.limit = parseCount(tokens);
  }
  return query;
}

function parseProjection(tokens: TokenStream, depth: number): Projection {
  const start = tokens.current;
  if (tokens.acceptSymbol('*')) return { kind: 'all', location: tokens.since(start) };
  if (tokens.acceptKeyword('VALUE')) {
    return { kind: 'value', expression: parseExpression(tokens, depth + 1), location: tokens.since(start) };
  }
  const items: SelectItem[] = [];
  do items.push(parseItem(tokens, depth));
  while (tokens.acceptSymbol(','));
  return { kind: 'list', items };
}

function parseItem(tokens: TokenStream, depth: number): SelectItem {
  const start = tokens.current;
  const expression = parseExpression(tokens, depth + 1);
  const name = tokens.acceptKeyword('AS') ? tokens.expectName().text : impliedName(expression);
  return { expression, name, location: tokens.since(start) };
}

function impliedName(expression: Expression): string | undefined {
  if (expression.kind === 'identifier') return expression.name;
  if (expression.kind !== 'member' || expression.property.kind !== 'literal') return undefined;
  return typeof expression.property.value === 'string' ? expression.property.value : undefined;
}

function parseSource(tokens: TokenStream, depth: number): Source {
  const start = tokens.current;
  if (tokens.isName() && tokens.peek().keyword === 'IN') {
    const alias = tokens.expectName().text;
    tokens.expectKeyword('IN');
    return { alias, iterates: true, from: parseOrigin(tokens, depth), location: tokens.since(start) };
  }
  const from = parseOrigin(tokens, depth);
  const alias = parseAlias(tokens) ?? (from.kind === 'path' ? impliedName(from.path) : '') ?? '';
  return { alias, iterates: false, from, location: tokens.since(start) };
}

function parseOrigin(tokens: TokenStream, depth: number): Source['from'] {
  if (tokens.acceptSymbol('(')) {
    const query = parseSelect(tokens, depth + 1);
    tokens.expectSymbol(')');
    return { kind: 'query', query };
  }
  const name = tokens.expectName();
  const root: Expression = { kind: 'identifier', name: name.text, location: tokens.since(name) };
  return { kind: 'path', path: parseMembers(tokens, root) };
}

function parseAlias(tokens: TokenStream): string | undefined {
  if (tokens.acceptKeyword('AS')) return tokens.expectName().text;
  // OFFSET is no reserved word, but it does not name a source either.
  return tokens.isName() && !tokens.isKeyword('OFFSET') ? tokens.next().text : undefined;
}

function parseOrder(tokens: TokenStream, depth: number): OrderItem[] {
  const items: OrderItem[] = [];
  do {
    const start = tokens.current;
    const expression = parseExpression(tokens, depth + 1);
    const descending = tokens.acceptKeyword('DESC');
    if (!descending) tokens.acceptKeyword('ASC');
    items.push({ expression, descending, location: tokens.since(start) });
  } while (tokens.acceptSymbol(','));
  return items;
}

function parseExpressions(tokens: TokenStream, depth: number): Expression[] {
  const expressions: Expression[] = [];
  do expressions.push(parseExpression(tokens, depth + 1));
  while (tokens.acceptSymbol(','));
  return expressions;
}

/** A number or a parameter after TOP, OFFSET and LIMIT. */
function parseCount(tokens: TokenStream): Expression {
  const token = tokens.next();
  if (token.kind === 'parameter') return { kind: 'parameter', name: token.text, location: tokens.since(token) };
  if (token.kind === 'number' && Number.isInteger(token.value)) return { kind: 'literal', value: token.value };
  throw syntaxError(token.text, token);
}
