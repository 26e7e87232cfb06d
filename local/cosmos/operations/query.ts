import { requireOrderIndex } from '../indexingPolicy.ts';
import { CosmosError, SUBSTATUS } from '../errors.ts';
import type { Json } from '../json.ts';
import type { PartitionKey } from '../partitionKey.ts';
import { queryCharge } from '../requestUnits.ts';
import { RowCollector, windowOf } from '../sql/collector.ts';
import { containerQuery, newEnvironment, parameterMap, type ContainerQuery } from '../sql/query.ts';
import type { Container } from '../store/container.ts';
import { queryAccess } from './access.ts';
import {
  decodeResultPosition,
  decodeScanPosition,
  encodePosition,
  queryIdentity,
  type ResultPosition,
  type ScanPosition,
} from './continuation.ts';
import { DocumentScan } from './documentScan.ts';
import { queryPlanJson } from './queryPlan.ts';
import { CHUNK, forEachRowOf, foundRows, scannedDocuments, type QueryRun } from './queryRun.ts';
import type { CollectedRow, ResultCache, ResultRow } from './resultCache.ts';

export interface QueryRequest {
  text: string;
  parameters: { name: string; value?: Json }[];
  /** Partition, or start of a hierarchy of partitions, that the query is confined to. */
  partitionKey?: PartitionKey;
  /** Rows per page at most. */
  pageSize: number;
  continuation?: string;
}

export interface QueryPage {
  rows: ResultRow[];
  continuation?: string;
  charge: number;
}

/** Cosmos DB ends a page when its text gets larger. */
export const PAGE_BYTES = 4 * 1024 * 1024;

/** Runs one page of a query over a container's documents. */
export async function runQuery(
  container: Container,
  request: QueryRequest,
  results: ResultCache,
  now: number,
): Promise<QueryPage> {
  const query = containerQuery(request.text);
  if (!request.partitionKey) refuseUnmergeable(query, request.text);
  if (query.order.length > 0) requireOrderIndex(container.definition.indexingPolicy, container.index, query.order);
  const environment = newEnvironment(parameterMap(request.parameters), now);
  const access = queryAccess(container, query.pushdown, request.partitionKey, environment);
  const run: QueryRun = {
    container,
    query,
    access,
    environment,
    // When each document is a row: those of the page, and one more to see whether there is another page.
    firstChunk: query.givesDocuments && access.exact ? Math.min(request.pageSize + 1, 2 * CHUNK) : CHUNK,
    filterIsIndexed: query.filterPaths?.every((path) => container.index.includes(path)) ?? false,
    loadedBytes: 0,
  };
  const identity = queryIdentity(request.text, request.parameters, request.partitionKey?.text);
  const { continuation, pageSize } = request;
  const { rows, next } = query.needsAllRows
    ? await collectedPage(run, pageSize, decodeResultPosition(identity, continuation), results)
    : await streamedPage(run, pageSize, decodeScanPosition(identity, continuation));
  const returned = rows.reduce((sum, row) => sum + row.length, 0);
  return {
    rows,
    continuation: next && encodePosition(identity, next),
    charge: queryCharge(run.loadedBytes, returned),
  };
}

/** Aggregates of several partitions can be merged by a client only when they are the value of the query. */
function refuseUnmergeable({ aggregatesWithoutValue }: ContainerQuery, text: string): void {
  if (aggregatesWithoutValue.length === 0) return;
  throw new CosmosError("Cross partition query only supports 'VALUE <AggregateFunc>' for aggregates.", {
    status: 400,
    substatus: SUBSTATUS.crossPartitionNotServable,
    body: { additionalErrorInfo: queryPlanJson(text) },
  });
}

interface Page {
  rows: ResultRow[];
  next?: ScanPosition | ResultPosition;
}

/** A page of a query whose rows can be put out as they are found. */
async function streamedPage(run: QueryRun, pageSize: number, position: ScanPosition | undefined): Promise<Page> {
  const start = position ?? { cursor: { segment: 0 }, skip: 0, ...windowOf(run.query.plan, run.environment) };
  let { offset, take } = start;
  const rows: ResultRow[] = [];
  if (take === 0) return { rows };
  let bytes = 0;
  for await (const { row, place } of foundRows(run, start)) {
    if (offset > 0) {
      offset -= 1;
      continue;
    }
    if (rows.length >= pageSize || bytes > PAGE_BYTES) return { rows, next: { ...place, offset, take } };
    rows.push(row);
    bytes += row.length;
    take -= 1;
    if (take === 0) break;
  }
  return { rows };
}

/** A page of a query that is grouped, ordered or free of repetitions: of all rows, collected once. */
async function collectedPage(
  run: QueryRun,
  pageSize: number,
  position: ResultPosition | undefined,
  results: ResultCache,
): Promise<Page> {
  const kept = position && results.get(position.collected);
  const all = kept ?? (await collect(run));
  const rows: ResultRow[] = [];
  let next = position?.from ?? 0;
  for (let bytes = 0; next < all.length && rows.length < pageSize && bytes <= PAGE_BYTES; next += 1) {
    const row = resolve(run.container, all[next] as CollectedRow);
    if (row === undefined) continue;
    rows.push(row);
    bytes += row.length;
  }
  if (next >= all.length) {
    if (position) results.delete(position.collected);
    return { rows };
  }
  const collected = kept && position ? position.collected : results.put(all);
  return { rows, next: { collected, from: next } };
}

/** A document is kept by its number and read when its page comes; it may have been deleted by then. */
function resolve(container: Container, row: CollectedRow): ResultRow | undefined {
  return typeof row === 'number' ? container.table.bodyOf(row) : row;
}

async function collect(run: QueryRun): Promise<CollectedRow[]> {
  const { query, access, environment, container } = run;
  const { plan } = query;
  if (query.onlyCounts && access.exact) return [String(new DocumentScan(container, access).count())];
  let number = 0;
  const collector = new RowCollector<CollectedRow>(plan, (row) =>
    query.givesDocuments ? number : (JSON.stringify(plan.project(row)) as string | undefined),
  );
  for await (const { document } of scannedDocuments(run, { segment: 0 })) {
    number = document.number;
    forEachRowOf(run, document, () => collector.add(environment));
  }
  return collector.rows(environment);
}
