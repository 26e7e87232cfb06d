import { badRequest } from '../errors.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { indexingPolicy, type IndexingPolicy } from '../indexingPolicy.ts';
import { partitionKeyDefinition, type PartitionKeyDefinition } from '../partitionKey.ts';
import { uniqueKeyPolicy, type UniqueKeyPolicy } from './uniqueKeys.ts';

/** What a container is created with; members that this service has no use for are kept and given back. */
export interface ContainerDefinition {
  id: string;
  partitionKey: PartitionKeyDefinition;
  indexingPolicy: IndexingPolicy;
  uniqueKeyPolicy: UniqueKeyPolicy;
  /** Seconds; -1: only documents with a `ttl` of their own end; absent: none does. */
  defaultTtl?: number;
  /** Other members, for example `conflictResolutionPolicy`, `computedProperties`, `vectorEmbeddingPolicy`. */
  others: JsonObject;
}

const KNOWN = ['id', 'partitionKey', 'indexingPolicy', 'uniqueKeyPolicy', 'defaultTtl'];
const SYSTEM = /^_/;
/** What would change the answers of a container and is not built here. */
const UNSUPPORTED = ['computedProperties', 'changeFeedPolicy', 'materializedViewDefinition'];

/** Checks the id of a database or container. */
export function resourceId(id: unknown): string {
  if (
    typeof id !== 'string' ||
    !id.isWellFormed() ||
    id === '' ||
    id.length > 255 ||
    /[/\\?#]/.test(id) ||
    id.endsWith(' ')
  ) {
    throw badRequest(
      'The id of a database or container must be a string of 1 to 255 characters without "/", "\\", "?", "#" and ' +
        `without a space at its end: ${JSON.stringify(id) ?? 'missing'}`,
    );
  }
  return id;
}

/** Checks a definition from a request or from the program; the error is the 400 that Cosmos DB gives. */
export function containerDefinition(input: Json): ContainerDefinition {
  if (!isObject(input)) throw badRequest('A container definition must be a JSON object.');
  const others: JsonObject = {};
  for (const [name, value] of Object.entries(input)) {
    if (UNSUPPORTED.includes(name)) {
      throw badRequest(`"${name}" of a container is not supported by the local service: leave it out.`);
    }
    if (!KNOWN.includes(name) && !SYSTEM.test(name)) others[name] = value;
  }
  const definition: ContainerDefinition = {
    id: resourceId(input.id),
    partitionKey: partitionKeyDefinition(input.partitionKey),
    indexingPolicy: indexingPolicy(input.indexingPolicy ?? {}),
    uniqueKeyPolicy: uniqueKeyPolicy(input.uniqueKeyPolicy ?? {}),
    others,
  };
  const { defaultTtl } = input;
  if (defaultTtl === undefined || defaultTtl === null) return definition;
  return { ...definition, defaultTtl: timeToLive(defaultTtl, 'defaultTtl') };
}

/** Checks a time to live: -1 or 1 to 2147483647 seconds. */
export function timeToLive(value: Json, name: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && (value === -1 || (value > 0 && value <= 2147483647))) {
    return value;
  }
  throw badRequest(
    `The input ${name} '${typeof value === 'string' ? value : JSON.stringify(value)}' is invalid. ` +
      'Ensure to provide a nonzero positive integer less than or equal to 2147483647, or -1.',
  );
}

/** The definition as clients and the store see it. */
export function definitionJson({ others, ...definition }: ContainerDefinition): JsonObject {
  return {
    id: definition.id,
    indexingPolicy: definition.indexingPolicy as unknown as Json,
    partitionKey: definition.partitionKey as unknown as Json,
    ...(definition.defaultTtl === undefined ? {} : { defaultTtl: definition.defaultTtl }),
    uniqueKeyPolicy: definition.uniqueKeyPolicy as unknown as Json,
    ...others,
  };
}
