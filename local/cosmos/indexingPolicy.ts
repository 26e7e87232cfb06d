import { badRequest } from './errors.ts';
import type { IndexTree } from './indexTree.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { splitPath } from './partitionKey.ts';

export interface CompositePath {
  path: string;
  order: 'ascending' | 'descending';
}

export interface IndexingPolicy {
  indexingMode: 'consistent' | 'lazy' | 'none';
  automatic: boolean;
  includedPaths: { path: string }[];
  excludedPaths: { path: string }[];
  compositeIndexes?: CompositePath[][];
  /** Spatial, vector and full-text indexes: kept and given back, not used. */
  [other: string]: unknown;
}

/** A property that a query sorts by. */
export interface SortPath {
  path: readonly string[];
  descending: boolean;
}

/** Checks a policy and fills in what Cosmos DB fills in: everything is indexed but the entity tag. */
export function indexingPolicy(input: Json): IndexingPolicy {
  if (!isObject(input)) throw badRequest('The indexing policy must be a JSON object.');
  const mode = typeof input.indexingMode === 'string' ? input.indexingMode.toLowerCase() : 'consistent';
  if (mode !== 'consistent' && mode !== 'lazy' && mode !== 'none') {
    throw badRequest(`The indexing mode "${mode}" is invalid: allowed are "consistent", "lazy" and "none".`);
  }
  const includedPaths = paths(input, 'includedPaths', '/*');
  const excludedPaths = paths(input, 'excludedPaths', '/"_etag"/?');
  const all = [...includedPaths, ...excludedPaths].some(({ path }) => path === '/*');
  if (mode !== 'none' && !all) {
    throw badRequest(
      'The special mandatory indexing path "/" is not provided in any of the path type sets. Please provide this path ' +
        'in one of the sets.',
    );
  }
  const policy: IndexingPolicy = {
    ...input,
    indexingMode: mode,
    automatic: input.automatic !== false,
    includedPaths,
    excludedPaths,
  };
  if (input.compositeIndexes !== undefined) policy.compositeIndexes = compositeIndexes(input.compositeIndexes);
  return policy;
}

/**
 * Refuses an order that the policy has no index for: a path that is not indexed, or two and more properties without a
 * composite index of the same paths, all in its direction or all against it.
 */
export function requireOrderIndex(policy: IndexingPolicy, index: IndexTree, order: readonly SortPath[]): void {
  if (order.length === 1) {
    const [{ path }] = order as [SortPath];
    if (!index.includes(path)) {
      throw badRequest('The index path corresponding to the specified order-by item is excluded.');
    }
    return;
  }
  const found = policy.compositeIndexes?.some((index) => serves(index, order));
  if (!found) {
    throw badRequest('The order by query does not have a corresponding composite index that it can be served from.');
  }
}

function serves(index: readonly CompositePath[], order: readonly SortPath[]): boolean {
  if (index.length !== order.length) return false;
  const samePaths = index.every(({ path }, at) => {
    const names = splitPath(path);
    return names.length === order[at]?.path.length && names.every((name, level) => name === order[at]?.path[level]);
  });
  if (!samePaths) return false;
  const against = index.map(({ order: direction }, at) => (direction === 'descending') !== order[at]?.descending);
  return against.every((value) => value === against[0]);
}

function paths(input: JsonObject, name: string, fallback: string): { path: string }[] {
  const entries = input[name];
  if (entries === undefined) return [{ path: fallback }];
  const valid = Array.isArray(entries) && entries.every((entry) => isObject(entry) && typeof entry.path === 'string');
  if (!valid) throw badRequest(`"${name}" of the indexing policy must be an array of {"path": "/…"}.`);
  return entries as { path: string }[];
}

function compositeIndexes(input: Json): CompositePath[][] {
  const valid =
    Array.isArray(input) &&
    input.every(
      (index) => Array.isArray(index) && index.every((entry) => isObject(entry) && typeof entry.path === 'string'),
    );
  if (!valid) {
    throw badRequest(
      '"compositeIndexes" of the indexing policy must be arrays of {"path": "/…", "order": "ascending"}.',
    );
  }
  return (input as unknown as CompositePath[][]).map((index) => {
    if (index.length < 2) throw badRequest('A composite index needs at least two paths.');
    return index.map(({ path, order }) => ({ path, order: order === 'descending' ? 'descending' : 'ascending' }));
  });
}
