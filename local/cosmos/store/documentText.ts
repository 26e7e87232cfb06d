import { tooLarge } from '../errors.ts';
import type { JsonObject } from '../json.ts';

/** Largest item that Cosmos DB stores, as JSON without system properties; also the largest batch. */
export const MAXIMUM_ITEM_BYTES = 2 * 1024 * 1024;

/** What Cosmos DB adds to each document; a client's own values for them are ignored. */
const SYSTEM_PROPERTIES = ['_rid', '_self', '_etag', '_attachments', '_ts'] as const;

export interface SystemProperties {
  rid: string;
  /** `dbs/<rid>/colls/<rid>/docs/<rid>/`. */
  self: string;
  etag: string;
  /** Seconds since 1970. */
  seconds: number;
}

/** A document as it was sent: parsed, and as bytes if it came as bytes of its own. */
export interface DocumentInput {
  document: JsonObject;
  bytes?: Buffer;
}

/** The text of the system properties and the closing brace, as they end each stored document. */
export function systemTail({ rid, self, etag, seconds }: SystemProperties): string {
  return (
    `,"_rid":"${rid}","_self":"${self}","_etag":${JSON.stringify(etag)},` +
    `"_attachments":"attachments/","_ts":${seconds}}`
  );
}

/**
 * The stored bytes of a document. Bytes that came from a client are kept as they are, without being built anew, when
 * they carry no system properties or carry them where this service puts them (a document that was read and changed).
 * 413 for what is too large.
 */
export function storedBytes(input: DocumentInput, properties: SystemProperties): Buffer {
  const own = input.bytes ? bytesWithoutTail(input.document, input.bytes) : undefined;
  const tail = systemTail(properties);
  if (own) {
    const stored = Buffer.allocUnsafe(own.length + tail.length);
    own.copy(stored);
    stored.write(tail, own.length, 'latin1');
    return stored;
  }
  const text = JSON.stringify(withoutSystemProperties(input.document));
  const stored = Buffer.from(text.slice(0, -1) + tail);
  if (stored.length - tail.length > MAXIMUM_ITEM_BYTES) throw tooLarge();
  return stored;
}

export function withoutSystemProperties(document: JsonObject): JsonObject {
  if (!hasSystemProperties(document)) return document;
  const own: JsonObject = { ...document };
  for (const name of SYSTEM_PROPERTIES) delete own[name];
  return own;
}

export function isSystemProperty(name: string): boolean {
  return name.startsWith('_') && (SYSTEM_PROPERTIES as readonly string[]).includes(name);
}

function hasSystemProperties(document: JsonObject): boolean {
  return SYSTEM_PROPERTIES.some((name) => Object.hasOwn(document, name));
}

/** The bytes up to the closing brace or up to the system properties before it; `undefined` if they are elsewhere. */
function bytesWithoutTail(document: JsonObject, bytes: Buffer): Buffer | undefined {
  const end = bytes.lastIndexOf('}');
  if (!hasSystemProperties(document)) return bytes.subarray(0, end);
  const { _rid: rid, _self: self, _etag: etag, _ts: seconds } = document;
  if (typeof rid !== 'string' || typeof self !== 'string' || typeof etag !== 'string' || typeof seconds !== 'number') {
    return undefined;
  }
  const tail = systemTail({ rid, self, etag, seconds });
  const start = end + 1 - tail.length;
  return start > 0 && bytes.toString('latin1', start, end + 1) === tail ? bytes.subarray(0, start) : undefined;
}
