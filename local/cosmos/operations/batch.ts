import { badRequest, CosmosError, tooLarge, tooManyRequests } from '../errors.ts';
import { isObject, parseBody, textOf, type Json, type JsonObject } from '../json.ts';
import { requireSameKey, type PartitionKey } from '../partitionKey.ts';
import type { RequestUnitBudget } from '../requestUnitBudget.ts';
import { roundUnits } from '../requestUnits.ts';
import type { Container } from '../store/container.ts';
import { createItem, deleteItem, documentObject, readItem, replaceItem, upsertItem, type ItemResult } from './items.ts';
import { parsePatch, patchItem } from './patch.ts';
import { MAXIMUM_ITEM_BYTES } from '../store/documentText.ts';

/** Outcome of one operation of a batch, in the order of the request. */
interface OperationOutcome {
  statusCode: number;
  subStatusCode?: number;
  requestCharge: number;
  eTag?: string;
  retryAfterMilliseconds?: number;
  message?: string;
  /** JSON text. */
  resourceBody?: string;
}

export interface BatchResult {
  /** 200 when all operations succeeded, else 207. */
  status: 200 | 207;
  body: string;
  charge: number;
}

export interface BatchOptions {
  /** Leave the written documents out of the answer. */
  minimal: boolean;
  /** Pays for each independent operation; one that it does not admit is refused alone. */
  budget?: RequestUnitBudget;
  /** Whether independent operations after a failed one are run. */
  continueOnError?: boolean;
}

const MAXIMUM_OPERATIONS = 100;
const DEPENDENT: OperationOutcome = { statusCode: 424, requestCharge: 0 };

/** Checks the body of a batch or bulk request. */
export function parseOperations(body: Buffer): JsonObject[] {
  if (body.length > MAXIMUM_ITEM_BYTES) throw tooLarge();
  const operations = parseBody(body);
  if (!Array.isArray(operations) || operations.length === 0 || !operations.every(isObject)) {
    throw badRequest('The body of a batch must be an array of operations.');
  }
  if (operations.length > MAXIMUM_OPERATIONS) {
    throw badRequest(
      `Batch request has more operations than what is supported: ${operations.length}, at most ${MAXIMUM_OPERATIONS}.`,
    );
  }
  return operations;
}

/** Runs operations on one partition, all of them or none. */
export function transactionalBatch(
  container: Container,
  operations: readonly JsonObject[],
  key: PartitionKey,
  options: BatchOptions,
): BatchResult {
  const outcomes: OperationOutcome[] = [];
  try {
    container.atomically(() => {
      for (const operation of operations) {
        const named = operationKey(container, operation);
        if (named) requireSameKey(named, key);
        outcomes.push(outcomeOf(run(container, operation, key), options));
      }
    });
  } catch (error) {
    if (!(error instanceof CosmosError)) throw error;
    const failed = outcomes.length;
    return result(operations.map((_, index) => (index === failed ? failureOf(error) : DEPENDENT)));
  }
  return result(outcomes);
}

/** Runs operations on any partitions, each for itself. */
export function bulk(container: Container, operations: readonly JsonObject[], options: BatchOptions): BatchResult {
  let stopped = false;
  const outcomes = operations.map((operation) => {
    if (stopped) return DEPENDENT;
    const outcome = runAlone(container, operation, options);
    options.budget?.spend(outcome.requestCharge);
    stopped = outcome.statusCode >= 400 && options.continueOnError === false;
    return outcome;
  });
  return result(outcomes);
}

function runAlone(container: Container, operation: JsonObject, options: BatchOptions): OperationOutcome {
  try {
    const wait = options.budget?.wait() ?? 0;
    if (wait > 0) throw tooManyRequests(wait);
    const key = operationKey(container, operation);
    if (!key) throw badRequest('Each operation of a bulk request needs "partitionKey".');
    return outcomeOf(run(container, operation, key), options);
  } catch (error) {
    if (!(error instanceof CosmosError)) throw error;
    return failureOf(error);
  }
}

function operationKey(container: Container, { partitionKey }: JsonObject): PartitionKey | undefined {
  if (partitionKey === undefined) return undefined;
  if (typeof partitionKey !== 'string')
    throw badRequest('"partitionKey" of an operation must be a JSON array as text.');
  return container.partitionKey.parse(partitionKey);
}

function run(container: Container, operation: JsonObject, key: PartitionKey): ItemResult {
  const { operationType, id, resourceBody } = operation;
  const conditions = { ifMatch: text(operation.ifMatch), ifNoneMatch: text(operation.ifNoneMatch) };
  switch (operationType) {
    case 'Create':
      return createItem(container, { document: documentObject(resourceBody) }, key);
    case 'Upsert':
      return upsertItem(container, { document: documentObject(resourceBody) }, key, conditions);
    case 'Replace':
      return replaceItem(container, requiredId(id), { document: documentObject(resourceBody) }, key, conditions);
    case 'Read':
      return readItem(container, key, requiredId(id), conditions);
    case 'Delete':
      return deleteItem(container, key, requiredId(id), conditions);
    case 'Patch':
      return patchItem(container, key, requiredId(id), parsePatch(resourceBody), conditions);
    default:
      throw badRequest(
        `The operation type ${JSON.stringify(operationType) ?? ''} is unknown: allowed are Create, Upsert, Replace, Read, Delete and Patch.`,
      );
  }
}

function outcomeOf({ status, body, etag, charge }: ItemResult, { minimal }: BatchOptions): OperationOutcome {
  const outcome: OperationOutcome = { statusCode: status, requestCharge: charge, eTag: etag };
  if (body && !minimal) outcome.resourceBody = textOf(body);
  return outcome;
}

function failureOf(error: CosmosError): OperationOutcome {
  const { status, substatus, charge, retryAfterMs, message } = error;
  return {
    statusCode: status,
    subStatusCode: substatus,
    requestCharge: charge,
    retryAfterMilliseconds: retryAfterMs,
    message,
  };
}

function result(outcomes: readonly OperationOutcome[]): BatchResult {
  const failed = outcomes.some(({ statusCode }) => statusCode >= 400);
  return {
    status: failed ? 207 : 200,
    body: `[${outcomes.map(outcomeJson).join(',')}]`,
    charge: roundUnits(outcomes.reduce((sum, { requestCharge }) => sum + requestCharge, 0)),
  };
}

/** The document is put in as the text that it is stored as. */
function outcomeJson({ resourceBody, ...outcome }: OperationOutcome): string {
  const text = JSON.stringify(outcome);
  return resourceBody === undefined ? text : `${text.slice(0, -1)},"resourceBody":${resourceBody}}`;
}

function requiredId(id: Json | undefined): string {
  if (typeof id !== 'string' || id === '') throw badRequest('The operation needs an "id".');
  return id;
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
