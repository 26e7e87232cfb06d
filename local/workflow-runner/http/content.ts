import { isObject, parseJson, type Json, type JsonObject } from '../json.ts';
import { readParts, writeParts } from './multipart.ts';

/** A body on the wire. */
export interface Content {
  bytes: Buffer;
  contentType: string;
}

const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json';
const FORM = 'application/x-www-form-urlencoded';
const OCTETS = 'application/octet-stream';

/**
 * The bytes of a body: texts as they are, `$content` decoded, `$multipart` and `$formdata` put together, everything else
 * as JSON; undefined for no body.
 */
export function contentFromBody(body: Json | undefined): Content | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string') return { bytes: Buffer.from(body), contentType: TEXT };
  return (isObject(body) ? contentOfObject(body) : undefined) ?? jsonContent(body);
}

function contentOfObject(body: JsonObject): Content | undefined {
  const type = typeof body['$content-type'] === 'string' ? body['$content-type'] : undefined;
  if (typeof body.$content === 'string')
    return { bytes: Buffer.from(body.$content, 'base64'), contentType: type ?? OCTETS };
  if (Array.isArray(body.$multipart)) return writeParts(body.$multipart, type ?? 'multipart/form-data');
  if (!Array.isArray(body.$formdata)) return undefined;
  const entries = (body.$formdata as JsonObject[]).map(({ key, value }): [string, string] => [
    String(key),
    String(value),
  ]);
  return { bytes: Buffer.from(new URLSearchParams(entries).toString()), contentType: type ?? FORM };
}

function jsonContent(body: Json): Content {
  return { bytes: Buffer.from(JSON.stringify(body)), contentType: JSON_TYPE };
}

/**
 * The value that an expression sees of a body: parsed JSON (also `+json` types), text, or base64 in `$content`; a form
 * has its entries in `$formdata` as well, a multipart body its parts in `$multipart`. Undefined for an empty body.
 * Throws a `SyntaxError` for a JSON type with another content.
 */
export function bodyFromContent(bytes: Buffer, contentType: string | undefined): Json | undefined {
  if (bytes.length === 0) return undefined;
  const type = contentType ?? TEXT;
  const mediaType = type.split(';', 1)[0]!.trim().toLowerCase();
  if (mediaType === JSON_TYPE || mediaType === 'text/json' || mediaType.endsWith('+json'))
    return parseJson(bytes.toString('utf8'));
  if (mediaType.startsWith('text/') || mediaType === 'application/xml') return bytes.toString('utf8');
  const content = { '$content-type': type, $content: bytes.toString('base64') };
  if (mediaType === FORM) return { ...content, $formdata: formEntries(bytes) };
  return mediaType.startsWith('multipart/') ? { ...content, $multipart: readParts(bytes, type) } : content;
}

function formEntries(bytes: Buffer): JsonObject[] {
  return [...new URLSearchParams(bytes.toString('utf8'))].map(([key, value]) => ({ key, value }));
}
