import type { SortPath } from '../indexingPolicy.ts';
import type { Json } from '../json.ts';
import type { Expression, OrderItem, SelectQuery } from './ast.ts';
import { compile } from './compile.ts';
import { Scope, type Environment } from './environment.ts';
import { SQL_CODES, SqlError, type Location } from './errors.ts';
import { parsePredicate, parseQuery } from './parser.ts';
import { documentPath, filterPaths, pushdownOf, type Pushdown } from './pushdown.ts';
import { compilePlan, compileSource, hasAggregate, pathValues, projected, type SelectPlan } from './select.ts';

/** A query over the documents of a container, compiled. */
export interface ContainerQuery {
  plan: SelectPlan;
  /** Place that each document is put in before its rows are asked for. */
  root: number;
  /** The query has a FROM clause; without one it has a single row. */
  readsDocuments: boolean;
  /** A row is a whole document as it is stored. */
  givesDocuments: boolean;
  /** Nothing can be put out before everything has been seen. */
  needsAllRows: boolean;
  /** The query is `SELECT VALUE COUNT(1)`: with a filter that an index answers, no document has to be read. */
  onlyCounts: boolean;
  /** Properties of ORDER BY, which have to be indexed. */
  order: SortPath[];
  pushdown: Pushdown;
  /** Properties that the filter looks at; `undefined` without a filter and where they cannot be told. */
  filterPaths?: string[][];
  /** Aggregates that are not the VALUE of the query; clients cannot merge those of several partitions. */
  aggregatesWithoutValue: string[];
}

const CACHE_LIMIT = 500;
const cache = new Map<string, ContainerQuery>();

/** Parses and compiles a query, or finds it among those used lately. */
export function containerQuery(text: string): ContainerQuery {
  return cached(text, () => compileQuery(parseQuery(text)));
}

/** Compiles the condition of a patch, `from c where …`; the document fulfils it if the query gives a row. */
export function patchCondition(text: string): ContainerQuery {
  return cached(`SELECT * ${text}`, () => compileQuery(parsePredicate(text)));
}

export function newEnvironment(parameters: ReadonlyMap<string, Json>, now: number): Environment {
  return { slots: [], parameters, now, aggregates: [], keys: [], work: { rows: 0 } };
}

/** The values of the parameters that a request brings. */
export function parameterMap(parameters: readonly { name: string; value?: Json }[]): Map<string, Json> {
  return new Map(parameters.map(({ name, value }) => [name, value as Json]));
}

function cached(key: string, make: () => ContainerQuery): ContainerQuery {
  const found = cache.get(key);
  // Put last, so that the first of the map is the one not used for longest.
  cache.delete(key);
  const query = found ?? make();
  cache.set(key, query);
  if (cache.size > CACHE_LIMIT) cache.delete(cache.keys().next().value as string);
  return query;
}

function compileQuery(query: SelectQuery): ContainerQuery {
  const [first, ...joins] = query.sources;
  const container = new Scope();
  if (!first) {
    const plan = compilePlan(query, container, []);
    return { ...shape(query, plan), root: 0, readsDocuments: false, order: [], pushdown: pushdownOf(undefined, '') };
  }
  if (first.from.kind === 'query') {
    throw new SqlError(SQL_CODES.unsupported, 'The first source of FROM must be the container.', first.location);
  }
  const name = containerName(first.from.path);
  const whole = first.from.path.kind === 'identifier' && !first.iterates;
  const root = container.declare(whole ? first.alias : name);
  const scope = whole ? container : container.apart();
  const sources = [];
  if (!whole) {
    const values = pathValues(compile(first.from.path, { scope: container }), first.iterates);
    sources.push({ slot: scope.declare(first.alias), iterates: first.iterates, values });
  }
  for (const join of joins) sources.push(compileSource(join, scope));
  const plan = compilePlan(query, scope, sources);
  const alias = whole ? first.alias : '';
  return {
    ...shape(query, plan),
    root,
    readsDocuments: true,
    givesDocuments: whole && joins.length === 0 && isWhole(query, alias),
    onlyCounts: whole && joins.length === 0 && isCount(query),
    order: plan.grouping ? [] : query.orderBy.flatMap((item) => sortPaths(item, alias)),
    pushdown: pushdownOf(query.where, alias),
    filterPaths: query.where && filterPaths(query.where, alias),
  };
}

type Shape = Pick<ContainerQuery, 'plan' | 'givesDocuments' | 'needsAllRows' | 'onlyCounts' | 'aggregatesWithoutValue'>;

function shape(query: SelectQuery, plan: SelectPlan): Shape {
  const { projection } = query;
  const aggregates =
    projection.kind === 'list' && query.groupBy.length === 0 ? projected(projection).filter(hasAggregate) : [];
  return {
    plan,
    givesDocuments: false,
    needsAllRows: plan.grouping !== undefined || plan.order.length > 0 || plan.distinct,
    onlyCounts: false,
    aggregatesWithoutValue: aggregates.flatMap(aggregateNames),
  };
}

/** `SELECT *`, `SELECT VALUE c`. */
function isWhole({ projection }: SelectQuery, alias: string): boolean {
  if (projection.kind === 'all') return true;
  return projection.kind === 'value' && documentPath(projection.expression, alias)?.length === 0;
}

/** `SELECT VALUE COUNT(1)` of all documents, without a window. */
function isCount({ projection, groupBy, top, offset }: SelectQuery): boolean {
  if (projection.kind !== 'value' || groupBy.length > 0 || top || offset) return false;
  const { expression } = projection;
  const [counted] = expression.kind === 'call' && expression.name === 'COUNT' ? expression.args : [];
  return counted?.kind === 'literal' && counted.value !== undefined;
}

function aggregateNames(expression: Expression): string[] {
  return expression.kind === 'call' ? [expression.name[0] + expression.name.slice(1).toLowerCase()] : ['Aggregate'];
}

function containerName(path: Expression): string {
  let current = path;
  while (current.kind === 'member') current = current.object;
  return current.kind === 'identifier' ? current.name : '';
}

/** The path of an ORDER BY item; only paths of the document have an index. Similarity of vectors has its own. */
function sortPaths({ expression, descending, location }: OrderItem, alias: string): SortPath[] {
  if (expression.kind === 'call' && expression.name === 'VECTORDISTANCE') return [];
  const path = documentPath(expression, alias);
  if (!path || path.length === 0) throw unorderable(expression, location);
  return [{ path, descending }];
}

function unorderable(expression: Expression, location: Location): SqlError {
  const message =
    expression.kind === 'member'
      ? 'Order-by over correlated collections is not supported.'
      : 'Unsupported ORDER BY clause. ORDER BY item expression could not be mapped to a document path.';
  return new SqlError(SQL_CODES.orderBy, message, location);
}
