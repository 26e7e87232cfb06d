import { badRequest, conflict, notFound, preconditionFailed, tooLarge } from '../errors.ts';
import { isObject, parseBody, type Json, type JsonObject } from '../json.ts';
import { requireSameKey, type PartitionKey } from '../partitionKey.ts';
import { readCharge, writeCharge } from '../requestUnits.ts';
import { timeToLive } from '../store/containerDefinition.ts';
import type { Container, WrittenVersion } from '../store/container.ts';
import type { StoredVersion } from '../store/documentTable.ts';
import { MAXIMUM_ITEM_BYTES, type DocumentInput } from '../store/documentText.ts';
import { entityTag } from '../store/resourceIds.ts';

/** What became of an operation on one item. */
export interface ItemResult {
  status: 200 | 201 | 204 | 304;
  /** JSON of the item, for 200 and 201. */
  body?: Uint8Array;
  etag?: string;
  charge: number;
}

/** Conditions on the present version: an entity tag or `*`. */
export interface Preconditions {
  ifMatch?: string;
  ifNoneMatch?: string;
}

const MAXIMUM_ID_LENGTH = 1023;

/** Reads the body of a request that writes an item. */
export function documentInput(bytes: Buffer): DocumentInput {
  if (bytes.length > MAXIMUM_ITEM_BYTES) throw tooLarge();
  return { document: documentObject(parseBody(bytes)), bytes };
}

export function documentObject(value: Json | undefined): JsonObject {
  if (!isObject(value)) throw badRequest('The input content is invalid: an item must be a JSON object.');
  return value;
}

export function readItem(
  container: Container,
  key: PartitionKey,
  id: string,
  { ifNoneMatch }: Preconditions = {},
): ItemResult {
  const found = container.read(key, id);
  if (!found) throw notFound();
  const etag = etagOf(found);
  if (ifNoneMatch === etag) return { status: 304, etag, charge: 1 };
  return { status: 200, body: found.body, etag, charge: readCharge(found.body.length) };
}

export function createItem(
  container: Container,
  input: DocumentInput,
  requested: PartitionKey | undefined,
): ItemResult {
  const { key, id } = identify(container, input, requested);
  if (container.find(key, id)) throw conflict();
  return written(container.write(key, input, undefined), 201);
}

export function upsertItem(
  container: Container,
  input: DocumentInput,
  requested: PartitionKey | undefined,
  { ifMatch }: Preconditions = {},
): ItemResult {
  const { key, id } = identify(container, input, requested);
  const previous = container.find(key, id);
  if (previous) requireMatch(previous, ifMatch);
  return written(container.write(key, input, previous), previous ? 200 : 201);
}

export function replaceItem(
  container: Container,
  id: string,
  input: DocumentInput,
  requested: PartitionKey | undefined,
  { ifMatch }: Preconditions = {},
): ItemResult {
  const { key, id: newId } = identify(container, input, requested);
  const previous = container.find(key, id);
  if (!previous) throw notFound();
  requireMatch(previous, ifMatch);
  if (newId !== id) throw badRequest(`The id of an item cannot be changed: "${id}" to "${newId}".`);
  return written(container.write(key, input, previous), 200);
}

export function deleteItem(
  container: Container,
  key: PartitionKey,
  id: string,
  { ifMatch }: Preconditions = {},
): ItemResult {
  const previous = container.find(key, id);
  if (!previous) throw notFound();
  requireMatch(previous, ifMatch);
  container.remove(previous);
  return { status: 204, charge: writeCharge(0, false) };
}

/** The key and id that a document will be stored under; 400 for what Cosmos DB does not store. */
export function identify(
  container: Container,
  { document }: DocumentInput,
  requested: PartitionKey | undefined,
): { key: PartitionKey; id: string } {
  const id = itemId(document.id);
  const key = container.partitionKey.ofDocument(document);
  if (requested) requireSameKey(requested, key);
  if (container.definition.defaultTtl !== undefined && document.ttl !== undefined) timeToLive(document.ttl, 'ttl');
  return { key, id };
}

export function requireMatch(version: StoredVersion, ifMatch: string | undefined): void {
  if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== etagOf(version)) throw preconditionFailed();
}

export function written({ body, etag }: WrittenVersion, status: 200 | 201): ItemResult {
  return { status, body, etag, charge: writeCharge(body.length, status === 200) };
}

function etagOf({ sequence, seconds }: StoredVersion): string {
  return entityTag(sequence, seconds);
}

function itemId(id: Json | undefined): string {
  if (typeof id !== 'string' || id === '') {
    throw badRequest("The input content is invalid because the required properties - 'id; ' - are missing.");
  }
  if (id.length > MAXIMUM_ID_LENGTH || !id.isWellFormed() || /[/\\?#]/.test(id) || id.endsWith(' ')) {
    throw badRequest(
      `The id ${JSON.stringify(id.slice(0, 100))} is invalid: at most ${MAXIMUM_ID_LENGTH} characters, none of "/", "\\", "?", "#", ` +
        'and no space at the end.',
    );
  }
  return id;
}
