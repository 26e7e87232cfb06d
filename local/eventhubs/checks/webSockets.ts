import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import {
  EventHubConsumerClient,
  EventHubProducerClient,
  type EventHubClientOptions,
  type WebSocketImpl,
} from '@azure/event-hubs';
import { expect, onTestFinished } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';
import { ensureCertificates } from '../../identity/certificates.ts';
import { AMQP_HEADER, SASL_HEADER } from '../testing/frames.ts';
import { collect, Listener } from '../testing/receiving.ts';
import { temporaryFolder } from '../testing/temporaryFolder.ts';
import { ACCESS_KEY, QUICK_RETRIES, type TestBroker } from '../testing/testBroker.ts';
import { bodies, type Check } from './check.ts';

/** The client insists on `wss:`, which a local namespace without TLS does not speak. */
class PlainWebSocket extends WebSocket {
  constructor(url: string | URL, protocols?: string | string[], options?: ClientOptions) {
    super(String(url).replace(/^wss:/, 'ws:'), protocols, options);
  }
}

const OPTIONS: EventHubClientOptions = {
  ...QUICK_RETRIES,
  webSocketOptions: { webSocket: PlainWebSocket as unknown as WebSocketImpl },
};

function connectionString(test: TestBroker): string {
  const { name, key } = ACCESS_KEY;
  const endpoint = `Endpoint=sb://127.0.0.1:${test.broker.httpPort}`;
  return `${endpoint};SharedAccessKeyName=${name};SharedAccessKey=${key};UseDevelopmentEmulator=true`;
}

function producer(test: TestBroker, hub: string): EventHubProducerClient {
  const client = new EventHubProducerClient(connectionString(test), hub, OPTIONS);
  onTestFinished(() => client.close());
  return client;
}

function consumer(test: TestBroker, hub: string): EventHubConsumerClient {
  const client = new EventHubConsumerClient('$Default', connectionString(test), hub, OPTIONS);
  onTestFinished(() => client.close());
  return client;
}

function open(test: TestBroker, path: string, protocols: string[]): WebSocket {
  const socket = new WebSocket(`ws://127.0.0.1:${test.broker.httpPort}${path}`, protocols);
  onTestFinished(() => socket.terminate());
  return socket;
}

export const webSocketChecks: Check[] = [
  {
    name: 'the client sends, receives and manages over a WebSocket at /$servicebus/websocket',
    async run({ test }) {
      const hub = await test.hub({ partitionCount: 2 });
      const client = producer(test, hub);
      expect(await client.getPartitionIds()).toEqual(['0', '1']);
      await client.sendBatch([{ body: 1 }, { body: 2 }], { partitionId: '1' });
      expect(bodies(await collect(consumer(test, hub), { count: 2 }))).toEqual([1, 2]);
      expect((await client.getPartitionProperties('1')).lastEnqueuedSequenceNumber).toBe(1);
    },
  },
  {
    name: 'batches of 1 MB pass a WebSocket in both directions, whole and in order',
    async run({ test }) {
      const hub = await test.hub();
      const client = producer(test, hub);
      let count = 0;
      for (let round = 0; round < 5; round += 1) {
        const batch = await client.createBatch();
        while (batch.tryAdd({ body: { count, padding: 'x'.repeat(5_000) } })) count += 1;
        await client.sendBatch(batch);
      }
      const events = await collect(consumer(test, hub), { count });
      expect(events.map(({ body }) => (body as { count: number }).count)).toEqual([...Array(count).keys()]);
    },
  },
  {
    name: 'with a certificate the HTTP port speaks TLS: the client as it is, over wss',
    async run(stage) {
      const { ca, certificate, key } = await ensureCertificates(temporaryFolder());
      const test = await stage.broker({ tls: { cert: readFileSync(certificate), key: readFileSync(key) } });
      const hub = await test.hub();
      const webSocketOptions = {
        webSocket: WebSocket as unknown as WebSocketImpl,
        webSocketConstructorOptions: { ca: readFileSync(ca) },
      };
      const client = new EventHubProducerClient(connectionString(test), hub, { ...QUICK_RETRIES, webSocketOptions });
      onTestFinished(() => client.close());
      await client.sendBatch([{ body: 'over wss' }]);
      expect((await client.getPartitionProperties('0')).lastEnqueuedSequenceNumber).toBe(0);
    },
  },
  {
    name: 'a client over a WebSocket comes back by itself after the broker was stopped and started',
    async run(stage) {
      const test = await stage.broker();
      const hub = await test.hub();
      const { port, httpPort } = test.broker;
      const listener = new Listener(consumer(test, hub), '0', { maxWaitTimeInSeconds: 60 });
      await producer(test, hub).sendBatch([{ body: 'before' }]);
      await listener.until(({ events }) => events.length === 1);
      await test.broker.stop();
      await test.restart(port, { httpPort });
      await producer(test, hub).sendBatch([{ body: 'after' }]);
      await listener.until(({ events }) => events.length === 2);
      expect(bodies(listener.events)).toEqual(['before', 'after']);
      await listener.close();
    },
  },
  {
    name: 'a WebSocket without the subprotocol AMQPWSB10, or at another path, is refused',
    async run({ test }) {
      const status = async (socket: WebSocket) => {
        const [error] = (await once(socket, 'error')) as [Error];
        return error.message;
      };
      expect(await status(open(test, '/$servicebus/websocket', ['mqtt']))).toContain('400');
      expect(await status(open(test, '/other', ['AMQPWSB10']))).toContain('404');
    },
  },
  {
    name: 'a WebSocket that does not speak AMQP, or ends in the middle, is closed and disturbs nobody',
    async run({ test }) {
      const hub = await test.hub();
      const listener = new Listener(consumer(test, hub), '0');
      const before = test.broker.describe().connections;
      const nonsense = open(test, '/$servicebus/websocket', ['AMQPWSB10']);
      await once(nonsense, 'open');
      nonsense.send('GET / HTTP/1.1\r\n\r\n');
      await once(nonsense, 'close');
      const cut = open(test, '/$servicebus/websocket', ['AMQPWSB10']);
      await once(cut, 'open');
      cut.send(Buffer.concat([SASL_HEADER, AMQP_HEADER.subarray(0, 3)]));
      cut.terminate();
      await producer(test, hub).sendBatch([{ body: 'still here' }]);
      await listener.until(({ events }) => events.length === 1);
      expect(listener.errors).toEqual([]);
      await listener.close();
      await expect.poll(() => test.broker.describe().connections).toBeLessThanOrEqual(before + 2);
    },
  },
];
