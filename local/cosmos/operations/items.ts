import { badRequest, conflict, notFound, preconditionFailed, tooLarge } from '../errors.ts';
import { isObject, parseBody, textOf, type Json, type JsonObject } from '../json.ts';
import { requireSameKey, type PartitionKey } from '../partitionKey.ts';
import { createCharge, readCharge, replaceCharge } from '../requestUnits.ts';
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

const MAXIMUM_ID_BYTES = 1023;

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
  if (ifNoneMatch === etag || ifNoneMatch === '*') return { status: 304, etag, charge: 1 };
  return { status: 200, body: found.body, etag, charge: readCharge(found.body.length) };
}

export function createItem(
  container: Container,
  input: DocumentInput,
  requested: PartitionKey | undefined,
): ItemResult {
  const { key, id } = identify(container, input, requested);
  if (container.find(key, id)) throw conflict();
  return created(container, input.document, container.write(key, input, undefined));
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
  const version = container.write(key, input, previous);
  return previous ? replaced(previous, version) : created(container, input.document, version);
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
  return replaced(previous, container.write(key, input, previous));
}

export function deleteItem(
  container: Container,
  key: PartitionKey,
  id: string,
  { ifMatch }: Preconditions = {},
): ItemResult {
  const previous = container.read(key, id);
  if (!previous) throw notFound();
  requireMatch(previous, ifMatch);
  container.remove(previous);
  const terms = termsOf(container, JSON.parse(textOf(previous.body)) as JsonObject);
  return { status: 204, charge: createCharge(previous.bytes, terms) };
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

function created(container: Container, document: JsonObject, { body, etag }: WrittenVersion): ItemResult {
  return { status: 201, body, etag, charge: createCharge(body.length, termsOf(container, document)) };
}

function replaced(previous: StoredVersion, { body, etag }: WrittenVersion): ItemResult {
  return { status: 200, body, etag, charge: replaceCharge(previous.bytes, body.length) };
}

/** What a document puts into the index; each unique key is one term more. */
function termsOf({ index, definition }: Container, document: JsonObject): number {
  return index.terms(document) + definition.uniqueKeyPolicy.uniqueKeys.length;
}

function etagOf({ sequence, seconds }: StoredVersion): string {
  return entityTag(sequence, seconds);
}

function itemId(id: Json | undefined): string {
  if (typeof id !== 'string' || id === '') {
    throw badRequest("The input content is invalid because the required properties - 'id; ' - are missing.");
  }
  const isTooLong = id.length * 3 > MAXIMUM_ID_BYTES && Buffer.byteLength(id) > MAXIMUM_ID_BYTES;
  if (isTooLong || !id.isWellFormed() || /[/\\?#]/.test(id) || id.endsWith(' ')) {
    throw badRequest(
      `The id ${JSON.stringify(id.slice(0, 100))} is invalid: at most ${MAXIMUM_ID_BYTES} bytes, none of "/", "\\", "?", "#", ` +
        'and no space at the end.',
    );
  }
  return id;
}
