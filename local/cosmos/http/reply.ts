import type { ServerResponse } from 'node:http';
import { textOf } from '../json.ts';
import { CosmosError, SUBSTATUS } from '../errors.ts';
import type { ResultRow } from '../operations/resultCache.ts';
import type { Container } from '../store/container.ts';

/** An answer before it is put into HTTP. */
export interface Reply {
  status: number;
  /** JSON; none for 204 and 304. */
  body?: string | Uint8Array;
  /** Request units. */
  charge: number;
  substatus?: number;
  etag?: string;
  continuation?: string;
  /** Of a feed. */
  itemCount?: number;
  retryAfterMs?: number;
  /** The container that the answer is about: gives the session token and the paths it belongs to. */
  container?: Container;
  /** Further headers, name and value in turn. */
  headers?: string[];
}

/** The body of a feed: `{_rid, <name>: […], _count}`. Rows are put in as they are. */
export function feedBody(rid: string, name: string, rows: readonly ResultRow[]): Buffer {
  const parts: Uint8Array[] = [Buffer.from(`{"_rid":"${rid}","${name}":[`)];
  for (const [index, row] of rows.entries()) {
    if (index > 0) parts.push(COMMA);
    parts.push(typeof row === 'string' ? Buffer.from(row) : row);
  }
  parts.push(Buffer.from(`],"_count":${rows.length}}`));
  return Buffer.concat(parts);
}

const COMMA = Buffer.from(',');
const SHORT_BODY = 4096;

/** The answer to a refused request. */
export function errorReply(error: CosmosError, activityId: string): Reply {
  const { code, detail, status, substatus, charge, retryAfterMs, body } = error;
  return {
    status,
    substatus,
    charge,
    retryAfterMs,
    body: JSON.stringify({ code, message: `${detail}\r\nActivityId: ${activityId}`, ...body }),
  };
}

/** Sends an answer with the headers that clients of Cosmos DB look at. */
export function send(response: ServerResponse, reply: Reply, activityId: string): void {
  const headers = [
    'x-ms-request-charge',
    String(reply.charge),
    'x-ms-activity-id',
    activityId,
    'x-ms-substatus',
    String(reply.substatus ?? SUBSTATUS.none),
  ];
  const { container, body } = reply;
  if (container) {
    headers.push('x-ms-session-token', `0:-1#${container.sequence}`);
    headers.push('x-ms-alt-content-path', container.path, 'x-ms-content-path', container.rid);
    headers.push('lsn', String(container.sequence));
  }
  if (reply.etag !== undefined) headers.push('etag', reply.etag);
  if (reply.continuation !== undefined) headers.push('x-ms-continuation', reply.continuation);
  if (reply.itemCount !== undefined) headers.push('x-ms-item-count', String(reply.itemCount));
  if (reply.retryAfterMs !== undefined) headers.push('x-ms-retry-after-ms', String(reply.retryAfterMs));
  if (reply.headers) headers.push(...reply.headers);
  if (body === undefined) {
    response.writeHead(reply.status, headers).end();
    return;
  }
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  headers.push('content-type', 'application/json', 'content-length', String(length));
  // A short text leaves in one piece with the headers; longer bytes are not worth turning into text for that.
  const isShort = typeof body !== 'string' && length < SHORT_BODY;
  response.writeHead(reply.status, headers).end(isShort ? textOf(body) : body);
}
