import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { blobContainer } from './blobContainer.ts';
import { SettingError } from './connection.ts';
import { cosmosDatabase } from './cosmosDatabase.ts';
import { eventGridPublisher } from './eventGridPublisher.ts';
import { eventHubProducer } from './eventHubProducer.ts';

describe('cosmosDatabase', () => {
  const env = { Cosmos: 'AccountEndpoint=http://127.0.0.1:8081/;AccountKey=a2V5;' };

  it('opens the database of the settings, else the one of the contract', () => {
    expect(cosmosDatabase({ ...env, COSMOS_DATABASE: 'shop' }).id).toBe('shop');
    expect(cosmosDatabase(env).id).toBe('attune');
  });

  it('signs in with an identity at an endpoint, which the client does over https alone', async () => {
    const database = cosmosDatabase({ Cosmos__accountEndpoint: 'http://127.0.0.1:1/' });
    await expect(database.read()).rejects.toThrow('Bearer token authentication is not permitted');
  });
});

describe('blobContainer', () => {
  it('takes either form', () => {
    const emulator =
      'DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:10000/a;';
    expect(blobContainer({ Registry: emulator }, 'models').url).toBe('http://127.0.0.1:10000/a/models');
    const env = { Registry__blobServiceUri: 'https://x.blob.core.windows.net/' };
    expect(blobContainer(env, 'models').url).toBe('https://x.blob.core.windows.net/models');
  });
});

describe('eventHubProducer', () => {
  it('takes either form', async () => {
    const local = 'Endpoint=sb://127.0.0.1:5673;SharedAccessKeyName=k;SharedAccessKey=s;UseDevelopmentEmulator=true;';
    const producers = [
      eventHubProducer({ EventHubs: local }, 'interactions'),
      eventHubProducer({ EventHubs__fullyQualifiedNamespace: 'x.servicebus.windows.net' }, 'interactions'),
    ];
    expect(producers.map((producer) => producer.fullyQualifiedNamespace)).toEqual([
      '127.0.0.1',
      'x.servicebus.windows.net',
    ]);
    expect(producers.map((producer) => producer.eventHubName)).toEqual(['interactions', 'interactions']);
    await Promise.all(producers.map((producer) => producer.close()));
  });
});

describe('eventGridPublisher', () => {
  it('publishes CloudEvents with the key, over http where the endpoint is http', async () => {
    const received: { headers: IncomingHttpHeaders; body: unknown }[] = [];
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        received.push({ headers: request.headers, body: JSON.parse(body) });
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const topic = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/events`;
    const publisher = eventGridPublisher({ EventGrid__topicEndpointUri: topic, EventGrid__topicKey: 'secret' });
    await publisher.send([{ type: 'attune.test.v1', source: '/test', id: '1', data: { a: 1 } }]);
    await new Promise((resolve) => server.close(resolve));

    expect(received).toHaveLength(1);
    expect(received[0]?.headers['aeg-sas-key']).toBe('secret');
    expect(received[0]?.headers['content-type']).toContain('application/cloudevents-batch+json');
    expect(received[0]?.body).toMatchObject([{ specversion: '1.0', id: '1', type: 'attune.test.v1', data: { a: 1 } }]);
  });

  it('refuses a connection string and says what to set', () => {
    const wrong = () => eventGridPublisher({ EventGrid: 'Endpoint=x' });
    expect(wrong).toThrow(SettingError);
    expect(wrong).toThrow('set EventGrid__topicEndpointUri');
  });
});
