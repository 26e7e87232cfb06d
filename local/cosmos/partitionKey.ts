import { badRequest, CosmosError, SUBSTATUS } from './errors.ts';
import { isObject, property, type Json, type JsonObject, type Value } from './json.ts';

export interface PartitionKeyDefinition {
  /** `/tenant` or nested `/address/zip`; one path, or for a hierarchical key up to three. */
  paths: string[];
  kind: 'Hash' | 'MultiHash';
  version: 1 | 2;
}

/** One level of a key. A missing property is `{}`, as on the wire. */
export type KeyComponent = string | number | boolean | null | Record<string, never>;

/** A partition key value: its components and, as its identity in the store, their canonical JSON text. */
export interface PartitionKey {
  components: KeyComponent[];
  text: string;
}

const MAXIMUM_LEVELS = 3;
const MAXIMUM_VALUE_BYTES = 2048;
const MISMATCH =
  "Partition key provided either doesn't correspond to definition in the collection or doesn't match partition key " +
  'field values specified in the document. Learn more: https://aka.ms/CosmosDB/sql/errors/wrong-pk-value';

/** Checks a definition from a request or from the program and fills in what may be left out. */
export function partitionKeyDefinition(input: unknown): PartitionKeyDefinition {
  const paths = isObject(input) ? input.paths : undefined;
  if (!isObject(input) || !Array.isArray(paths) || paths.length === 0) {
    throw badRequest('The partition key definition must have the form {"paths": ["/path"], "kind": "Hash"}.');
  }
  for (const path of paths) {
    if (typeof path !== 'string' || !path.startsWith('/') || path.length < 2) {
      throw badRequest(
        `The partition key path ${JSON.stringify(path)} is invalid: it must start with "/" and name a property.`,
      );
    }
  }
  const kind = input.kind ?? (paths.length > 1 ? 'MultiHash' : 'Hash');
  if (kind !== 'Hash' && kind !== 'MultiHash') {
    throw badRequest(`The partition key kind ${JSON.stringify(kind)} is invalid: allowed are "Hash" and "MultiHash".`);
  }
  if (kind === 'Hash' && paths.length > 1) {
    throw badRequest('A partition key of kind "Hash" has exactly one path; use "MultiHash" for a hierarchical key.');
  }
  if (paths.length > MAXIMUM_LEVELS) {
    throw badRequest(`A hierarchical partition key has at most ${MAXIMUM_LEVELS} paths.`);
  }
  const version = input.version ?? 2;
  if ((version !== 1 && version !== 2) || (kind === 'MultiHash' && version === 1)) {
    throw badRequest(`The partition key version ${JSON.stringify(version)} is invalid for kind "${kind}".`);
  }
  return { paths: paths as string[], kind, version };
}

/** Splits `/a/"b c"/d` into property names; quotes protect a name that has a slash in it. */
export function splitPath(path: string): string[] {
  const names: string[] = [];
  const segment = /\/(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^/]*))/gy;
  for (const match of path.matchAll(segment)) names.push(match[1] ?? match[2] ?? match[3] ?? '');
  return names;
}

/** Reads and checks the partition keys of one container. */
export class PartitionKeyReader {
  readonly definition: PartitionKeyDefinition;
  /** Property names of each level. */
  readonly paths: string[][];

  constructor(definition: PartitionKeyDefinition) {
    this.definition = definition;
    this.paths = definition.paths.map(splitPath);
  }

  /** The key that a document has by its content. */
  ofDocument(document: JsonObject): PartitionKey {
    const components = this.paths.map((path) => {
      let value: Value = document;
      for (const name of path) value = property(value, name);
      return component(value === undefined ? {} : value);
    });
    return partitionKey(components);
  }

  /** Parses header `x-ms-documentdb-partitionkey`. Shorter than the definition (a prefix) only where `prefix` allows it. */
  parse(header: string, { prefix = false } = {}): PartitionKey {
    const key = partitionKey(parseComponents(header));
    const length = key.components.length;
    if (length > this.paths.length || length === 0 || (length < this.paths.length && !prefix)) {
      throw new CosmosError(MISMATCH, { status: 400, substatus: SUBSTATUS.partitionKeyMismatch });
    }
    return key;
  }

  isPrefix(key: PartitionKey): boolean {
    return key.components.length < this.paths.length;
  }
}

/** The key of the document must be the one that the request names. */
export function requireSameKey(requested: PartitionKey, document: PartitionKey): void {
  if (requested.text !== document.text) {
    throw new CosmosError(MISMATCH, { status: 400, substatus: SUBSTATUS.partitionKeyMismatch });
  }
}

export function partitionKey(components: KeyComponent[]): PartitionKey {
  return { components, text: JSON.stringify(components) };
}

/** Bounds `low ≤ text < high` of the texts of all keys that start with a prefix. */
export function prefixBounds(prefix: PartitionKey): { low: string; high: string } {
  const stem = prefix.text.slice(0, -1);
  // A further component follows after a comma; "-" is the next character in byte order.
  return { low: `${stem},`, high: `${stem}-` };
}

function parseComponents(header: string): KeyComponent[] {
  let value: Json;
  try {
    value = JSON.parse(header) as Json;
  } catch {
    throw badRequest(
      `Partition key ${header} is invalid: the header x-ms-documentdb-partitionkey must be a JSON array.`,
    );
  }
  if (!Array.isArray(value)) {
    throw badRequest(
      `Partition key ${header} is invalid: the header x-ms-documentdb-partitionkey must be a JSON array.`,
    );
  }
  return value.map(component);
}

function component(value: Json): KeyComponent {
  if (typeof value === 'object' && value !== null) {
    if (isObject(value) && Object.keys(value).length === 0) return {};
    throw badRequest('A partition key value must be a string, a number, a boolean or null.');
  }
  if (
    typeof value === 'string' &&
    value.length * 3 > MAXIMUM_VALUE_BYTES &&
    Buffer.byteLength(value) > MAXIMUM_VALUE_BYTES
  ) {
    throw badRequest(`A partition key value must not be longer than ${MAXIMUM_VALUE_BYTES} bytes.`);
  }
  return value;
}
