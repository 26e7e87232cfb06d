import { isDeepStrictEqual } from 'node:util';
import type { Service } from '../process/serviceHost.ts';
import { badRequest } from './errors.ts';
import type { Faults, ThrottleFault } from './faults.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { partitionKeyDefinition } from './partitionKey.ts';
import type { Catalog } from './store/catalog.ts';
import type { Container } from './store/container.ts';
import { containerDefinition, definitionJson } from './store/containerDefinition.ts';
import { throughput } from './store/offers.ts';

/** A container as the program declares it. */
export interface ContainerDeclaration {
  database: string;
  id: string;
  partitionKey: { paths: string[]; kind?: string; version?: number };
  /** Seconds; -1: only documents with a `ttl` of their own end. */
  defaultTtl?: number;
  indexingPolicy?: unknown;
  uniqueKeyPolicy?: unknown;
  throughput?: { requestUnitsPerSecond?: number };
}

/** What is stored, by database and container. */
export interface CosmosDescription {
  databases: { id: string; containers: { id: string; documents: number; bytes: number; sequence: number }[] }[];
}

/**
 * What the owner of the service may ask of it: `putDatabase {id}`, `putContainer` (`ContainerDeclaration`),
 * `deleteDatabase {id}`, `deleteContainer {database, id}`, `describe` (`CosmosDescription`) and, for drills,
 * `throttle` (`ThrottleFault`). Putting what is there already changes it where Cosmos DB allows that.
 */
export function controlMethods(catalog: Catalog, faults: Faults): Service['methods'] {
  return {
    putDatabase: (params: { id: string }) => {
      if (!catalog.databases.has(params.id)) catalog.createDatabase({ id: params.id });
    },
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

function putContainer(catalog: Catalog, { database, throughput: offered, ...declared }: ContainerDeclaration): void {
  const definition = withoutUndefined(declared);
  const units = offered?.requestUnitsPerSecond;
  const wanted = units === undefined ? undefined : throughput(units, false);
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
