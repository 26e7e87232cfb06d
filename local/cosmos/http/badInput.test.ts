import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Stage } from '../checks/check.ts';

const DOCS = 'dbs/checks/colls/container-1/docs';
const KEY = { 'x-ms-documentdb-partitionkey': '["a"]' };
const QUERY = {
  'content-type': 'application/query+json',
  'x-ms-documentdb-isquery': 'True',
  'x-ms-documentdb-query-enablecrosspartition': 'True',
};
const BATCH = { ...KEY, 'x-ms-cosmos-is-batch-request': 'True', 'x-ms-cosmos-batch-atomic': 'True' };
const FEED = { 'a-im': 'Incremental Feed' };

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.set({ signed: false });
  const container = await stage.container();
  await container.items.create({ id: '1', pk: 'a', n: 1 });
});
afterAll(() => stage.strike());

// Whatever was sent, the next one is served.
afterEach(async () => {
  const { status, body } = await stage.raw('GET', `${DOCS}/1`, KEY);
  expect({ status, n: body.n }).toEqual({ status: 200, n: 1 });
});

type Case = [
  name: string,
  status: number,
  method: string,
  path: string,
  headers?: Record<string, string>,
  body?: string,
];

const CASES: Case[] = [
  ['an unknown path', 404, 'GET', 'nowhere'],
  ['a path below an item', 404, 'GET', `${DOCS}/1/more`],
  ['a broken escape', 400, 'GET', `${DOCS}/%E0%A4%A`, KEY],
  ['a database that is missing', 404, 'GET', 'dbs/none'],
  ['stored procedures', 400, 'GET', 'dbs/checks/colls/container-1/sprocs'],
  ['a method that a feed does not have', 405, 'DELETE', DOCS],
  ['no JSON', 400, 'POST', DOCS, KEY, '{"id": '],
  ['an empty body', 400, 'POST', DOCS, KEY, ''],
  ['JSON that is no object', 400, 'POST', DOCS, KEY, '["1"]'],
  ['an item without id', 400, 'POST', DOCS, KEY, '{"pk":"a"}'],
  ['an id that is no text', 400, 'POST', DOCS, KEY, '{"id":1,"pk":"a"}'],
  ['an id that is no text in any encoding', 400, 'POST', DOCS, KEY, '{"id":"\\ud800","pk":"a"}'],
  [
    'a container id that is no text in any encoding',
    400,
    'POST',
    'dbs/checks/colls',
    {},
    '{"id":"\\ud800","partitionKey":{"paths":["/x"]}}',
  ],
  [
    'a query of a megabyte',
    400,
    'POST',
    DOCS,
    QUERY,
    JSON.stringify({ query: `SELECT * FROM c WHERE ${'1 = 1 AND '.repeat(100_000)} true` }),
  ],
  [
    'a query of 5000 conditions',
    400,
    'POST',
    DOCS,
    QUERY,
    JSON.stringify({ query: `SELECT * FROM c WHERE ${'1 = 1 AND '.repeat(5000)} true` }),
  ],
  [
    'a path of 5000 steps',
    400,
    'POST',
    DOCS,
    QUERY,
    JSON.stringify({ query: `SELECT VALUE c${'.x'.repeat(5000)} FROM c` }),
  ],
  ['an item without partition key header', 400, 'POST', DOCS, {}, '{"id":"2","pk":"a"}'],
  ['a partition key that is an object', 400, 'POST', DOCS, KEY, '{"id":"2","pk":{"x":1}}'],
  ['nesting without end', 400, 'POST', DOCS, KEY, `{"id":"2","pk":"a","x":${'['.repeat(50_000)}${']'.repeat(50_000)}}`],
  ['an item of 3 MB', 413, 'POST', DOCS, KEY, JSON.stringify({ id: '2', pk: 'a', x: 'x'.repeat(3_000_000) })],
  ['a body of 9 MB', 413, 'POST', DOCS, KEY, 'x'.repeat(9_000_000)],
  ['a partition key header that is no JSON', 400, 'GET', `${DOCS}/1`, { 'x-ms-documentdb-partitionkey': 'a' }],
  ['a partition key of two levels', 400, 'GET', `${DOCS}/1`, { 'x-ms-documentdb-partitionkey': '["a","b"]' }],
  ['no partition key', 400, 'GET', `${DOCS}/1`],
  [
    'a page size that is no number',
    400,
    'POST',
    DOCS,
    { ...QUERY, 'x-ms-max-item-count': 'many' },
    '{"query":"SELECT * FROM c"}',
  ],
  ['a page size of 0', 400, 'POST', DOCS, { ...QUERY, 'x-ms-max-item-count': '0' }, '{"query":"SELECT * FROM c"}'],
  [
    'a continuation of its own making',
    400,
    'POST',
    DOCS,
    { ...QUERY, 'x-ms-continuation': 'eyJhIjoxfQ' },
    '{"query":"SELECT * FROM c"}',
  ],
  ['a query without text', 400, 'POST', DOCS, QUERY, '{"parameters":[]}'],
  ['parameters that are no array', 400, 'POST', DOCS, QUERY, '{"query":"SELECT * FROM c","parameters":{}}'],
  ['a query that is none', 400, 'POST', DOCS, QUERY, '{"query":"DROP TABLE c"}'],
  ['a parameter that is missing', 400, 'POST', DOCS, QUERY, '{"query":"SELECT * FROM c WHERE c.n = @n"}'],
  [
    'a limit that is no count',
    400,
    'POST',
    DOCS,
    QUERY,
    '{"query":"SELECT TOP @n * FROM c","parameters":[{"name":"@n","value":-1}]}',
  ],
  [
    'a pattern that is no expression',
    400,
    'POST',
    DOCS,
    QUERY,
    '{"query":"SELECT VALUE RegexMatch(c.id, \'(\') FROM c"}',
  ],
  [
    'a forbidden cross-partition query',
    400,
    'POST',
    DOCS,
    { ...QUERY, 'x-ms-documentdb-query-enablecrosspartition': 'False' },
    '{"query":"SELECT * FROM c"}',
  ],
  [
    'an unknown range',
    410,
    'POST',
    DOCS,
    { ...QUERY, 'x-ms-documentdb-partitionkeyrangeid': '7' },
    '{"query":"SELECT * FROM c"}',
  ],
  ['a batch that is no array', 400, 'POST', DOCS, BATCH, '{}'],
  ['a batch of texts', 400, 'POST', DOCS, BATCH, '["x"]'],
  ['a batch with an unknown operation', 207, 'POST', DOCS, BATCH, '[{"operationType":"Jump"}]'],
  ['a batch without id', 207, 'POST', DOCS, BATCH, '[{"operationType":"Read"}]'],
  ['a batch without body', 207, 'POST', DOCS, BATCH, '[{"operationType":"Create"}]'],
  ['a patch that is a text', 400, 'PATCH', `${DOCS}/1`, KEY, '"x"'],
  ['a patch of the id', 400, 'PATCH', `${DOCS}/1`, KEY, '[{"op":"set","path":"/id","value":"2"}]'],
  ['a patch of the partition key', 400, 'PATCH', `${DOCS}/1`, KEY, '[{"op":"remove","path":"/pk"}]'],
  [
    'a patch condition that is no query',
    400,
    'PATCH',
    `${DOCS}/1`,
    KEY,
    '{"condition":"where","operations":[{"op":"remove","path":"/n"}]}',
  ],
  ['a replacement under another id', 400, 'PUT', `${DOCS}/1`, KEY, '{"id":"2","pk":"a"}'],
  ['a feed position that is none', 400, 'GET', DOCS, { ...FEED, 'if-none-match': 'later' }],
  ['a feed start that is no date', 400, 'GET', DOCS, { ...FEED, 'if-modified-since': 'yesterday' }],
  ['half a hash range', 400, 'GET', DOCS, { ...FEED, 'x-ms-start-epk': '00' }],
  ['a feed with all versions', 400, 'GET', DOCS, { 'a-im': 'Full-Fidelity Feed' }],
  ['a stronger consistency', 400, 'GET', `${DOCS}/1`, { ...KEY, 'x-ms-consistency-level': 'Strong' }],
  ['an unknown consistency', 400, 'GET', `${DOCS}/1`, { ...KEY, 'x-ms-consistency-level': 'Perhaps' }],
  ['a session token that is none', 400, 'GET', `${DOCS}/1`, { ...KEY, 'x-ms-session-token': 'x' }],
  ['a throughput of nothing', 400, 'POST', 'dbs', { 'x-ms-offer-throughput': '0' }, '{"id":"x"}'],
  ['an autoscale that is no JSON', 400, 'POST', 'dbs', { 'x-ms-cosmos-offer-autopilot-settings': '{' }, '{"id":"x"}'],
  ['a database without id', 400, 'POST', 'dbs', {}, '{}'],
  ['a container without key', 400, 'POST', 'dbs/checks/colls', {}, '{"id":"x"}'],
  [
    'a container that changes its key',
    400,
    'PUT',
    'dbs/checks/colls/container-1',
    {},
    '{"id":"container-1","partitionKey":{"paths":["/x"]}}',
  ],
  ['an offer that is missing', 404, 'GET', 'offers/none'],
];

test.each(CASES)('%s: %i', async (_name, status, method, path, headers, body) => {
  const answer = await stage.raw(method, path, headers, body);
  expect(answer.status).toBe(status);
  expect(answer.headers.get('x-ms-activity-id')).toMatch(/^[0-9a-f-]{36}$/);
  if (status !== 207) {
    expect(answer.body.code).toEqual(expect.any(String));
    expect(answer.body.message).toMatch(/^Message: \{.*\}\r\nActivityId: [0-9a-f-]{36}$/);
  }
});

test('bytes that are no UTF-8: 400', async () => {
  const body = Buffer.concat([Buffer.from('{"id":"2","pk":"a","x":"'), Buffer.of(0xc3, 0x28), Buffer.from('"}')]);
  const answer = await stage.raw('POST', DOCS, KEY, body);
  expect(answer.status).toBe(400);
  expect(answer.body.message).toContain('must be UTF-8');
});

test.each([
  '\u0016\u0003\u0001 not http\r\n\r\n',
  'GET / HTTP/9.9\r\n\r\n',
  `GET / HTTP/1.1\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`,
])('no HTTP: 400', async (text) => {
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(stage.service.ports.http, '127.0.0.1', () => socket.write(text));
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString()));
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
});

test('a connection that ends in the middle of a request disturbs nobody', async () => {
  const socket = connect(stage.service.ports.http, '127.0.0.1');
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  socket.write(`POST /${DOCS} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"id":`);
  await new Promise<void>((resolve) => setTimeout(resolve, 20));
  socket.destroy();
});
