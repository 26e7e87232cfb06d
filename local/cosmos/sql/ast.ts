import type { Json } from '../json.ts';
import type { Location } from './errors.ts';

export type BinaryOperator =
  '=' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '%' | '||' | '&' | '|' | '^' | '<<' | '>>' | '>>>';

export type Expression =
  | { kind: 'literal'; value: Json | undefined }
  | { kind: 'parameter'; name: string; location: Location }
  | { kind: 'identifier'; name: string; location: Location }
  | { kind: 'member'; object: Expression; property: Expression; location: Location }
  | { kind: 'array'; elements: Expression[] }
  | { kind: 'object'; entries: { name: string; value: Expression }[] }
  | { kind: 'unary'; operator: '-' | '+' | '~' | 'NOT'; operand: Expression }
  | { kind: 'binary'; operator: BinaryOperator; left: Expression; right: Expression }
  | { kind: 'logical'; operator: 'AND' | 'OR'; left: Expression; right: Expression }
  | { kind: 'coalesce'; left: Expression; right: Expression }
  | { kind: 'conditional'; condition: Expression; then: Expression; otherwise: Expression }
  | { kind: 'in'; operand: Expression; choices: Expression[] }
  | { kind: 'between'; operand: Expression; low: Expression; high: Expression }
  | { kind: 'like'; operand: Expression; pattern: Expression; escape?: Expression }
  | { kind: 'call'; name: string; args: Expression[]; location: Location }
  | { kind: 'exists'; query: SelectQuery }
  | { kind: 'arrayQuery'; query: SelectQuery }
  | { kind: 'scalarQuery'; query: SelectQuery };

/** Where rows come from: the container, a path in an earlier source, or a subquery. */
export interface Source {
  /** Name that the rest of the query uses. */
  alias: string;
  /** `IN`: one row per element of the array instead of one row with the value. */
  iterates: boolean;
  from: { kind: 'path'; path: Expression } | { kind: 'query'; query: SelectQuery };
  location: Location;
}

export interface SelectItem {
  expression: Expression;
  /** Name in the result; absent where Cosmos DB numbers it (`$1`). */
  name?: string;
  location: Location;
}

export type Projection =
  | { kind: 'all'; location: Location }
  | { kind: 'value'; expression: Expression; location: Location }
  | { kind: 'list'; items: SelectItem[] };

export interface OrderItem {
  expression: Expression;
  descending: boolean;
  location: Location;
}

export interface SelectQuery {
  distinct: boolean;
  top?: Expression;
  projection: Projection;
  sources: Source[];
  where?: Expression;
  groupBy: Expression[];
  orderBy: OrderItem[];
  offset?: Expression;
  limit?: Expression;
}

/** The expressions that an expression consists of; those of a subquery belong to the subquery. */
export function children(expression: Expression): Expression[] {
  switch (expression.kind) {
    case 'literal':
    case 'parameter':
    case 'identifier':
    case 'exists':
    case 'arrayQuery':
    case 'scalarQuery':
      return [];
    case 'member':
      return [expression.object, expression.property];
    case 'array':
      return expression.elements;
    case 'object':
      return expression.entries.map((entry) => entry.value);
    case 'unary':
      return [expression.operand];
    case 'binary':
    case 'logical':
    case 'coalesce':
      return [expression.left, expression.right];
    case 'conditional':
      return [expression.condition, expression.then, expression.otherwise];
    case 'in':
      return [expression.operand, ...expression.choices];
    case 'between':
      return [expression.operand, expression.low, expression.high];
    case 'like':
      return [expression.operand, expression.pattern, ...(expression.escape ? [expression.escape] : [])];
    case 'call':
      return expression.args;
  }
}

/** Whether an expression of a query, those of its subqueries included, is nested deeper. */
export function isNestedDeeper(query: SelectQuery, levels: number): boolean {
  const open = expressions(query).map((expression) => ({ expression, depth: 1 }));
  for (let next = open.pop(); next; next = open.pop()) {
    const { expression, depth } = next;
    if (depth > levels) return true;
    const parts = 'query' in expression ? expressions(expression.query) : children(expression);
    for (const part of parts) open.push({ expression: part, depth: depth + 1 });
  }
  return false;
}

function expressions(query: SelectQuery): Expression[] {
  const { projection, sources, where, groupBy, orderBy } = query;
  const listed = projection.kind === 'list' ? projection.items.map((item) => item.expression) : [];
  return [
    ...(projection.kind === 'value' ? [projection.expression] : listed),
    ...sources.flatMap(({ from }) => (from.kind === 'path' ? [from.path] : expressions(from.query))),
    ...(where ? [where] : []),
    ...groupBy,
    ...orderBy.map((item) => item.expression),
  ];
}
