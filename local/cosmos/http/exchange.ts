import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { badRequest, tooLarge } from '../errors.ts';

/** A request, read completely. */
export interface Exchange {
  /** Upper case. */
  method: string;
  /** Path without its slashes, decoded: `['dbs', 'shop', 'colls', 'items']`. */
  segments: string[];
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** Whether the client has closed the connection. */
  isGone?: () => boolean;
}

/** Nothing that Cosmos DB takes is larger, with what surrounds an item of 2 MB in a batch. */
const MAXIMUM_BODY = 4 * 1024 * 1024;
const EMPTY = Buffer.alloc(0);

/** The parts of a request's path; 400 for a path that is not percent-encoded correctly. */
export function pathSegments(url: string): string[] {
  const end = url.indexOf('?');
  const path = end < 0 ? url : url.slice(0, end);
  const segments = path.split('/').filter((segment) => segment !== '');
  if (!path.includes('%')) return segments;
  try {
    return segments.map(decodeURIComponent);
  } catch {
    throw badRequest(`The path ${path} is not percent-encoded correctly.`);
  }
}

/** Reads the body. One that is too large is read to its end, so that the client gets to see the refusal. */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  if (request.method === 'GET' || request.method === 'DELETE') {
    request.resume();
    return Promise.resolve(EMPTY);
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= MAXIMUM_BODY) chunks.push(chunk);
      else chunks.length = 0;
    });
    request.on('end', () => {
      if (length > MAXIMUM_BODY) reject(tooLarge());
      else resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length));
    });
    request.on('error', (error) => {
      reject(badRequest(`The connection broke before the request was complete: ${error.message}.`));
    });
  });
}
