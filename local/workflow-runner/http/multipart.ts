import { randomUUID } from 'node:crypto';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { bodyFromContent, contentFromBody, type Content } from './content.ts';

/** A part of a multipart body, as workflows see it in `$multipart`. */
export type Part = { headers: JsonObject; body: Json };

const BLANK_LINE = Buffer.from('\r\n\r\n');

/** The parts of a multipart body (RFC 2046); none for a content type without a boundary. */
export function readParts(bytes: Buffer, contentType: string): Part[] {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) return [];
  return split(bytes, Buffer.from(`--${boundary}`))
    .slice(1)
    .filter((chunk) => !chunk.subarray(0, 2).equals(Buffer.from('--')))
    .map(readPart);
}

function split(bytes: Buffer, separator: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  let from = 0;
  for (let at = bytes.indexOf(separator); at >= 0; at = bytes.indexOf(separator, from)) {
    chunks.push(bytes.subarray(from, at));
    from = at + separator.length;
  }
  chunks.push(bytes.subarray(from));
  return chunks;
}

/** A chunk begins with the end of the boundary's line and ends with the line break before the next one. */
function readPart(chunk: Buffer): Part {
  const end = chunk.indexOf(BLANK_LINE);
  const head = chunk.subarray(0, Math.max(end, 0)).toString('utf8');
  const headers = head.split('\r\n').filter((line) => line.includes(':'));
  const named: Record<string, string> = Object.fromEntries(headers.map(headerOf));
  const bytes = end < 0 ? Buffer.alloc(0) : chunk.subarray(end + BLANK_LINE.length, chunk.length - 2);
  return { headers: named, body: bodyFromContent(bytes, named['Content-Type']) ?? '' };
}

function headerOf(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon).trim().toLowerCase();
  return [name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase()), line.slice(colon + 1).trim()];
}

/** The bytes of a body that is written as `$multipart`. */
export function writeParts(parts: Json[], contentType: string): Content {
  const boundary = randomUUID();
  const chunks = parts.flatMap((part) => {
    const { headers = {}, body = '' } = isObject(part) ? part : {};
    const content = contentFromBody(body);
    const lines = Object.entries(isObject(headers) ? headers : {}).map(([name, value]) => `${name}: ${String(value)}`);
    const typed = lines.some((line) => /^content-type:/i.test(line));
    if (!typed && content) lines.push(`Content-Type: ${content.contentType}`);
    const head = `--${boundary}\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
    return [Buffer.from(head), content?.bytes ?? Buffer.alloc(0), Buffer.from('\r\n')];
  });
  const bytes = Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]);
  const mediaType = contentType.replace(/;\s*boundary=[^;]*/i, '');
  return { bytes, contentType: `${mediaType}; boundary=${boundary}` };
}
