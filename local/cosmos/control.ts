import { isDeepStrictEqual } from 'node:util';
import type { Service } from '../process/serviceHost.ts';
import { badRequest } from './errors.ts';
import type { Faults, ThrottleFault } from './faults.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { partitionKeyDefinition } from './partitionKey.ts';
import type { Catalog } from './store/catalog.ts';
import type { Container } from './store/container.ts';
import { containerDefinition, definitionJson } from './store/containerDefinition.ts';
import { declaredThroughput, type ThroughputOptions } from './store/throughput.ts';

/** A container as the program declares it. */
export interface ContainerDeclaration {
  database: string;
  id: string;
  partitionKey: { paths: string[]; kind?: string; version?: number };
  /** Seconds; -1: only documents with a `ttl` of their own end. */
  defaultTtl?: number;
  indexingPolicy?: unknown;
  uniqueKeyPolicy?: unknown;
  options?: ThroughputOptions;
}

/** A database as the program declares it; with a throughput its containers share that. */
export interface DatabaseDeclaration {
  id: string;
  options?: ThroughputOptions;
}

/** What is stored, by database and container. */
export interface CosmosDescription {
  databases: { id: string; containers: { id: string; documents: number; bytes: number; sequence: number }[] }[];
}

/**
 * What the owner of the service may ask of it: `putDatabase` (`DatabaseDeclaration`), `putContainer`
 * (`ContainerDeclaration`), `deleteDatabase {id}`, `deleteContainer {database, id}`, `describe` (`CosmosDescription`) and, for drills,
 * `throttle` (`ThrottleFault`). Putting what is there already changes it where Cosmos DB allows that.
 */
export function controlMethods(catalog: Catalog, faults: Faults): Service['methods'] {
  return {
    putDatabase: (params: DatabaseDeclaration) => putDatabase(catalog, params),
    putContainer: (params: ContainerDeclaration) => putContainer(catalog, params),
    deleteDatabase: (params: { id: string }) => {
      if (catalog.databases.has(params.id)) catalog.deleteDatabase(params.id);
    },
    deleteContainer: (params: { database: string; id: string }) => {
      if (catalog.databases.get(params.database)?.containers.has(params.id)) {
        catalog.deleteContainer(params.database, params.id);
      }
    },
    describe: () => describe(catalog),
    throttle: (params: ThrottleFault) => faults.add(throttleFault(params)),
  };
}

function putDatabase(catalog: Catalog, { id, options }: DatabaseDeclaration): void {
  const wanted = declaredThroughput(options);
  const database = catalog.databases.get(id);
  if (!database) catalog.createDatabase({ id }, wanted);
  else if (wanted) catalog.setThroughput(database, wanted);
}

function putContainer(catalog: Catalog, { database, options, ...declared }: ContainerDeclaration): void {
  const definition = withoutUndefined(declared);
  const wanted = declaredThroughput(options);
  const container = catalog.databases.get(database)?.containers.get(declared.id);
  if (!container) {
    catalog.createContainer(database, definition, wanted);
    return;
  }
  const partitionKey = samePartitionKey(container, definition);
  const next = containerDefinition({ ...container.definition.others, ...definition, partitionKey });
  if (!isDeepStrictEqual(next, container.definition)) catalog.replaceContainer(container, definitionJson(next));
  if (wanted) catalog.setThroughput(container, wanted);
}

/** A kind or version that the declaration leaves open is the one that the container has. */
function samePartitionKey(container: Container, { partitionKey }: JsonObject): Json {
  const { kind, version } = container.definition.partitionKey;
  return partitionKeyDefinition(
    isObject(partitionKey) ? { kind, version, ...partitionKey } : partitionKey,
  ) as unknown as Json;
}

function describe(catalog: Catalog): CosmosDescription {
  const databases = [...catalog.databases.values()].map(({ id, containers }) => ({
    id,
    containers: [...containers.values()].map((container) => ({
      id: container.id,
      ...container.table.size(container.nowSeconds),
      sequence: container.sequence,
    })),
  }));
  return { databases };
}

function throttleFault(params: ThrottleFault): ThrottleFault {
  const { count, retryAfterMs } = params;
  if (!Number.isInteger(count) || count < 1) throw badRequest('"count" must be a positive integer.');
  if (!Number.isInteger(retryAfterMs) || retryAfterMs < 0)
    throw badRequest('"retryAfterMs" must be an integer that is not negative.');
  return params;
}

function withoutUndefined(declared: object): JsonObject {
  return JSON.parse(JSON.stringify(declared)) as JsonObject;
}
