import type { Json, Value } from '../json.ts';
import { AGGREGATES } from './aggregate.ts';
import { children, type Expression, type Projection, type SelectQuery, type Source } from './ast.ts';
import { RowCollector } from './collector.ts';
import { compile, fingerprint, type CompileContext, type Grouping } from './compile.ts';
import { Scope, type Environment, type Evaluate } from './environment.ts';
import { SQL_CODES, SqlError } from './errors.ts';
import { countRow } from './limits.ts';

export interface SourcePlan {
  slot: number;
  /** One row per element instead of one row with the value. */
  iterates: boolean;
  /** Values that the source gives: of a path, or rows of a subquery. */
  values: (environment: Environment) => readonly Value[];
}

/** A compiled query. The container itself, where it is a source, is bound by whoever runs it. */
export interface SelectPlan {
  sources: SourcePlan[];
  where?: Evaluate;
  /** For GROUP BY and aggregates. */
  grouping?: { keys: Evaluate[]; aggregates: Grouping['aggregates'] };
  project: Evaluate;
  distinct: boolean;
  order: { evaluate: Evaluate; descending: boolean }[];
  top?: Evaluate;
  offset?: Evaluate;
  limit?: Evaluate;
}

/** Compiles a subquery, which sees the sources of the queries around it. */
export function compileSelect(query: SelectQuery, outer: Scope): SelectPlan {
  const [ordered] = query.orderBy;
  if (ordered) {
    throw new SqlError(SQL_CODES.orderBy, "'ORDER BY' is not supported in subqueries.", ordered.location);
  }
  const scope = new Scope(outer);
  return compilePlan(
    query,
    scope,
    query.sources.map((source) => compileSource(source, scope)),
  );
}

/** Compiles what follows the sources. */
export function compilePlan(query: SelectQuery, scope: Scope, sources: SourcePlan[]): SelectPlan {
  const { projection } = query;
  const context: CompileContext = { scope };
  const grouped = query.groupBy.length > 0 || projected(projection).some(hasAggregate);
  const plan: SelectPlan = {
    sources,
    where: query.where && compile(query.where, context),
    project: () => undefined,
    distinct: query.distinct,
    order: [],
    top: query.top && compile(query.top, context),
    offset: query.offset && compile(query.offset, context),
    limit: query.limit && compile(query.limit, context),
  };
  if (grouped) {
    const grouping: Grouping = { keys: query.groupBy.map(fingerprint), aggregates: [] };
    refuseOrderOfGroups(query);
    plan.project = compileProjection(query, { scope, grouping });
    plan.grouping = { keys: query.groupBy.map((key) => compile(key, context)), aggregates: grouping.aggregates };
  } else {
    plan.project = compileProjection(query, context);
    plan.order = query.orderBy.map(({ expression, descending }) => ({
      evaluate: compile(expression, context),
      descending: descending || ordersBySimilarity(expression),
    }));
  }
  refuseGroupsOfGroups(query, grouped);
  return plan;
}

/** Compiles one source and declares its alias for those after it. */
export function compileSource(source: Source, scope: Scope): SourcePlan {
  const { from, iterates, alias, location } = source;
  const values =
    from.kind === 'path' ? pathValues(compile(from.path, { scope }), iterates) : queryRows(from.query, scope, iterates);
  if (alias !== '' && scope.declaresHere(alias)) {
    throw new SqlError(
      SQL_CODES.unresolved,
      `The input alias '${alias}' is specified more than once in the FROM clause.`,
      location,
    );
  }
  return { slot: scope.declare(alias), iterates, values };
}

export function pathValues(path: Evaluate, iterates: boolean): (environment: Environment) => readonly Value[] {
  return (environment) => {
    const value = path(environment);
    if (!iterates) return value === undefined ? [] : [value];
    return Array.isArray(value) ? value : [];
  };
}

/** Rows of a subquery: `(SELECT …) AS x` gives one for each, `x IN (SELECT …)` one for each element of those that are arrays. */
function queryRows(
  query: SelectQuery,
  scope: Scope,
  iterates: boolean,
): (environment: Environment) => readonly Value[] {
  const plan = compileSelect(query, scope);
  if (!iterates) return (environment) => runSelect(plan, environment);
  return (environment) => runSelect(plan, environment).flatMap((row) => (Array.isArray(row) ? row : []));
}

/** Runs a subquery in the environment of the query around it. */
export function runSelect(plan: SelectPlan, environment: Environment): Json[] {
  const collector = new RowCollector<Json>(plan, plan.project);
  forEachRow(plan, environment, 0, () => collector.add(environment));
  return collector.rows(environment);
}

/**
 * Binds the sources from one on in every combination and visits those that the filter lets through. Nobody else has a turn
 * meanwhile, so there is a limit (`countRow`).
 */
export function forEachRow(plan: SelectPlan, environment: Environment, source: number, visit: () => void): void {
  const current = plan.sources[source];
  if (!current) {
    countRow(environment.work);
    if (!plan.where || plan.where(environment) === true) visit();
    return;
  }
  for (const value of current.values(environment)) {
    environment.slots[current.slot] = value;
    forEachRow(plan, environment, source + 1, visit);
  }
}

/** The same one combination at a time, so that others can have a turn: `true` for one that the filter lets through. */
export function* eachRow(plan: SelectPlan, environment: Environment, source = 0): Generator<boolean> {
  const current = plan.sources[source];
  if (!current) {
    yield !plan.where || plan.where(environment) === true;
    return;
  }
  for (const value of current.values(environment)) {
    environment.slots[current.slot] = value;
    yield* eachRow(plan, environment, source + 1);
  }
}

/** Whether an aggregate belongs to the query itself, not to a subquery of it. */
export function hasAggregate(expression: Expression): boolean {
  if (expression.kind === 'call' && Object.hasOwn(AGGREGATES, expression.name)) return true;
  return children(expression).some(hasAggregate);
}

export function projected(projection: Projection): Expression[] {
  if (projection.kind === 'all') return [];
  return projection.kind === 'value' ? [projection.expression] : projection.items.map((item) => item.expression);
}

function compileProjection(query: SelectQuery, context: CompileContext): Evaluate {
  const { projection, sources } = query;
  if (projection.kind === 'value') return compile(projection.expression, context);
  if (projection.kind === 'all') {
    const [only] = sources;
    if (!only || sources.length > 1) {
      const message = only
        ? "'SELECT *' is only valid with a single input set."
        : "'SELECT *' is not valid if FROM clause is omitted.";
      throw new SqlError(SQL_CODES.selectAll, message, projection.location);
    }
    return compile({ kind: 'identifier', name: only.alias, location: projection.location }, context);
  }
  let unnamed = 0;
  const entries = projection.items.map((item) => ({
    name: item.name ?? `$${++unnamed}`,
    value: item.expression,
  }));
  return compile({ kind: 'object', entries }, context);
}

/** An order by vector distance puts the most similar first: of a similarity that is the highest. */
function ordersBySimilarity(expression: Expression): boolean {
  if (expression.kind !== 'call' || expression.name !== 'VECTORDISTANCE') return false;
  const options = expression.args[3];
  if (options?.kind !== 'object') return true;
  const named = options.entries.find(({ name }) => name === 'distanceFunction')?.value;
  return !(named?.kind === 'literal' && String(named.value).toLowerCase() === 'euclidean');
}

function refuseGroupsOfGroups({ sources }: SelectQuery, grouped: boolean): void {
  const inner = sources.find(({ from }) => from.kind === 'query' && from.query.groupBy.length > 0);
  if (!grouped || !inner) return;
  const message = 'A query with an aggregate is not supported on a subquery with GROUP BY.';
  throw new SqlError(SQL_CODES.grouping, message, inner.location);
}

function refuseOrderOfGroups(query: SelectQuery): void {
  const [ordered] = query.orderBy;
  if (ordered && query.groupBy.length > 0) {
    throw new SqlError(SQL_CODES.orderBy, "'ORDER BY' is not supported in presence of GROUP BY.", ordered.location);
  }
}
