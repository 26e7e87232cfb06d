import { Agent, request } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Stage } from '../checks/check.ts';

// Whatever is sent: an answer of the service's own, no fault of it, and the others are served.

let stage: Stage;
const agent = new Agent({ keepAlive: true });
beforeAll(async () => {
  stage = await Stage.set({ signed: false });
  const container = await stage.container();
  await container.items.create({ id: 'kept', pk: 'a', n: 1 });
});
afterAll(async () => {
  agent.destroy();
  await stage.strike();
});

interface Attempt {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

interface Answer {
  status: number;
  body: string;
}

function send({ method, path, headers, body }: Attempt): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: stage.service.ports.http, agent, method, path };
    const call = request({ ...options, headers: { ...headers, 'content-length': String(body.length) } }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    call.on('error', reject);
    call.end(body);
  });
}

const words = fc.constantFrom(
  '',
  '*',
  '0',
  '-1',
  '1e9',
  'true',
  'False',
  '["a"]',
  '[{}]',
  '{}',
  '[',
  '"x"',
  '0:-1#5',
  '7',
  'ÿ',
  'null',
);
const text = fc.oneof(
  words,
  fc.string({ maxLength: 20 }).map((any) => any.replace(/[^ -~]/g, '?')),
);
const headerNames = fc.constantFrom(
  'x-ms-documentdb-partitionkey',
  'x-ms-documentdb-is-upsert',
  'x-ms-documentdb-isquery',
  'x-ms-documentdb-query-enablecrosspartition',
  'x-ms-documentdb-partitionkeyrangeid',
  'x-ms-cosmos-is-query-plan-request',
  'x-ms-cosmos-is-batch-request',
  'x-ms-cosmos-batch-atomic',
  'x-ms-cosmos-batch-continue-on-error',
  'x-ms-max-item-count',
  'x-ms-continuation',
  'x-ms-consistency-level',
  'x-ms-session-token',
  'x-ms-offer-throughput',
  'x-ms-cosmos-offer-autopilot-settings',
  'x-ms-start-epk',
  'x-ms-end-epk',
  'x-ms-indexing-directive',
  'x-ms-date',
  'authorization',
  'content-type',
  'prefer',
  'a-im',
  'if-match',
  'if-none-match',
  'if-modified-since',
);
const segment = fc.constantFrom(
  'dbs',
  'colls',
  'docs',
  'fuzz',
  'c',
  '1',
  'pkranges',
  'offers',
  'operations',
  'partitionkeydelete',
  'sprocs',
  'conflicts',
  '%zz',
  '%00',
  '..',
  'é',
  '',
);
const path = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      '/dbs/fuzz/colls/c/docs',
      '/dbs/fuzz/colls/c/docs/1',
      '/dbs/fuzz/colls',
      '/dbs/fuzz/colls/c',
      '/dbs',
      '/offers',
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .array(segment, { maxLength: 7 })
      .map((parts) => encodeURI(`/${parts.join('/')}`).replaceAll('%25', '%')),
  },
);
const sql = fc
  .array(
    fc.constantFrom(
      ...'SELECT VALUE * FROM c WHERE c.n = 1 AND OR NOT ORDER BY GROUP JOIN x IN c.list TOP 2 DISTINCT ( ) [ ] { } , . @p "text" \' ?? ? : < >= || COUNT(1) SUM( EXISTS( ARRAY( LIKE "%a" BETWEEN OFFSET 1 LIMIT undefined null -- 0x 1e 5'.split(
        ' ',
      ),
    ),
    { maxLength: 14 },
  )
  .map((tokens) => tokens.join(' '));
const operation = fc.record(
  {
    operationType: fc.constantFrom('Create', 'Upsert', 'Replace', 'Patch', 'Read', 'Delete', 'Jump'),
    id: fc.oneof(fc.constant('1'), fc.jsonValue()),
    partitionKey: fc.oneof(fc.constant('["a"]'), words),
    ifMatch: words,
    resourceBody: fc.oneof(
      fc.record({ id: fc.constantFrom('1', '2', ''), pk: fc.oneof(fc.constant('a'), fc.jsonValue()) }),
      fc.array(
        fc.record(
          {
            op: fc.constantFrom('set', 'add', 'remove', 'incr', 'move', 'x'),
            path: text,
            from: text,
            value: fc.jsonValue(),
          },
          { requiredKeys: [] },
        ),
        { maxLength: 12 },
      ),
      fc.jsonValue(),
    ),
  },
  { requiredKeys: [] },
);
const json = (value: unknown) => Buffer.from(JSON.stringify(value) ?? '');
const body = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.jsonValue().map(json),
  fc.tuple(sql, fc.jsonValue()).map(([query, value]) => json({ query, parameters: [{ name: '@p', value }] })),
  fc.array(operation, { maxLength: 3 }).map(json),
  fc
    .record(
      {
        id: fc.constantFrom('1', 'c', 'fuzz'),
        pk: fc.jsonValue(),
        ttl: fc.jsonValue(),
        partitionKey: fc.record({ paths: fc.array(text, { maxLength: 4 }) }),
        indexingPolicy: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    .map(json),
);
const attempt: fc.Arbitrary<Attempt> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PURGE'),
  path,
  headers: fc.dictionary(headerNames, text, { maxKeys: 6 }),
  body,
});

test('every answer has a status and a body of the protocol, and what was stored stays', async () => {
  const client = stage.client;
  const property = fc.asyncProperty(fc.array(attempt, { minLength: 1, maxLength: 12 }), async (attempts) => {
    const { database } = await client.databases.createIfNotExists({ id: 'fuzz' });
    await database.containers.createIfNotExists({ id: 'c', partitionKey: '/pk' });
    const answers = await Promise.all(attempts.map(send));
    for (const { status, body: answered } of answers) {
      expect(status).toBeLessThan(500);
      if (status >= 400) expect(JSON.parse(answered)).toMatchObject({ code: /./, message: /./ });
      else if (answered !== '') JSON.parse(answered);
    }
    const { status, body: kept } = await stage.raw('GET', 'dbs/checks/colls/container-1/docs/kept', {
      'x-ms-documentdb-partitionkey': '["a"]',
    });
    expect({ status, n: kept.n }).toEqual({ status: 200, n: 1 });
  });
  await fc.assert(property, { numRuns: 150 });
});
