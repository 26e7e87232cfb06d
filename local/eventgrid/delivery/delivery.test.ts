import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SubscriptionDefinition } from '../model.ts';
import type { EventGridArgs } from '../service.ts';
import { startAzurite, type BlobStorage } from '../testing/startAzurite.ts';
import { describeSubscription, startService, TEST_KEY, type TestService } from '../testing/startService.ts';
import {
  startWebhook,
  type Answer,
  type ReceivedRequest,
  type WebhookArgs,
  type WebhookReceiver,
} from '../testing/webhookReceiver.ts';

let test: TestService;
let hook: WebhookReceiver;
let respond: (request: ReceivedRequest, count: number) => Answer | Promise<Answer>;

beforeEach(async () => {
  respond = () => ({ status: 200 });
  [test, hook] = await Promise.all([
    startService(),
    startWebhook({ answer: (request, count) => respond(request, count) }),
  ]);
  await test.service.putTopic({ name: 'orders', inputSchema: 'CloudEventSchemaV1_0', key: TEST_KEY });
});
afterEach(async () => {
  await test.end();
  await hook.close();
});

const put = (definition: Partial<SubscriptionDefinition> = {}) =>
  test.service.putSubscription({
    topic: 'orders',
    name: 'hook',
    destination: { type: 'WebHook', url: hook.url },
    ...definition,
  });

const publish = (...ids: string[]) =>
  new EventGridPublisherClient(test.service.endpoint('orders'), 'CloudEvent', new AzureKeyCredential(TEST_KEY), {
    allowInsecureConnection: true,
  }).send(ids.map((id) => ({ id, source: '/s', type: 't', data: { id } })));

/** Starts anew with other settings and the same topic. */
async function restartService(args: Partial<EventGridArgs>): Promise<void> {
  await test.end();
  test = await startService(args);
  await test.service.putTopic({ name: 'orders', inputSchema: 'CloudEventSchemaV1_0', key: TEST_KEY });
}

async function replaceHook(args: WebhookArgs): Promise<void> {
  await hook.close();
  hook = await startWebhook(args);
}

const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 10 });
const counts = () => describeSubscription(test.service, 'hook');

describe('retries', () => {
  it('repeats a failed delivery with a growing delivery count until it is taken', async () => {
    respond = (_request, count) => ({ status: count < 4 ? 500 : 202 });
    await put();
    await publish('1');
    await until(() => expect(counts()).toMatchObject({ delivered: 1, pending: 0, retrying: 0 }));
    expect(hook.notifications().map(({ headers }) => headers['aeg-delivery-count'])).toEqual(['0', '1', '2', '3']);
  });

  it('gives up after maxDeliveryAttempts and drops the event where no dead letter is set', async () => {
    respond = () => ({ status: 500 });
    await put({ retryPolicy: { maxDeliveryAttempts: 3 } });
    await publish('1');
    await until(() => expect(counts()).toMatchObject({ dropped: 1, delivered: 0, pending: 0 }));
    expect(hook.notifications()).toHaveLength(3);
    expect(counts().lastError).toBe('GenericError: HTTP 500');
  });

  it.each([400, 401, 403, 413])('never repeats after a %i', async (status) => {
    respond = () => ({ status });
    await put();
    await publish('1');
    await until(() => expect(counts()).toMatchObject({ dropped: 1 }));
    expect(hook.notifications()).toHaveLength(1);
  });

  it('counts no answer in time as a failure', async () => {
    const answered: (() => void)[] = [];
    respond = () => new Promise((resolve) => answered.push(() => resolve({ status: 200 })));
    await restartService({ timeoutMs: 50 });
    await put({ destination: { type: 'AzureFunction', url: hook.url }, retryPolicy: { maxDeliveryAttempts: 1 } });
    await publish('1');
    await until(() => expect(counts()).toMatchObject({ dropped: 1, lastError: 'TimedOut: no answer within 50 ms' }));
    for (const answer of answered) answer();
  });

  it('delivers the other events of a subscription while one waits for its retry', async () => {
    respond = ({ body }) => ({ status: (body as { id: string }).id === 'bad' ? 404 : 200 });
    await put();
    await publish('bad', '1', '2');
    await until(() => expect(counts()).toMatchObject({ delivered: 2, pending: 1, retrying: 1 }));
  });

  it('has no more requests under way than it may', async () => {
    await restartService({ concurrency: 3 });
    let underWay = 0;
    let most = 0;
    respond = async () => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setTimeout(resolve, 5));
      underWay--;
      return { status: 200 };
    };
    await put();
    await publish(...Array.from({ length: 20 }, (_, id) => String(id)));
    await until(() => expect(counts()).toMatchObject({ delivered: 20 }));
    expect(most).toBe(3);
  });
});

describe('dead letters', () => {
  let storage: BlobStorage;
  beforeAll(async () => {
    storage = await startAzurite();
    await BlobServiceClient.fromConnectionString(storage.connectionString).createContainer('dead');
  });
  afterAll(() => storage.stop());

  /** Blob names and events of the container, which is emptied. */
  async function takeDeadLetters(): Promise<{ name: string; events: Record<string, unknown>[] }[]> {
    const container = BlobServiceClient.fromConnectionString(storage.connectionString).getContainerClient('dead');
    const blobs = [];
    for await (const { name } of container.listBlobsFlat()) {
      const content = await container.getBlobClient(name).downloadToBuffer();
      blobs.push({ name, events: JSON.parse(content.toString()) as Record<string, unknown>[] });
      await container.deleteBlob(name);
    }
    return blobs;
  }

  it('writes an undeliverable event with what happened to it', async () => {
    respond = () => ({ status: 500 });
    const deadLetter = { connectionString: storage.connectionString, container: 'dead' };
    await put({ deadLetter, retryPolicy: { maxDeliveryAttempts: 2 } });
    await publish('1');
    await until(() => expect(counts()).toMatchObject({ deadLettered: 1, dropped: 0, pending: 0 }));
    const [blob] = await takeDeadLetters();
    expect(blob?.name).toMatch(/^HOOK\/\d{4}\/\d{1,2}\/\d{1,2}\/\d{1,2}\/[0-9a-f-]{36}\.json$/);
    expect(blob?.events).toEqual([
      expect.objectContaining({
        id: '1',
        data: { id: '1' },
        deadletterreason: 'MaxDeliveryAttemptsExceeded',
        deliveryattempts: 2,
        lastdeliveryoutcome: 'GenericError',
        publishtime: expect.stringMatching(/^\d{4}-.*Z$/),
        lastdeliveryattempttime: expect.stringMatching(/^\d{4}-.*Z$/),
      }),
    ]);
  });

  it('uses camel case in the Event Grid schema, and the code as the reason', async () => {
    respond = () => ({ status: 400 });
    await test.service.putTopic({ name: 'grid', inputSchema: 'EventGridSchema', key: TEST_KEY });
    const deadLetter = { connectionString: storage.connectionString, container: 'dead' };
    await put({ topic: 'grid', deadLetter });
    const client = new EventGridPublisherClient(
      test.service.endpoint('grid'),
      'EventGrid',
      new AzureKeyCredential(TEST_KEY),
      {
        allowInsecureConnection: true,
      },
    );
    await client.send([{ id: '1', eventType: 't', subject: 's', dataVersion: '1', data: {} }]);
    await until(() => expect(counts()).toMatchObject({ deadLettered: 1 }));
    expect((await takeDeadLetters())[0]?.events).toMatchObject([
      {
        id: '1',
        deadLetterReason: 'UndeliverableDueToHttpBadRequest',
        deliveryAttempts: 1,
        lastDeliveryOutcome: 'BadRequest',
      },
    ]);
  });

  it('dead-letters what has outlived its time to live', async () => {
    respond = () => ({ status: 503 });
    const deadLetter = { connectionString: storage.connectionString, container: 'dead' };
    await put({ deadLetter, retryPolicy: { eventTimeToLiveInMinutes: 10 } });
    await publish('1');
    await until(() => expect(counts()).toMatchObject({ deadLettered: 1 }));
    expect((await takeDeadLetters())[0]?.events).toMatchObject([
      { deadletterreason: 'TimeToLiveExceeded', lastdeliveryoutcome: 'Busy' },
    ]);
  });

  it('keeps trying a dead-letter destination that fails, and goes on when it is back', async () => {
    respond = () => ({ status: 400 });
    const deadLetter = { connectionString: storage.connectionString, container: 'not-there-yet' };
    await put({ deadLetter });
    await publish('1');
    await until(() =>
      expect(counts()).toMatchObject({ pending: 1, lastError: expect.stringMatching(/^dead-letter destination: /) }),
    );
    await BlobServiceClient.fromConnectionString(storage.connectionString).createContainer('not-there-yet');
    await until(() => expect(counts()).toMatchObject({ deadLettered: 1, pending: 0 }));
    expect(hook.notifications()).toHaveLength(1);
  });
});

describe('the handshake', () => {
  it('waits for a webhook that is not up yet, and delivers what was published meanwhile', async () => {
    await restartService({ timeScale: 0.01 });
    const { port, url } = hook;
    await hook.close();
    await put({ destination: { type: 'WebHook', url } });
    await publish('1');
    await until(() =>
      expect(counts()).toMatchObject({
        state: 'AwaitingValidation',
        lastError: expect.stringMatching(/cannot be reached/),
        pending: 1,
      }),
    );
    hook = await startWebhook({ port });
    await until(() => expect(counts()).toMatchObject({ state: 'Active', delivered: 1 }));
  });

  it('fails after a while for a webhook that does not agree, and delivers nothing', async () => {
    await replaceHook({ agrees: false });
    await put();
    await publish('1');
    const lastError = expect.stringMatching(/WebHook-Allowed-Origin absent/);
    await until(() => expect(counts()).toMatchObject({ state: 'ValidationFailed', lastError, pending: 1 }));
    expect(hook.notifications()).toEqual([]);
  });

  it('accepts the validation link instead of the code in the answer', async () => {
    await replaceHook({ agrees: false });
    await test.service.putTopic({ name: 'grid', inputSchema: 'EventGridSchema', key: TEST_KEY });
    await put({ topic: 'grid' });
    await until(() => expect(hook.requests.length).toBeGreaterThan(0));
    const [event] = hook.requests[0]!.body as [{ data: { validationUrl: string } }];
    const link = event.data.validationUrl;
    expect((await fetch(link.replace(/code=.*/, 'code=wrong'))).status).toBe(400);
    expect(counts()).not.toMatchObject({ state: 'Active' });
    expect((await fetch(link)).status).toBe(200);
    expect(counts()).toMatchObject({ state: 'Active' });
  });
});

describe('a restart', () => {
  it('goes on with topics, subscriptions, counters and pending deliveries, without a second handshake', async () => {
    respond = () => ({ status: 404 });
    await put();
    await publish('1', '2');
    await until(() => expect(counts()).toMatchObject({ retrying: 2 }));
    await test.service.stop();
    hook.requests.length = 0;
    respond = () => ({ status: 200 });
    test = await startService({ dataDir: test.dataDir });
    await until(() => expect(counts()).toMatchObject({ state: 'Active', matched: 2, delivered: 2, pending: 0 }));
    expect(hook.requests.every(({ method }) => method === 'POST')).toBe(true);
    expect(test.service.describe().topics).toMatchObject([{ name: 'orders', published: 2 }]);
  });
});
