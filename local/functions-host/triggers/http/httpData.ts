import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpCookie, HttpData, TypedData } from '../../app/coreTypes.ts';

type Nullable = Record<string, { value: string }>;

/** A request as the library wants it. A header or query parameter that comes several times is joined with commas. */
export function requestData(
  request: IncomingMessage,
  url: URL,
  params: Record<string, string>,
  body: Buffer,
): HttpData {
  const headers: Nullable = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = { value: Array.isArray(value) ? value.join(', ') : value };
  }
  const query: Nullable = {};
  for (const name of url.searchParams.keys()) query[name] = { value: url.searchParams.getAll(name).join(',') };
  const nullableParams = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, { value }]));
  return {
    method: request.method ?? 'GET',
    url: url.href,
    nullableHeaders: headers,
    nullableQuery: query,
    nullableParams,
    body: { bytes: body },
  };
}

/** Sends what the function returned as `$return`; nothing returned is 204, as on Azure. */
export function sendResponse(response: ServerResponse, returned: TypedData | null | undefined): void {
  const data = returned?.http;
  if (!data) {
    response.writeHead(returned ? 200 : 204).end(returned ? bodyBytes(returned) : undefined);
    return;
  }
  for (const [name, value] of Object.entries(data.headers ?? {})) response.setHeader(name, value);
  if (data.cookies?.length) response.setHeader('set-cookie', data.cookies.map(cookieHeader));
  response.writeHead(Number(data.statusCode ?? 200)).end(data.body ? bodyBytes(data.body) : undefined);
}

function bodyBytes({ bytes, string, json, int, double }: TypedData): Uint8Array | string {
  return bytes ?? string ?? json ?? String(int ?? double ?? '');
}

const SAME_SITE = { lax: 'Lax', strict: 'Strict', explicitNone: 'None' } as const;

function cookieHeader(cookie: HttpCookie): string {
  const parts = [`${cookie.name}=${encodeURIComponent(cookie.value)}`];
  if (cookie.domain) parts.push(`Domain=${cookie.domain.value}`);
  if (cookie.path) parts.push(`Path=${cookie.path.value}`);
  if (cookie.expires) parts.push(`Expires=${new Date(cookie.expires.value.seconds * 1000).toUTCString()}`);
  if (cookie.maxAge) parts.push(`Max-Age=${cookie.maxAge.value}`);
  if (cookie.secure?.value) parts.push('Secure');
  if (cookie.httpOnly?.value) parts.push('HttpOnly');
  if (cookie.sameSite && cookie.sameSite !== 'none') parts.push(`SameSite=${SAME_SITE[cookie.sameSite]}`);
  return parts.join('; ');
}
