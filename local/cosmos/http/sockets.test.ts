import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Stage } from '../checks/check.ts';

// Connections that never say what they want, or stop in the middle of it.

const DOCS = 'dbs/checks/colls/container-1/docs';
const KEY = { 'x-ms-documentdb-partitionkey': '["a"]' };

let stage: Stage;
const opened: Socket[] = [];
beforeAll(async () => {
  stage = await Stage.set({ signed: false, requestTimeoutMs: 400 });
  const container = await stage.container();
  await container.items.create({ id: '1', pk: 'a', n: 1 });
});
afterAll(async () => {
  for (const socket of opened) socket.destroy();
  await stage.strike();
});

/** A connection that sends a text and then nothing; resolves with what it was told before it was closed. */
function stalled(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(stage.service.ports.http, '127.0.0.1', () => socket.write(text));
    opened.push(socket);
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString()));
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });
}

test.each([
  ['in the middle of its headers', `POST /${DOCS} HTTP/1.1\r\nhost: x\r\nx-ms-`],
  ['in the middle of its body', `POST /${DOCS} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{"id":`],
  ['in the middle of a chunk', `POST /${DOCS} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{"id"`],
])('a request that stops %s gets 408, and its connection is closed', async (_where, text) => {
  const answer = await stalled(text);
  expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ code: 'RequestTimeout' });
});

test('hundreds of half-open connections keep nobody from being served', async () => {
  const answers = Array.from({ length: 300 }, (_, index) => stalled(index % 2 ? 'GET / HT' : ''));
  for (let read = 0; read < 20; read += 1) {
    const { status, body } = await stage.raw('GET', `${DOCS}/1`, KEY);
    expect({ status, n: body.n }).toEqual({ status: 200, n: 1 });
  }
  const late = (await Promise.all(answers)).filter((answer) => answer.startsWith('HTTP/1.1 408 '));
  expect(late.length).toBeGreaterThanOrEqual(150);
});

test('a client that goes away while its query runs leaves the others in peace', async () => {
  const container = stage.database.container('container-1');
  await container.items.create({ id: '2', pk: 'a', list: Array.from({ length: 300 }, () => 0) });
  const query = 'SELECT VALUE 1 FROM c JOIN x IN c.list JOIN y IN c.list JOIN z IN c.list WHERE x + y + z > 0';
  const gone = new AbortController();
  const running = container.items.query(query, { partitionKey: 'a', abortSignal: gone.signal }).fetchNext();
  const ended = expect(running).rejects.toThrow();
  await stage.raw('GET', `${DOCS}/1`, KEY);
  gone.abort();
  await ended;
  expect((await stage.raw('GET', `${DOCS}/1`, KEY)).status).toBe(200);
});
