import type { Value } from '../json.ts';
import { partitionKey, prefixBounds, type KeyComponent, type PartitionKey } from '../partitionKey.ts';
import type { Environment } from '../sql/environment.ts';
import type { Bound, Equality, Pushdown } from '../sql/pushdown.ts';
import type { Container } from '../store/container.ts';
import type { Access, Segment } from './documentScan.ts';

const COLUMNS = { id: 'id', _ts: 'seconds' } as const;
/** With more keys than this in a filter, a scan of everything is no slower. */
const MAXIMUM_KEYS = 1000;

/** Where the documents of a query are, and whether being there is all that its filter asks for. */
export interface QueryAccess extends Access {
  exact: boolean;
}

/**
 * Chooses what to scan: the partition that the request names, else those that the filter names, else everything;
 * narrowed by an id and by bounds of `id` and `_ts`. What is chosen may hold more than the filter lets through, never less.
 */
export function queryAccess(
  container: Container,
  pushdown: Pushdown,
  requested: PartitionKey | undefined,
  environment: Environment,
): QueryAccess {
  const values = new Map<string, Value[]>();
  for (const { path, values: evaluated } of pushdown.equalities) {
    values.set(
      nameOf(path),
      evaluated.map((value) => value(environment)),
    );
  }
  const id = single(values.get('id'));
  const keys = requested ? [requested] : filterKeys(container, values);
  const bounds = pushdown.bounds.flatMap(({ property, operator, value }) => {
    const limit = value(environment);
    return isComparable(property, limit) ? [{ column: COLUMNS[property], operator, limit }] : [];
  });
  return {
    segments: keys ? keys.map((key) => segmentOf(container, key)) : [{ kind: 'all' }],
    id: typeof id === 'string' ? id : undefined,
    bounds,
    exact:
      pushdown.equalitiesOnly &&
      // Two of the same property may contradict each other.
      values.size === pushdown.equalities.length &&
      pushdown.equalities.every((equality) => isAnswered(equality, container, keys, values)),
  };
}

/** The keys that a filter names, in the order of their texts; `undefined` if it does not name the first level. */
function filterKeys(container: Container, values: ReadonlyMap<string, Value[]>): PartitionKey[] | undefined {
  const levels: KeyComponent[][] = [];
  for (const path of container.partitionKey.paths) {
    const named = values.get(nameOf(path));
    if (!named?.every(isComponent)) break;
    levels.push(named);
  }
  const count = levels.reduce((product, level) => product * level.length, 1);
  if (levels.length === 0 || count > MAXIMUM_KEYS) return undefined;
  const combinations = levels.reduce<KeyComponent[][]>(
    (keys, level) => keys.flatMap((key) => level.map((component) => [...key, component])),
    [[]],
  );
  const distinct = new Map(combinations.map((components) => [JSON.stringify(components), partitionKey(components)]));
  return [...distinct.values()].sort((left, right) => (left.text < right.text ? -1 : 1));
}

function segmentOf(container: Container, key: PartitionKey): Segment {
  if (container.partitionKey.isPrefix(key)) return { kind: 'prefix', ...prefixBounds(key) };
  return { kind: 'partition', partition: key.text };
}

/** Whether every document of the chosen places fulfils an equality. */
function isAnswered(
  { path }: Equality,
  container: Container,
  keys: PartitionKey[] | undefined,
  values: ReadonlyMap<string, Value[]>,
): boolean {
  const named = values.get(nameOf(path)) ?? [];
  if (path.length === 1 && path[0] === 'id') return named.length === 1 && typeof named[0] === 'string';
  const level = container.partitionKey.paths.findIndex((candidate) => nameOf(candidate) === nameOf(path));
  if (level < 0 || !keys) return false;
  return keys.every((key) => level < key.components.length && named.includes(key.components[level] as Value));
}

/** Texts are ordered by UTF-16 in a query and by UTF-8 in the store: the same as long as one of them is ASCII. */
function isComparable(property: Bound['property'], limit: Value): limit is string | number {
  return property === '_ts' ? typeof limit === 'number' : typeof limit === 'string' && /^[\0-\x7f]*$/.test(limit);
}

function nameOf(path: readonly string[]): string {
  return path.join('\u0000');
}

function single(values: Value[] | undefined): Value {
  return values?.length === 1 ? values[0] : undefined;
}

function isComponent(value: Value): value is string | number | boolean | null {
  return value === null || (typeof value !== 'object' && value !== undefined);
}
