import { setImmediate as nextTurn } from 'node:timers/promises';
import { requireOrderIndex } from '../indexingPolicy.ts';
import { CosmosError, SUBSTATUS } from '../errors.ts';
import { textOf, type Json } from '../json.ts';
import type { PartitionKey } from '../partitionKey.ts';
import { queryCharge } from '../requestUnits.ts';
import { RowCollector, windowOf } from '../sql/collector.ts';
import type { Environment } from '../sql/environment.ts';
import { containerQuery, newEnvironment, parameterMap, type ContainerQuery } from '../sql/query.ts';
import { forEachRow } from '../sql/select.ts';
import type { Container } from '../store/container.ts';
import { queryAccess, type QueryAccess } from './access.ts';
import {
  decodeResultPosition,
  decodeScanPosition,
  encodePosition,
  queryIdentity,
  type ResultPosition,
  type ScanPosition,
} from './continuation.ts';
import { DocumentScan, type Cursor, type ScannedRow } from './documentScan.ts';
import { queryPlanJson } from './queryPlan.ts';
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

interface QueryRun {
  container: Container;
  request: QueryRequest;
  query: ContainerQuery;
  access: QueryAccess;
  environment: Environment;
  scannedBytes: number;
}

/** Cosmos DB ends a page when its text gets larger. */
export const PAGE_BYTES = 4 * 1024 * 1024;
const CHUNK = 64;
/** Other requests get their turn after so many milliseconds of a long query. */
const TURN_MS = 15;

/** Runs one page of a query over a container's documents. */
export async function runQuery(
  container: Container,
  request: QueryRequest,
  results: ResultCache,
  now: number,
): Promise<QueryPage> {
  const query = containerQuery(request.text);
  if (!request.partitionKey) refuseUnmergeable(query, request.text);
  if (query.order.length > 0) requireOrderIndex(container.definition.indexingPolicy, query.order);
  const environment = newEnvironment(parameterMap(request.parameters), now);
  const access = queryAccess(container, query.pushdown, request.partitionKey, environment);
  const run: QueryRun = { container, request, query, access, environment, scannedBytes: 0 };
  const identity = queryIdentity(request.text, request.parameters, request.partitionKey?.text);
  const { continuation } = request;
  const { rows, next } = query.needsAllRows
    ? await collectedPage(run, decodeResultPosition(identity, continuation), results)
    : await streamedPage(run, decodeScanPosition(identity, continuation));
  const returned = rows.reduce((sum, row) => sum + row.length, 0);
  return {
    rows,
    continuation: next && encodePosition(identity, next),
    charge: queryCharge(run.scannedBytes, returned),
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
async function streamedPage(run: QueryRun, position: ScanPosition | undefined): Promise<Page> {
  const { container, request, query, access, environment } = run;
  const { plan } = query;
  let before: Cursor = position?.cursor ?? { segment: 0 };
  let skip = position?.skip ?? 0;
  const window = windowOf(plan, environment);
  let offset = position?.offset ?? window.offset;
  let take = position?.take ?? window.take;
  const page: ResultRow[] = [];
  let bytes = 0;
  const scan = new DocumentScan(container, access, before);
  let documents = query.readsDocuments ? scan.next(chunkSize(run)) : [NO_DOCUMENT];
  let turn = performance.now();
  while (documents.length > 0 && take > 0) {
    for (const document of documents) {
      const rows = rowsOf(run, document);
      for (let index = skip; index < rows.length; index += 1) {
        if (take === 0) break;
        if (offset > 0) {
          offset -= 1;
          continue;
        }
        if (page.length >= request.pageSize || bytes > PAGE_BYTES) {
          return { rows: page, next: { cursor: before, skip: index, offset, take } };
        }
        const row = rows[index] as ResultRow;
        page.push(row);
        bytes += row.length;
        take -= 1;
      }
      skip = 0;
      if (query.readsDocuments) before = scan.after(document);
    }
    if (!query.readsDocuments) break;
    if (page.length >= request.pageSize && take > 0) {
      const more = scan.next(1).length > 0;
      return { rows: page, next: more ? { cursor: before, skip: 0, offset, take } : undefined };
    }
    turn = await yieldTurn(turn);
    documents = scan.next(CHUNK);
  }
  return { rows: page };
}

/** A page of a query that is grouped, ordered or free of repetitions: of all rows, collected once. */
async function collectedPage(run: QueryRun, position: ResultPosition | undefined, results: ResultCache): Promise<Page> {
  const kept = position && results.get(position.collected);
  const all = kept ?? (await collect(run));
  const rows: ResultRow[] = [];
  let next = position?.from ?? 0;
  for (let bytes = 0; next < all.length && rows.length < run.request.pageSize && bytes <= PAGE_BYTES; next += 1) {
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
  const scan = new DocumentScan(container, access);
  let documents = query.readsDocuments ? scan.next(CHUNK) : [NO_DOCUMENT];
  let turn = performance.now();
  while (documents.length > 0) {
    for (const document of documents) {
      bind(run, document);
      number = document.number;
      forEachRow(plan, environment, 0, () => collector.add(environment));
    }
    if (!query.readsDocuments) break;
    turn = await yieldTurn(turn);
    documents = scan.next(CHUNK);
  }
  return collector.rows(environment);
}

/** Stands for the single row of a query without FROM. */
const NO_DOCUMENT: ScannedRow = { number: 0, partition: '', id: '', body: Buffer.from('null') };

/** Rows that one document gives. A whole document goes out as it is stored, unread when the filter needs no look at it. */
function rowsOf(run: QueryRun, document: ScannedRow): ResultRow[] {
  const { query, access, environment } = run;
  const { plan } = query;
  if (query.givesDocuments && access.exact) {
    run.scannedBytes += document.body.length;
    return [document.body];
  }
  bind(run, document);
  const rows: ResultRow[] = [];
  forEachRow(plan, environment, 0, () => {
    if (query.givesDocuments) {
      rows.push(document.body);
      return;
    }
    const value = plan.project(environment);
    if (value !== undefined) rows.push(JSON.stringify(value));
  });
  return rows;
}

function bind(run: QueryRun, { body }: ScannedRow): void {
  run.scannedBytes += body.length;
  run.environment.slots[run.query.root] = JSON.parse(textOf(body)) as Json;
}

/** As many as the page takes and one more, when each document is a row; else a fixed number. */
function chunkSize({ query, access, request }: QueryRun): number {
  return query.givesDocuments && access.exact ? Math.min(request.pageSize + 1, 2 * CHUNK) : CHUNK;
}

async function yieldTurn(since: number): Promise<number> {
  if (performance.now() - since < TURN_MS) return since;
  await nextTurn();
  return performance.now();
}
