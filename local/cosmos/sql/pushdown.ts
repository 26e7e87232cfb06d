import { children, type Expression } from './ast.ts';
import { compile } from './compile.ts';
import { Scope, type Evaluate } from './environment.ts';

/** `path IN (values)` or, with one value, `path = value`, that every row of the result fulfils. */
export interface Equality {
  path: readonly string[];
  values: Evaluate[];
}

/** A bound of a property that is kept in a column of its own. */
export interface Bound {
  property: 'id' | '_ts';
  operator: '<' | '<=' | '>' | '>=';
  value: Evaluate;
}

/** What a filter says about documents that an index can answer. */
export interface Pushdown {
  equalities: Equality[];
  bounds: Bound[];
  /** The filter says nothing besides the equalities. */
  equalitiesOnly: boolean;
}

const MIRRORED = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

/** Reads the conjuncts of a filter that compare a property of the document with constants or parameters. */
export function pushdownOf(where: Expression | undefined, alias: string): Pushdown {
  const pushdown: Pushdown = { equalities: [], bounds: [], equalitiesOnly: true };
  for (const conjunct of where ? conjuncts(where) : []) {
    const equality = equalityOf(conjunct, alias);
    if (equality) {
      pushdown.equalities.push(equality);
      continue;
    }
    pushdown.equalitiesOnly = false;
    const bound = boundOf(conjunct, alias);
    if (bound) pushdown.bounds.push(bound);
  }
  return pushdown;
}

/** The property names of `alias.a.b`; `undefined` for any other expression. */
export function documentPath(expression: Expression, alias: string): string[] | undefined {
  if (expression.kind === 'identifier') return expression.name === alias ? [] : undefined;
  if (expression.kind !== 'member' || expression.property.kind !== 'literal') return undefined;
  const path = documentPath(expression.object, alias);
  const { value } = expression.property;
  return path && typeof value === 'string' ? [...path, value] : undefined;
}

/**
 * The properties that a filter looks at, as far as they can be told from the query; `undefined` where they cannot, as in
 * a subquery.
 */
export function filterPaths(where: Expression, alias: string): string[][] | undefined {
  const path = documentPath(where, alias);
  if (path) return [path];
  if ('query' in where || where.kind === 'identifier') return undefined;
  const paths: string[][] = [];
  for (const part of children(where)) {
    const found = filterPaths(part, alias);
    if (!found) return undefined;
    paths.push(...found);
  }
  return paths;
}

function conjuncts(expression: Expression): Expression[] {
  if (expression.kind !== 'logical' || expression.operator !== 'AND') return [expression];
  return [...conjuncts(expression.left), ...conjuncts(expression.right)];
}

function equalityOf(expression: Expression, alias: string): Equality | undefined {
  if (expression.kind === 'in') return equality(expression.operand, expression.choices, alias);
  if (expression.kind !== 'binary' || expression.operator !== '=') return undefined;
  const { left, right } = expression;
  return equality(left, [right], alias) ?? equality(right, [left], alias);
}

function equality(property: Expression, values: Expression[], alias: string): Equality | undefined {
  const path = documentPath(property, alias);
  return path && path.length > 0 && values.every(isConstant) ? { path, values: values.map(constant) } : undefined;
}

function boundOf(expression: Expression, alias: string): Bound | undefined {
  if (expression.kind !== 'binary') return undefined;
  const { operator, left, right } = expression;
  if (operator !== '<' && operator !== '<=' && operator !== '>' && operator !== '>=') return undefined;
  const [leftProperty, rightProperty] = [columnOf(left, alias), columnOf(right, alias)];
  if (leftProperty && isConstant(right)) return { property: leftProperty, operator, value: constant(right) };
  if (!rightProperty || !isConstant(left)) return undefined;
  return { property: rightProperty, operator: MIRRORED[operator], value: constant(left) };
}

function columnOf(expression: Expression, alias: string): Bound['property'] | undefined {
  const [name, ...rest] = documentPath(expression, alias) ?? [];
  return rest.length === 0 && (name === 'id' || name === '_ts') ? name : undefined;
}

function isConstant({ kind }: Expression): boolean {
  return kind === 'literal' || kind === 'parameter';
}

function constant(expression: Expression): Evaluate {
  return compile(expression, { scope: new Scope() });
}
