import { badRequest, CosmosError } from '../errors.ts';
import { parseBody, type Json } from '../json.ts';
import { bulk, parseOperations, transactionalBatch } from '../operations/batch.ts';
import { readChanges } from '../operations/changeFeed.ts';
import {
  createItem,
  deleteItem,
  documentInput,
  readItem,
  replaceItem,
  upsertItem,
  type ItemResult,
} from '../operations/items.ts';
import { parsePatch, patchItem } from '../operations/patch.ts';
import { runQuery, type QueryMetrics, type QueryRequest } from '../operations/query.ts';
import { queryPlanJson } from '../operations/queryPlan.ts';
import type { RequestUnitBudget } from '../requestUnitBudget.ts';
import type { Container } from '../store/container.ts';
import type { RouteContext } from './context.ts';
import type { Exchange } from './exchange.ts';
import {
  hashRange,
  header,
  isTrue,
  modifiedSince,
  pageSize,
  partitionKeyHeader,
  preconditions,
  requiredPartitionKey,
} from './headers.ts';
import { isQuery, queryBody } from './metadataRoutes.ts';
import { feedBody, type Reply } from './reply.ts';
import { refuseUnsupported, requireSession } from './requestChecks.ts';

/** Headers that confine a query to a partition or a range of them. */
const CONFINING = ['x-ms-documentdb-partitionkey', 'x-ms-documentdb-partitionkeyrangeid'];

/** `…/docs`: creates, upserts, queries, batches, and the feeds. */
export function items(context: RouteContext, exchange: Exchange, container: Container): Reply | Promise<Reply> {
  const { headers, method } = exchange;
  if (method === 'POST' && isTrue(headers, 'x-ms-cosmos-is-query-plan-request')) return queryPlan(exchange, container);
  refuseUnsupported(headers);
  const budget = admit(context, container);
  if (method === 'GET') {
    requireSession(headers, container);
    const feedKind = header(headers, 'a-im');
    if (feedKind !== undefined) return paid(budget, () => changeFeed(exchange, container, feedKind));
    return query(context, exchange, container, { text: 'SELECT * FROM c', parameters: [] }, budget);
  }
  if (isTrue(headers, 'x-ms-cosmos-is-batch-request')) return batch(exchange, container, budget);
  if (isQuery(exchange)) {
    requireSession(headers, container);
    refuseCrossPartition(exchange);
    return query(context, exchange, container, queryBody(exchange.body), budget);
  }
  const key = requiredPartitionKey(headers, container.partitionKey);
  const input = documentInput(exchange.body);
  const result = paid(budget, () =>
    isTrue(headers, 'x-ms-documentdb-is-upsert')
      ? upsertItem(container, input, key, preconditions(headers))
      : createItem(container, input, key),
  );
  return itemReply(exchange, container, result);
}

/** `…/docs/{id}`. */
export function item(context: RouteContext, exchange: Exchange, container: Container, id: string): Reply {
  const { headers, method, body } = exchange;
  refuseUnsupported(headers);
  if (method === 'GET') requireSession(headers, container);
  const budget = admit(context, container);
  const key = requiredPartitionKey(headers, container.partitionKey);
  const conditions = preconditions(headers);
  const result = paid(budget, () => {
    switch (method) {
      case 'GET':
        return readItem(container, key, id, conditions);
      case 'PUT':
        return replaceItem(container, id, documentInput(body), key, conditions);
      case 'PATCH':
        return patchItem(container, key, id, parsePatch(parseBody(body)), conditions);
      default:
        return deleteItem(container, key, id, conditions);
    }
  });
  return itemReply(exchange, container, result);
}

/** `…/operations/partitionkeydelete`: removes everything in one partition. */
export function deletePartition(context: RouteContext, { headers }: Exchange, container: Container): Reply {
  const budget = admit(context, container);
  const key = requiredPartitionKey(headers, container.partitionKey);
  return paid(budget, () => {
    container.removeAll(container.table.numbersOf(key.text));
    return { status: 200, charge: 10, container };
  });
}

/** Refuses what the throughput or a drill does not admit; gives what the operation has to be paid from. */
function admit({ throttle, faults }: RouteContext, container: Container): RequestUnitBudget | undefined {
  faults.strike(container);
  return throttle.admit(container);
}

/** Spends what an operation cost, also when it was refused. */
function paid<T extends { charge: number }>(budget: RequestUnitBudget | undefined, run: () => T): T {
  try {
    const result = run();
    budget?.spend(result.charge);
    return result;
  } catch (error) {
    if (error instanceof CosmosError) budget?.spend(error.charge);
    throw error;
  }
}

function itemReply(exchange: Exchange, container: Container, { status, body, etag, charge }: ItemResult): Reply {
  const isLeftOut = exchange.method !== 'GET' && wantsMinimal(exchange);
  return { status, body: isLeftOut ? undefined : body, etag, charge, container };
}

/** Whether an answer to a write may go without the item. */
function wantsMinimal({ headers }: Exchange): boolean {
  return header(headers, 'prefer') === 'return=minimal';
}

function queryPlan(exchange: Exchange, container: Container): Reply {
  return { status: 200, charge: 0, body: queryPlanJson(queryBody(exchange.body).text), container };
}

function batch(exchange: Exchange, container: Container, budget: RequestUnitBudget | undefined): Reply {
  const { headers } = exchange;
  const operations = parseOperations(exchange.body);
  const minimal = wantsMinimal(exchange);
  if (!isTrue(headers, 'x-ms-cosmos-batch-atomic')) {
    const continueOnError = header(headers, 'x-ms-cosmos-batch-continue-on-error')?.toLowerCase() !== 'false';
    return { ...bulk(container, operations, { minimal, budget, continueOnError }), container };
  }
  const key = requiredPartitionKey(headers, container.partitionKey);
  return { ...paid(budget, () => transactionalBatch(container, operations, key, { minimal })), container };
}

async function query(
  { results, now }: RouteContext,
  { headers, isGone }: Exchange,
  container: Container,
  text: { text: string; parameters: { name: string; value?: Json }[] },
  budget: RequestUnitBudget | undefined,
): Promise<Reply> {
  const request: QueryRequest = {
    ...text,
    partitionKey: partitionKeyHeader(headers, container.partitionKey, { prefix: true }),
    pageSize: pageSize(headers),
    continuation: header(headers, 'x-ms-continuation'),
    isGone,
  };
  const { rows, continuation, charge, metrics } = await runQuery(container, request, results, now());
  budget?.spend(charge);
  const body = feedBody(container.rid, 'Documents', rows);
  const wantsMetrics = isTrue(headers, 'x-ms-documentdb-populatequerymetrics');
  const more = wantsMetrics ? ['x-ms-documentdb-query-metrics', metricsText(metrics)] : undefined;
  return { status: 200, body, continuation, charge, itemCount: rows.length, container, headers: more };
}

/** The measures of a query that do not depend on the machine; a client takes absent ones as 0. */
function metricsText({ loadedDocuments, loadedBytes, rows, bytes }: QueryMetrics): string {
  return (
    `retrievedDocumentCount=${loadedDocuments};retrievedDocumentSize=${loadedBytes};` +
    `outputDocumentCount=${rows};outputDocumentSize=${bytes}`
  );
}

function refuseCrossPartition({ headers }: Exchange): void {
  if (isTrue(headers, 'x-ms-documentdb-query-enablecrosspartition')) return;
  if (CONFINING.some((name) => header(headers, name) !== undefined)) return;
  throw badRequest(
    'Cross partition query is required but disabled. Please set x-ms-documentdb-query-enablecrosspartition to true, ' +
      'specify x-ms-documentdb-partitionkey, or revise your query to avoid this exception.',
  );
}

function changeFeed({ headers }: Exchange, container: Container, kind: string): Reply {
  if (kind.toLowerCase() !== 'incremental feed') {
    throw badRequest(
      `The change feed mode "${kind}" is not supported: the container keeps no versions and deletes. Use "Incremental Feed".`,
    );
  }
  const { rows, etag, charge } = readChanges(container, {
    position: header(headers, 'if-none-match'),
    sinceSeconds: modifiedSince(headers),
    partitionKey: partitionKeyHeader(headers, container.partitionKey),
    range: hashRange(headers),
    pageSize: pageSize(headers),
  });
  if (rows.length === 0) return { status: 304, etag, charge, container };
  return {
    status: 200,
    etag,
    charge,
    container,
    itemCount: rows.length,
    body: feedBody(container.rid, 'Documents', rows),
  };
}
