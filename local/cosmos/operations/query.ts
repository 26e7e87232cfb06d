import { requireOrderIndex } from '../indexingPolicy.ts';
import { CosmosError, SUBSTATUS } from '../errors.ts';
import type { Json } from '../json.ts';
import type { PartitionKey } from '../partitionKey.ts';
import { queryCharge } from '../requestUnits.ts';
import { RowCollector, windowOf } from '../sql/collector.ts';
import type { Environment } from '../sql/environment.ts';
import { rowText } from '../sql/limits.ts';
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
import { boundRows, CHUNK, foundRows, scannedDocuments, Turns, type QueryRun } from './queryRun.ts';
import type { CollectedRow, ResultCache, ResultRow } from './resultCache.ts';

export interface QueryRequest {
  text: string;
  parameters: { name: string; value?: Json }[];
  /** Partition, or start of a hierarchy of partitions, that the query is confined to. */
  partitionKey?: PartitionKey;
  /** Rows per page at most. */
  pageSize: number;
  /** Whether the client is gone, so that the query can end. */
  isGone?: () => boolean;
  /** How long a page may take; default 5 s. */
  pageMilliseconds?: number;
  continuation?: string;
}

export interface QueryPage {
  rows: ResultRow[];
  continuation?: string;
  charge: number;
  /** What was done for the page. */
  metrics: QueryMetrics;
}

/** Documents that had to be loaded and rows that are put out, each with their bytes. */
export interface QueryMetrics {
  loadedDocuments: number;
  loadedBytes: number;
  rows: number;
  bytes: number;
}

/** Cosmos DB ends a page when its text gets larger. */
export const PAGE_BYTES = 4 * 1024 * 1024;
/** It also ends a page that takes longer, even one without a row. */
const PAGE_MS = 5000;

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
    loadedDocuments: 0,
    loadedBytes: 0,
  };
  const identity = queryIdentity(request.text, request.parameters, request.partitionKey?.text);
  const { continuation } = request;
  const { rows, next } = query.needsAllRows
    ? await collectedPage(run, request, decodeResultPosition(identity, continuation), results)
    : await streamedPage(run, request, decodeScanPosition(identity, continuation));
  const { loadedDocuments, loadedBytes } = run;
  const bytes = rows.reduce((sum, row) => sum + row.length, 0);
  return {
    rows,
    continuation: next && encodePosition(identity, next),
    charge: queryCharge(loadedBytes, bytes),
    metrics: { loadedDocuments, loadedBytes, rows: rows.length, bytes },
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

const isThere = () => false;

interface Page {
  rows: ResultRow[];
  next?: ScanPosition | ResultPosition;
}

/** A page of a query whose rows can be put out as they are found. */
async function streamedPage(
  run: QueryRun,
  { pageSize, pageMilliseconds = PAGE_MS, isGone = isThere }: QueryRequest,
  position: ScanPosition | undefined,
): Promise<Page> {
  const start = position ?? { cursor: { segment: 0 }, skip: 0, ...windowOf(run.query.plan, run.environment) };
  let { offset, take } = start;
  const rows: ResultRow[] = [];
  if (take === 0) return { rows };
  const end = performance.now() + pageMilliseconds;
  const turns = new Turns(isGone);
  let bytes = 0;
  for (const { row, place, isBetweenDocuments } of foundRows(run, start)) {
    if (row === undefined) {
      if (isBetweenDocuments && performance.now() > end) return { rows, next: { ...place, offset, take } };
      if (turns.isDue) await turns.give();
    } else if (offset > 0) {
      offset -= 1;
    } else {
      if (rows.length >= pageSize || bytes > PAGE_BYTES) return { rows, next: { ...place, offset, take } };
      rows.push(row);
      bytes += row.length;
      take -= 1;
      if (take === 0) break;
    }
  }
  return { rows };
}

/** A page of a query that is grouped, ordered or free of repetitions: of all rows, collected once. */
async function collectedPage(
  run: QueryRun,
  { pageSize, isGone = isThere }: QueryRequest,
  position: ResultPosition | undefined,
  results: ResultCache,
): Promise<Page> {
  const kept = position && results.get(position.collected);
  const all = kept ?? (await collect(run, isGone));
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

async function collect(run: QueryRun, isGone: () => boolean): Promise<CollectedRow[]> {
  const { query, access, environment, container } = run;
  const { plan } = query;
  if (query.onlyCounts && access.exact) return [String(new DocumentScan(container, access).count())];
  let number = 0;
  const item = (row: Environment) => (query.givesDocuments ? number : rowText(plan.project(row)));
  const [ordered, ...further] = query.order;
  const isIndexOnly = ordered !== undefined && further.length === 0 && !container.index.includesMissing(ordered.path);
  const collector = new RowCollector<CollectedRow>(plan, item, { isIndexOnly });
  const turns = new Turns(isGone);
  for (const { document } of scannedDocuments(run, { segment: 0 })) {
    number = document.number;
    for (const matches of boundRows(run, document)) {
      if (matches) collector.add(environment);
      else if (turns.isDue) await turns.give();
    }
    if (turns.isDue) await turns.give();
  }
  return collector.rows(environment);
}
