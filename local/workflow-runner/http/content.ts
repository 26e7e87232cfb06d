import { isObject, type Json } from '../json.ts';

/** A body on the wire. */
export interface Content {
  bytes: Buffer;
  contentType: string;
}

const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json';

/** The bytes of a body: texts as they are, `$content` decoded, everything else as JSON; undefined for no body. */
export function contentFromBody(body: Json | undefined): Content | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string') return { bytes: Buffer.from(body), contentType: TEXT };
  if (isObject(body) && typeof body.$content === 'string') {
    const contentType = typeof body['$content-type'] === 'string' ? body['$content-type'] : 'application/octet-stream';
    return { bytes: Buffer.from(body.$content, 'base64'), contentType };
  }
  return { bytes: Buffer.from(JSON.stringify(body)), contentType: JSON_TYPE };
}

/**
 * The value that an expression sees of a body: parsed JSON (also `+json` types), text, or base64 in `$content`.
 * Undefined for an empty body. Throws a `SyntaxError` for a JSON type with another content.
 */
export function bodyFromContent(bytes: Buffer, contentType: string | undefined): Json | undefined {
  if (bytes.length === 0) return undefined;
  const mediaType = (contentType ?? TEXT).split(';', 1)[0]!.trim().toLowerCase();
  if (mediaType === JSON_TYPE || mediaType === 'text/json' || mediaType.endsWith('+json'))
    return JSON.parse(bytes.toString('utf8')) as Json;
  if (mediaType.startsWith('text/') || mediaType === 'application/xml') return bytes.toString('utf8');
  return { '$content-type': contentType ?? 'application/octet-stream', $content: bytes.toString('base64') };
}
