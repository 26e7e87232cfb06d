import type { Expression } from './ast.ts';
import { compile } from './compile.ts';
import { Scope, type Evaluate } from './environment.ts';

/** `path IN (values)` or, with one value, `path = value`, that every row of the result fulfils. */
export interface Equality {
  path: readonly string[];
  values: Evaluate[];
}

/** A bound of `_ts`. */
export interface TimeBound {
  operator: '<' | '<=' | '>' | '>=';
  value: Evaluate;
}

/** What a filter says about documents that an index can answer. */
export interface Pushdown {
  equalities: Equality[];
  times: TimeBound[];
  /** The filter says nothing besides the equalities. */
  equalitiesOnly: boolean;
}

const MIRRORED = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

/** Reads the conjuncts of a filter that compare a property of the document with constants or parameters. */
export function pushdownOf(where: Expression | undefined, alias: string): Pushdown {
  const pushdown: Pushdown = { equalities: [], times: [], equalitiesOnly: true };
  for (const conjunct of where ? conjuncts(where) : []) {
    const equality = equalityOf(conjunct, alias);
    if (equality) {
      pushdown.equalities.push(equality);
      continue;
    }
    pushdown.equalitiesOnly = false;
    const time = timeBoundOf(conjunct, alias);
    if (time) pushdown.times.push(time);
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

function timeBoundOf(expression: Expression, alias: string): TimeBound | undefined {
  if (expression.kind !== 'binary') return undefined;
  const { operator, left, right } = expression;
  if (operator !== '<' && operator !== '<=' && operator !== '>' && operator !== '>=') return undefined;
  if (isTimestamp(left, alias) && isConstant(right)) return { operator, value: constant(right) };
  if (isTimestamp(right, alias) && isConstant(left)) return { operator: MIRRORED[operator], value: constant(left) };
  return undefined;
}

function isTimestamp(expression: Expression, alias: string): boolean {
  const path = documentPath(expression, alias);
  return path?.length === 1 && path[0] === '_ts';
}

function isConstant({ kind }: Expression): boolean {
  return kind === 'literal' || kind === 'parameter';
}

function constant(expression: Expression): Evaluate {
  return compile(expression, { scope: new Scope() });
}
