import { request } from 'node:http';
import type { TestBroker } from '../testing/testBroker.ts';
import { ACCESS_KEY } from '../testing/testBroker.ts';
import { collect } from '../testing/receiving.ts';
import { sasToken } from '../testing/sasToken.ts';
import { expect } from 'vitest';
import { partitionOf } from '../../../runtime/contracts/partitionKey.ts';
import { bodies, inSeconds, type Check } from './check.ts';

const BATCH = 'application/vnd.microsoft.servicebus.json';

interface Answer {
  status: number;
  type: string | null;
  body: string;
}

interface SendOptions {
  headers?: Record<string, string>;
  token?: string | null;
  method?: string;
}

/** A token for the namespace as the documentation of the REST interface writes it: without a scheme. */
function token(resource = 'ns.example', expiry = inSeconds(600)): string {
  return sasToken({ resource, expiry, accessKey: ACCESS_KEY });
}

async function send(test: TestBroker, path: string, body: string | Buffer, options: SendOptions = {}): Promise<Answer> {
  const { headers = {}, token: authorization = token(), method = 'POST' } = options;
  const response = await fetch(`http://127.0.0.1:${test.broker.httpPort}${path}`, {
    method,
    headers: { ...(authorization === null ? {} : { authorization }), ...headers },
    body: method === 'GET' ? undefined : body,
  });
  return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
}

function batch(...events: unknown[]): [string, SendOptions] {
  return [JSON.stringify(events), { headers: { 'content-type': BATCH } }];
}

export const httpChecks: Check[] = [
  {
    name: 'POST /{hub}/messages stores its body as one event and answers 201 without a body',
    async run({ test }) {
      const hub = await test.hub();
      const path = `/${hub}/messages?timeout=60&api-version=2014-01`;
      const answer = await send(test, path, '{"DeviceId":"dev-01","Temperature":"37.0"}');
      expect(answer).toEqual({ status: 201, type: 'application/xml; charset=utf-8', body: '' });
      const [event] = await collect(test.consumer(hub), { count: 1 });
      expect(event.body).toEqual({ DeviceId: 'dev-01', Temperature: '37.0' });
    },
  },
  {
    name: 'headers of a single event become its properties, and Content-Type its content type',
    async run({ test }) {
      const hub = await test.hub();
      const headers = { 'content-type': 'text/plain', Alert: 'Strong Wind', Level: '7', Quoted: '"8"', Sunny: 'false' };
      expect((await send(test, `/${hub}/messages`, 'x', { headers })).status).toBe(201);
      const [{ properties = {}, contentType }] = await collect(test.consumer(hub), { count: 1 });
      const byLowerCase = Object.fromEntries(
        Object.entries(properties).map(([key, value]) => [key.toLowerCase(), value]),
      );
      expect(byLowerCase).toEqual({ alert: 'Strong Wind', level: 7, quoted: '8', sunny: false });
      expect(contentType).toBe('text/plain');
    },
  },
  {
    name: 'the PartitionKey of the BrokerProperties header routes a single event as Azure routes the key',
    async run({ test }) {
      const hub = await test.hub({ partitionCount: 4 });
      for (const key of ['a', 'alphabet', 'zürich']) {
        const headers = { brokerproperties: JSON.stringify({ PartitionKey: key, MessageId: `m-${key.length}` }) };
        // What is not ASCII is escaped in a header, as JSON allows.
        headers.brokerproperties = headers.brokerproperties.replace('ü', '\\u00fc');
        expect((await send(test, `/${hub}/messages`, key, { headers })).status).toBe(201);
        const partition = String(partitionOf(key, 4));
        const events = await collect(test.consumer(hub), { count: 1, partition, skipParsingBodyAsJson: true });
        expect(events.at(-1)).toMatchObject({ partitionKey: key, messageId: `m-${key.length}` });
      }
    },
  },
  {
    name: 'POST /{hub}/partitions/{n}/messages stores into that partition',
    async run({ test }) {
      const hub = await test.hub({ partitionCount: 3 });
      expect((await send(test, `/${hub}/partitions/2/messages`, 'here')).status).toBe(201);
      expect(bodies(await collect(test.consumer(hub), { count: 1, partition: '2' }))[0]).toEqual(Buffer.from('here'));
    },
  },
  {
    name: 'POST /{hub}/publishers/{name}/messages makes the publisher the partition key and names it in x-opt-publisher',
    async run({ test }) {
      const hub = await test.hub({ partitionCount: 4 });
      expect((await send(test, `/${hub}/publishers/dev-01/messages`, 'x')).status).toBe(201);
      const [event] = await collect(test.consumer(hub), { count: 1, partition: String(partitionOf('dev-01', 4)) });
      expect(event).toMatchObject({ partitionKey: 'dev-01', systemProperties: { 'x-opt-publisher': 'dev-01' } });
    },
  },
  {
    name: 'a batch stores all its events in order, with their properties and one partition key',
    async run({ test }) {
      const hub = await test.hub({ partitionCount: 2 });
      const BrokerProperties = { PartitionKey: 'k', CorrelationId: 'c-1', Label: 'l' };
      const [body, options] = batch(
        { Body: 'Message1', UserProperties: { Alert: 'Strong Wind', Level: 3 }, BrokerProperties },
        { Body: '{"n":2}', BrokerProperties: { PartitionKey: 'k' } },
        { Body: '', BrokerProperties: { PartitionKey: 'k' } },
      );
      expect((await send(test, `/${hub}/messages`, body, options)).status).toBe(201);
      const events = await collect(test.consumer(hub), { count: 3, partition: String(partitionOf('k', 2)) });
      expect(events.map(({ partitionKey }) => partitionKey)).toEqual(['k', 'k', 'k']);
      expect(events[0]).toMatchObject({ properties: { Alert: 'Strong Wind', Level: 3 }, correlationId: 'c-1' });
      expect([String(events[0].body), events[1].body, String(events[2].body)]).toEqual(['Message1', { n: 2 }, '']);
    },
  },
  {
    name: 'a token covers the namespace, a hub, or the address of the request, with or without a scheme',
    async run({ test }) {
      const hub = await test.hub();
      const resources = ['ns.example', 'https://ns.example/', `ns.example/${hub}`, `sb://127.0.0.1:1/${hub}/messages`];
      for (const resource of resources) {
        const answer = await send(test, `/${hub}/messages`, 'x', { token: token(resource) });
        expect([resource, answer.status]).toEqual([resource, 201]);
      }
    },
  },
  {
    name: 'a missing, foreign, expired or forged token is 401 with an Error document that says why',
    async run({ test }) {
      const [hub, other] = [await test.hub(), await test.hub()];
      const cases: [string | null, string][] = [
        [null, 'MissingToken'],
        [
          token(`ns.example/${other}`),
          'InvalidAudience: The authorization header contains a token with a wrong audience.',
        ],
        [token('ns.example', inSeconds(-10)), 'ExpiredToken: The token is expired. Expiration time'],
        [token().replace(/sig=[^&]*/, 'sig=AAAA'), 'InvalidSignature: The token has an invalid signature.'],
        ['Bearer abc', "Tokens of the type 'jwt' are not accepted"],
        ['Basic abc', 'MalformedToken'],
      ];
      for (const [authorization, text] of cases) {
        const answer = await send(test, `/${hub}/messages`, 'x', { token: authorization });
        expect(answer).toMatchObject({ status: 401, type: 'application/xml; charset=utf-8' });
        expect(answer.body).toMatch(/^<Error><Code>401<\/Code><Detail>.* TrackingId:[0-9a-f-]{36}, SystemTracker:/);
        expect(answer.body).toContain(text);
      }
      expect((await test.producer(hub).getPartitionProperties('0')).isEmpty).toBe(true);
    },
  },
  {
    name: 'unknown hubs and addresses are 404, a partition that does not exist is 400, another method 405',
    async run({ test }) {
      const hub = await test.hub();
      const status = async (path: string, method?: string) => (await send(test, path, 'x', { method })).status;
      expect(await status('/missing/messages')).toBe(404);
      expect(await status(`/${hub}/other`)).toBe(404);
      expect(await status('/')).toBe(404);
      expect(await status(`/${hub}/partitions/1/messages`)).toBe(400);
      expect(await status(`/${hub}/partitions/x/messages`)).toBe(400);
      expect(await status(`/${hub}/messages`, 'GET')).toBe(405);
      expect(await status('/%zz/messages')).toBe(400);
    },
  },
  {
    name: 'a malformed batch or broker property is 400 with the reason, and nothing of it is stored',
    async run({ test }) {
      const hub = await test.hub({ partitionCount: 2 });
      const cases: [string, string, SendOptions, string][] = [
        ['/messages', '[{"Body":', { headers: { 'content-type': BATCH } }, 'is not JSON'],
        ['/messages', ...batch(), 'at least one event'],
        ['/messages', ...batch({ Body: 'a' }, { Body: 1 }), 'Event 1 of the batch: Body must be a string'],
        ['/messages', ...batch({ Body: 'a', UserProperties: { a: [] } }), 'a must be a string, a number or a boolean'],
        [
          '/messages',
          ...batch({ Body: 'a', BrokerProperties: { PartitionKey: '1' } }, { Body: 'b' }),
          'same PartitionKey',
        ],
        [
          '/partitions/1/messages',
          ...batch({ Body: 'a', BrokerProperties: { PartitionKey: 'k' } }),
          'PartitionKey cannot',
        ],
        [
          '/publishers/p/messages',
          ...batch({ Body: 'a', BrokerProperties: { PartitionKey: 'k' } }),
          "not the publisher 'p'",
        ],
        ['/messages', 'x', { headers: { brokerproperties: 'PartitionKey' } }, 'BrokerProperties is not JSON'],
        [
          '/messages',
          'x',
          { headers: { brokerproperties: `{"PartitionKey":"${'x'.repeat(129)}"}` } },
          '128 characters',
        ],
      ];
      for (const [path, body, options, text] of cases) {
        const answer = await send(test, `/${hub}${path}`, body, options);
        expect([answer.status, answer.body]).toEqual([400, expect.stringContaining(text)]);
      }
      for (const id of ['0', '1']) expect((await test.producer(hub).getPartitionProperties(id)).isEmpty).toBe(true);
    },
  },
  {
    name: 'a body of more than 1 MiB is 413, and the largest allowed one is stored',
    async run({ test }) {
      const hub = await test.hub();
      const large = await send(test, `/${hub}/messages`, Buffer.alloc(1_048_577));
      expect(large).toMatchObject({
        status: 413,
        body: expect.stringContaining('(1048576) has been exceeded') as string,
      });
      const [body, options] = batch(...Array.from({ length: 11 }, () => ({ Body: 'x'.repeat(100_000) })));
      expect((await send(test, `/${hub}/messages`, body, options)).status).toBe(413);
      expect((await send(test, `/${hub}/messages`, Buffer.alloc(1_048_000))).status).toBe(201);
      expect(await collect(test.consumer(hub), { count: 1 })).toHaveLength(1);
    },
  },
  {
    name: 'a request that is cut off stores nothing and disturbs nobody',
    async run({ test }) {
      const hub = await test.hub();
      const headers = { authorization: token(), 'content-length': '1000' };
      const options = { port: test.broker.httpPort, path: `/${hub}/messages`, method: 'POST', headers };
      const cut = request({ host: '127.0.0.1', ...options });
      const gone = new Promise<void>((resolve) => cut.once('close', resolve));
      cut.on('error', () => undefined);
      await new Promise<void>((resolve) => cut.write('{"half":', () => resolve()));
      cut.destroy();
      await gone;
      expect((await send(test, `/${hub}/messages`, 'whole')).status).toBe(201);
      const events = await collect(test.consumer(hub), { count: 1 });
      expect(events.map(({ body }) => String(body))).toEqual(['whole']);
    },
  },
];
