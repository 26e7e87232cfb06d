import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SubscriptionDefinition } from './model.ts';
import { describeSubscription, startService, TEST_KEY, type TestService } from './testing/startService.ts';
import { startWebhook, type WebhookReceiver } from './testing/webhookReceiver.ts';

let test: TestService;
let hook: WebhookReceiver;

beforeEach(async () => {
  [test, hook] = await Promise.all([startService({ timeScale: 0.01 }), startWebhook()]);
});
afterEach(async () => {
  await test.end();
  await hook.close();
});

const client = <T extends 'CloudEvent' | 'EventGrid'>(schema: T, topic = 'orders', key = TEST_KEY) =>
  new EventGridPublisherClient(test.service.endpoint(topic), schema, new AzureKeyCredential(key), {
    allowInsecureConnection: true,
    retryOptions: { maxRetries: 0 },
  });

const put = (definition: Partial<SubscriptionDefinition> = {}) =>
  test.service.putSubscription({
    topic: 'orders',
    name: 'to-hook',
    destination: { type: 'WebHook', url: hook.url },
    ...definition,
  });

const delivered = (count: number) =>
  vi.waitFor(() => expect(hook.notifications()).toHaveLength(count), { timeout: 10_000, interval: 10 });

describe('a topic of CloudEvents', () => {
  beforeEach(() => test.service.putTopic({ name: 'orders', inputSchema: 'CloudEventSchemaV1_0', key: TEST_KEY }));

  it('delivers what the SDK publishes, one CloudEvent per request, after the OPTIONS handshake', async () => {
    await put();
    const time = new Date('2025-01-31T12:00:00Z');
    await client('CloudEvent').send([
      { id: '1', source: '/shop', type: 'order.placed', subject: 'o/1', time, data: { total: 5 } },
      { id: '2', source: '/shop', type: 'order.placed', data: { n: null }, extensionAttributes: { tenant: 'a' } },
      { id: '3', source: '/shop', type: 'picture', data: new Uint8Array([1, 2]), datacontenttype: 'image/png' },
    ]);
    await delivered(3);
    expect(hook.requests[0]).toMatchObject({
      method: 'OPTIONS',
      headers: { 'webhook-request-origin': 'eventgrid.azure.net' },
    });
    const byId = new Map(hook.notifications().map((one) => [(one.body as { id: string }).id, one]));
    expect(byId.get('1')?.body).toEqual({
      specversion: '1.0',
      id: '1',
      source: '/shop',
      type: 'order.placed',
      subject: 'o/1',
      time: '2025-01-31T12:00:00.000Z',
      datacontenttype: 'application/json',
      data: { total: 5 },
    });
    expect(byId.get('1')?.headers).toMatchObject({
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'aeg-event-type': 'Notification',
      'aeg-subscription-name': 'TO-HOOK',
      'aeg-delivery-count': '0',
      'aeg-metadata-version': '1.0',
    });
    expect(byId.get('2')?.body).toMatchObject({ tenant: 'a', data: { n: null } });
    expect(byId.get('3')?.body).toMatchObject({ data_base64: 'AQI=', datacontenttype: 'image/png' });
    await vi.waitFor(() =>
      expect(describeSubscription(test.service, 'to-hook')).toMatchObject({
        provisioningState: 'Succeeded',
        matched: 3,
        delivered: 3,
        pending: 0,
      }),
    );
  });

  it('sends to each subscription what its filter lets through, with its delivery attributes', async () => {
    await put({
      name: 'placed',
      filter: { includedEventTypes: ['order.placed'] },
      destination: { type: 'AzureFunction', url: hook.url },
    });
    await put({
      name: 'large',
      filter: { advancedFilters: [{ operatorType: 'NumberGreaterThan', key: 'data.total', value: 100 }] },
      deliveryAttributeMappings: [
        { name: 'x-total', type: 'Dynamic', sourceField: 'data.total' },
        { name: 'x-shop', type: 'Static', value: 'main' },
      ],
    });
    await client('CloudEvent').send([
      { source: '/s', type: 'order.placed', data: { total: 5 } },
      { source: '/s', type: 'order.paid', data: { total: 500 } },
      { source: '/s', type: 'nobody', data: {} },
    ]);
    await delivered(2);
    const seen = hook
      .notifications()
      .map(({ headers, body }) => [headers['aeg-subscription-name'], (body as { type: string }).type]);
    expect(seen.toSorted()).toEqual([
      ['LARGE', 'order.paid'],
      ['PLACED', 'order.placed'],
    ]);
    const large = hook.notifications().find(({ headers }) => headers['aeg-subscription-name'] === 'LARGE');
    expect(large?.headers).toMatchObject({ 'x-total': '500', 'x-shop': 'main' });
    expect(test.service.describe().topics).toMatchObject([{ name: 'orders', published: 3 }]);
  });

  it('batches where the subscription asks for it', async () => {
    await hook.close();
    await put({ destination: { type: 'WebHook', url: hook.url, maxEventsPerBatch: 10 } });
    await client('CloudEvent').send(
      Array.from({ length: 25 }, (_, id) => ({ id: String(id), source: '/s', type: 't', data: {} })),
    );
    hook = await startWebhook({ port: hook.port });
    await delivered(3);
    const sizes = hook.notifications().map(({ body }) => (body as unknown[]).length);
    expect(sizes.toSorted()).toEqual([10, 10, 5]);
    expect(hook.notifications()[0]?.headers['content-type']).toBe('application/cloudevents-batch+json; charset=utf-8');
    const ids = hook.notifications().flatMap(({ body }) => (body as { id: string }[]).map(({ id }) => Number(id)));
    expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, id) => id));
  });

  it('refuses a wrong key with 401, the other schema and a bad event with 400, an unknown topic with 404', async () => {
    const good = { id: '1', source: '/s', type: 't', data: {} };
    await expect(client('CloudEvent', 'orders', 'AAAA').send([good])).rejects.toMatchObject({
      statusCode: 401,
      code: 'Unauthorized',
    });
    const gridEvent = { eventType: 't', subject: 's', dataVersion: '1', data: {} };
    await expect(client('EventGrid').send([gridEvent])).rejects.toMatchObject({
      statusCode: 400,
      code: 'BadRequest',
      message: expect.stringMatching(/'CloudEventV10' schema.*Report '.*' to our forums/),
    });
    await expect(client('CloudEvent').send([good, { ...good, type: '' }])).rejects.toMatchObject({ statusCode: 400 });
    await expect(client('CloudEvent', 'other').send([good])).rejects.toMatchObject({ statusCode: 404 });
    expect(test.service.describe().topics).toMatchObject([{ published: 0 }]);
  });

  it('refuses more than 1 MB with 413 and another method with 405', async () => {
    const large = { source: '/s', type: 't', data: { text: 'x'.repeat(1024 * 1024) } };
    await expect(client('CloudEvent').send([large])).rejects.toMatchObject({ statusCode: 413 });
    const response = await fetch(test.service.endpoint('orders'));
    expect(response.status).toBe(405);
    expect(await response.json()).toMatchObject({ error: { code: 'MethodNotAllowed' } });
  });

  it('changes, deletes and refuses through its control methods', async () => {
    await put();
    await expect(
      test.service.putSubscription({ topic: 'none', name: 'abc', destination: { type: 'WebHook', url: hook.url } }),
    ).rejects.toThrow('there is no topic "none"; put it first.');
    await expect(
      test.service.putTopic({ name: 'Orders', inputSchema: 'EventGridSchema', key: TEST_KEY }),
    ).rejects.toThrow(/input schema cannot change/);
    await test.service.deleteSubscription({ topic: 'orders', name: 'TO-HOOK' });
    await expect(test.service.deleteSubscription({ topic: 'orders', name: 'to-hook' })).rejects.toThrow(
      /no subscription "to-hook"/,
    );
    await put();
    await test.service.deleteTopic({ name: 'orders' });
    expect(test.service.describe().topics).toEqual([]);
    await expect(client('CloudEvent').send([{ source: '/s', type: 't', data: {} }])).rejects.toMatchObject({
      statusCode: 404,
    });
  });
});

describe('a topic of the Event Grid schema', () => {
  beforeEach(() =>
    test.service.putTopic({ name: 'orders', inputSchema: 'EventGridSchema', key: TEST_KEY, resourceId: '/sub/orders' }),
  );
  const event = { id: '1', eventType: 'order.placed', subject: 's', dataVersion: '2', data: { a: 1 } };

  it('delivers an array of one after the validation event', async () => {
    await put();
    await client('EventGrid').send([event]);
    await delivered(1);
    const [handshake] = hook.requests;
    expect(handshake?.headers['aeg-event-type']).toBe('SubscriptionValidation');
    expect(handshake?.body).toMatchObject([
      {
        topic: '/sub/orders',
        eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
        data: { validationCode: expect.any(String) },
      },
    ]);
    expect(hook.notifications()[0]?.body).toMatchObject([{ ...event, topic: '/sub/orders', metadataVersion: '1' }]);
    expect(hook.notifications()[0]?.headers).toMatchObject({
      'aeg-data-version': '2',
      'content-type': 'application/json; charset=utf-8',
    });
  });

  it('delivers CloudEvents to a subscription that wants them', async () => {
    await put({ deliverySchema: 'CloudEventSchemaV1_0' });
    await client('EventGrid').send([event]);
    await delivered(1);
    expect(hook.requests[0]?.method).toBe('OPTIONS');
    expect(hook.notifications()[0]?.body).toMatchObject({
      specversion: '1.0',
      source: '/sub/orders',
      type: 'order.placed',
      dataschema: '#2',
    });
  });
});
