import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { describeSubscription, TEST_KEY } from '../../local/eventgrid/testing/startService.ts';
import { startWebhook, type WebhookReceiver } from '../../local/eventgrid/testing/webhookReceiver.ts';
import { WorkflowRunner } from '../../local/workflow-runner/runner.ts';
import { startLocalServices, type LocalServices } from '../../local/workflow-runner/testing/localServices.ts';
import { startReceiver, type HttpReceiver } from '../../local/workflow-runner/testing/httpReceiver.ts';
import { endOfRun, type EndedRun } from '../../local/workflow-runner/testing/testProject.ts';
import { userSubject } from '../contracts/documents.ts';
import type { CloudEvent, RecommendationIssued } from '../contracts/events.ts';
import { CONTAINERS, DATABASE, EVENT_TYPES } from '../contracts/names.ts';
import { CONNECTIONS, SETTINGS } from '../contracts/settings.ts';

const PROJECT = import.meta.dirname;
const TOPIC = 'attune';

let services: LocalServices;
let marketing: HttpReceiver;
let training: WebhookReceiver;
let marketingStatus: number;
let settings: Record<string, string>;
let runner: WorkflowRunner;

beforeAll(async () => {
  services = await startLocalServices({ database: DATABASE, ...CONTAINERS.profiles });
  await services.grid.service.putTopic({ name: TOPIC, inputSchema: 'CloudEventSchemaV1_0', key: TEST_KEY });
  marketing = await startReceiver(() => ({ status: marketingStatus }));
  training = await startWebhook();
  settings = {
    [CONNECTIONS.cosmos.name]: services.cosmosConnectionString,
    [`${CONNECTIONS.eventGrid.name}__${CONNECTIONS.eventGrid.property}`]: services.grid.service.endpoint(TOPIC),
    [`${CONNECTIONS.eventGrid.name}__topicKey`]: TEST_KEY,
    [SETTINGS.database]: DATABASE,
    [SETTINGS.tenant]: 'acme',
    [SETTINGS.marketingWebhook]: `${marketing.url}/campaign`,
    WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID: '/identity',
  };
  runner = await startRunner(settings, 'runs');
});
afterAll(async () => {
  await runner.stop();
  await Promise.all([services.stop(), marketing.close(), training.close()]);
});
beforeEach(() => {
  marketingStatus = 204;
  marketing.requests.length = 0;
});

async function startRunner(appSettings: Record<string, string>, name: string): Promise<WorkflowRunner> {
  const dataDir = mkdtempSync(join(services.folder, `${name}-`));
  const started = new WorkflowRunner({ projectDir: PROJECT, dataDir, settings: appSettings, timeScale: 0.001 });
  await started.start();
  return started;
}

async function putProfile(userId: string): Promise<string> {
  const subject = userSubject(userId);
  await services.container.items.upsert({ id: subject, subject, kind: 'user', events: 3 });
  return subject;
}

const profile = async (subject: string) =>
  (await services.container.item(subject, subject).read<Record<string, unknown>>()).resource;

function issued(userId: string, id = 'e1'): CloudEvent<RecommendationIssued> {
  return {
    specversion: '1.0',
    id,
    source: '/api',
    type: EVENT_TYPES.recommendationIssued,
    time: '2025-01-31T12:00:00Z',
    data: {
      requestId: `request-of-${id}`,
      userId,
      channel: 'email',
      modelVersion: 'v1',
      issuedAt: '2025-01-31T12:00:00Z',
      items: [
        { id: 'mug', score: 0.9, reason: 'often bought' },
        { id: 'bag', score: 0.5, reason: 'popular' },
      ],
    },
  };
}

async function invoke(
  body: unknown,
  contentType = 'application/cloudevents+json; charset=utf-8',
  by = runner,
): Promise<EndedRun> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(by.triggerUrl('on-recommendation-issued'), {
    method: 'POST',
    headers: { 'content-type': contentType },
    body: text,
  });
  expect(response.status).toBe(202);
  return endOfRun(by, 'on-recommendation-issued', response.headers.get('x-ms-workflow-run-id')!);
}

describe('on-recommendation-issued', () => {
  it('writes the recommendation to the profile and calls the marketing webhook', async () => {
    const subject = await putProfile('anna/o’hara (1)');
    const run = await invoke(issued('anna/o’hara (1)'));
    expect(run).toMatchObject({ status: 'Succeeded' });
    expect(await profile(subject)).toMatchObject({
      events: 3,
      lastRecommendation: {
        requestId: 'request-of-e1',
        channel: 'email',
        issuedAt: '2025-01-31T12:00:00Z',
        items: ['mug', 'bag'],
      },
    });
    expect(marketing.requests).toMatchObject([
      { method: 'POST', path: '/campaign', headers: { 'idempotency-key': 'e1', 'content-type': 'application/json' } },
    ]);
    expect(JSON.parse(marketing.requests[0]!.body)).toEqual({ ...issued('anna/o’hara (1)').data, tenant: 'acme' });
  });

  it('takes several events at once, and a body that the runtime did not parse', async () => {
    const subjects = await Promise.all(['u1', 'u2', 'u3'].map(putProfile));
    const batch = await invoke([issued('u1', 'a'), issued('u2', 'b')], 'application/cloudevents-batch+json');
    expect(batch.status).toBe('Succeeded');
    const encoded = await invoke(issued('u3', 'c'), 'application/octet-stream');
    expect(encoded).toMatchObject({ status: 'Succeeded', actions: { Decoded_content: { status: 'Succeeded' } } });
    const written = await Promise.all(subjects.map(profile));
    expect(written.map((one) => one?.lastRecommendation)).toMatchObject(
      ['a', 'b', 'c'].map((id) => ({ requestId: `request-of-${id}` })),
    );
    expect(marketing.requests).toHaveLength(3);
  });

  it('ends with a note where the profile is missing, and writes to nobody', async () => {
    const run = await invoke(issued('nobody'));
    expect(run).toMatchObject({
      status: 'Succeeded',
      actions: {
        'Note_missing_profile@For_each_event[0]': {
          outputs: 'There is no profile user:nobody; the recommendation request-of-e1 has no consequences.',
        },
        'Update_profile@For_each_event[0]': { status: 'Skipped' },
      },
    });
    expect(await profile('user:nobody')).toBeUndefined();
    expect(marketing.requests).toEqual([]);
  });

  it('fails when the webhook keeps failing, after its retries, and keeps the profile’s change', async () => {
    const subject = await putProfile('u4');
    marketingStatus = 503;
    const run = await invoke(issued('u4'));
    expect(run.status).toBe('Failed');
    expect(run.actions['Call_marketing@For_each_event[0]']).toMatchObject({
      status: 'Failed',
      code: 'ServiceUnavailable',
    });
    expect(marketing.requests).toHaveLength(5);
    expect(await profile(subject)).toMatchObject({ lastRecommendation: { requestId: 'request-of-e1' } });
  });

  it('calls nobody where no webhook is set', async () => {
    const subject = await putProfile('u5');
    const silent = await startRunner({ ...settings, [SETTINGS.marketingWebhook]: '' }, 'silent');
    const run = await invoke(issued('u5'), undefined, silent);
    await silent.stop();
    expect(run).toMatchObject({
      status: 'Succeeded',
      actions: { 'Call_marketing@For_each_event[0]': { status: 'Skipped' } },
    });
    expect(await profile(subject)).toHaveProperty('lastRecommendation');
  });

  it.each([
    [
      'another type of event',
      { ...issued('u1'), type: 'other.v1' },
      /\/type must be equal to one of the allowed values/,
    ],
    ['data without items', { ...issued('u1'), data: { userId: 'u1' } }, /must have required property 'items'/],
    ['what is no event', [5], /must be object/],
  ])('fails with the reason on %s and changes nothing', async (_what, body, message) => {
    const run = await invoke(body, 'application/json');
    expect(run.status).toBe('Failed');
    expect(run.actions['Parse_event@For_each_event[0]']).toMatchObject({
      code: 'SchemaValidationFailed',
      error: { message: expect.stringMatching(message) },
    });
    expect(marketing.requests).toEqual([]);
  });

  it('is started by Event Grid, handshake included', async () => {
    const subject = await putProfile('u6');
    const url = runner.triggerUrl('on-recommendation-issued');
    const filter = { includedEventTypes: [EVENT_TYPES.recommendationIssued] };
    await services.grid.service.putSubscription({
      topic: TOPIC,
      name: 'to-workflow',
      destination: { type: 'WebHook', url },
      filter,
    });
    const { data, type, source, id } = issued('u6', 'from-grid');
    const publisher = new EventGridPublisherClient(
      services.grid.service.endpoint(TOPIC),
      'CloudEvent',
      new AzureKeyCredential(TEST_KEY),
      { allowInsecureConnection: true },
    );
    await publisher.send([{ id, source, type, data }]);
    await vi.waitFor(
      async () =>
        expect(await profile(subject)).toMatchObject({ lastRecommendation: { requestId: 'request-of-from-grid' } }),
      { timeout: 10_000, interval: 50 },
    );
    await vi.waitFor(() =>
      expect(describeSubscription(services.grid.service, 'to-workflow')).toMatchObject({
        state: 'Active',
        delivered: 1,
      }),
    );
  });
});

describe('nightly-train', () => {
  it('asks for a training run each night, through Event Grid', async () => {
    const filter = { includedEventTypes: [EVENT_TYPES.trainingRequested] };
    await services.grid.service.putSubscription({
      topic: TOPIC,
      name: 'to-training',
      destination: { type: 'AzureFunction', url: training.url },
      filter,
    });
    const { runs } = await runner.trigger({ workflow: 'nightly-train' });
    expect(await endOfRun(runner, 'nightly-train', runs[0]!)).toMatchObject({ status: 'Succeeded' });
    await vi.waitFor(() => expect(training.notifications()).toHaveLength(1));
    expect(training.notifications()[0]?.body).toMatchObject({
      specversion: '1.0',
      id: runs[0],
      type: EVENT_TYPES.trainingRequested,
      data: { reason: 'nightly' },
    });
    const described = runner.describe().workflows.find(({ name }) => name === 'nightly-train') as {
      trigger: { next: string };
    };
    expect(described.trigger.next).toMatch(/T02:00:00\.000Z$/);
  });
});
