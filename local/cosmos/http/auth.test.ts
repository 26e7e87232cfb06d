import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { createAuthorize } from './auth.ts';
import type { Exchange } from './exchange.ts';

const KEY = 'C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==';
const DATE = 'Sun, 23 Nov 2025 12:00:00 GMT';
const NOW = Date.parse(DATE);
const authorize = createAuthorize({ key: KEY, now: () => NOW });

function exchange(path: string, headers: Record<string, string>): Exchange {
  const segments = path.split('/').filter(Boolean);
  return { method: 'GET', segments, headers, body: Buffer.alloc(0) };
}

function sign(type: string, link: string, { date = DATE, key = KEY, plain = false } = {}): string {
  const when = plain ? `\n${date.toLowerCase()}\n` : `${date.toLowerCase()}\n\n`;
  const text = `get\n${type}\n${link}\n${when}`;
  return createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64');
}

function token(signature: string, prefix = 'type=master&ver=1.0&sig='): string {
  return encodeURIComponent(`${prefix}${signature}`);
}

test.each([
  ['/', '', ''],
  ['/dbs', 'dbs', ''],
  ['/dbs/d', 'dbs', 'dbs/d'],
  ['/dbs/d/colls', 'colls', 'dbs/d'],
  ['/dbs/d/colls/C', 'colls', 'dbs/d/colls/C'],
  ['/dbs/d/colls/C/pkranges', 'pkranges', 'dbs/d/colls/C'],
  ['/dbs/d/colls/C/docs', 'docs', 'dbs/d/colls/C'],
  ['/dbs/d/colls/C/docs/user:1 ä', 'docs', 'dbs/d/colls/C/docs/user:1 ä'],
  ['/dbs/d/colls/C/operations/partitionkeydelete', 'colls', 'dbs/d/colls/C'],
  ['/offers', 'offers', ''],
  ['/offers/oABC', 'offers', 'oabc'],
])('accepts the signature of %s', (path, type, link) => {
  expect(() => authorize(exchange(path, { authorization: token(sign(type, link)), 'x-ms-date': DATE }))).not.toThrow();
});

test('accepts the standard date header and a token that is not percent-encoded', () => {
  const signature = sign('dbs', '', { plain: true });
  expect(() => authorize(exchange('/dbs', { authorization: token(signature), date: DATE }))).not.toThrow();
  const bare = `type=master&ver=1.0&sig=${sign('dbs', '')}`;
  expect(() => authorize(exchange('/dbs', { authorization: bare, 'x-ms-date': DATE }))).not.toThrow();
});

test('without a key everybody passes', () => {
  expect(() => createAuthorize({ now: () => NOW })(exchange('/dbs', {}))).not.toThrow();
});

test.each<[string, Record<string, string>, number]>([
  ['no token', { 'x-ms-date': DATE }, 401],
  ['another key', { authorization: token(sign('dbs', '', { key: 'b3RoZXI=' })), 'x-ms-date': DATE }, 401],
  ['another resource', { authorization: token(sign('dbs', 'dbs/d')), 'x-ms-date': DATE }, 401],
  ['another date', { authorization: token(sign('dbs', '')), 'x-ms-date': 'Sun, 23 Nov 2025 12:00:01 GMT' }, 401],
  ['no date', { authorization: token(sign('dbs', '')) }, 401],
  ['no signature', { authorization: token(''), 'x-ms-date': DATE }, 401],
  ['a token of Entra ID', { authorization: token('abc', 'type=aad&ver=1.0&sig='), 'x-ms-date': DATE }, 401],
  ['a bearer token', { authorization: 'Bearer abc', 'x-ms-date': DATE }, 401],
  ['a broken escape', { authorization: '%zz', 'x-ms-date': DATE }, 401],
])('refuses %s', (_name, headers, status) => {
  expect(() => authorize(exchange('/dbs', headers))).toThrow(expect.objectContaining({ status }) as Error);
});

test('refuses a signature that is older than a quarter of an hour', () => {
  const date = 'Sun, 23 Nov 2025 11:44:59 GMT';
  const headers = { authorization: token(sign('dbs', '', { date })), 'x-ms-date': date };
  expect(() => authorize(exchange('/dbs', headers))).toThrow(expect.objectContaining({ status: 403 }) as Error);
});
