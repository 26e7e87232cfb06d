import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { TEST_KEY } from '../../local/eventgrid/testing/startService.ts';
import { startWebhook, type WebhookReceiver } from '../../local/eventgrid/testing/webhookReceiver.ts';
import { WorkflowRunner } from '../../local/workflow-runner/runner.ts';
import { startLocalServices, type LocalServices } from '../../local/workflow-runner/testing/localServices.ts';
import { startReceiver, type HttpReceiver } from '../../local/workflow-runner/testing/httpReceiver.ts';
import { endOfRun, type EndedRun } from '../../local/workflow-runner/testing/testProject.ts';
import { userSubject } from '../contracts/documents.ts';
import type { CloudEvent, RecommendationIssued } from '../contracts/events.ts';
import { CONSUMER_GROUPS, CONTAINERS, DATABASE, EVENT_TYPES, HUBS } from '../contracts/names.ts';
import { CONNECTIONS, SETTINGS } from '../contracts/settings.ts';

const PROJECT = import.meta.dirname;
const TOPIC = 'attune';
const FLOW = 'on-recommendation-issued';
const PATIENCE = { timeout: 15_000, interval: 20 };

let services: LocalServices;
let marketing: HttpReceiver;
let training: WebhookReceiver;
let marketingStatus: number;
let settings: Record<string, string>;
let runner: WorkflowRunner;

beforeAll(async () => {
  services = await startLocalServices({
    container: { database: DATABASE, ...CONTAINERS.profiles },
    hub: { name: HUBS.announcements, consumerGroup: CONSUMER_GROUPS.announcements[0] },
  });
  await services.grid.service.putTopic({ name: TOPIC, inputSchema: 'CloudEventSchemaV1_0', key: TEST_KEY });
  marketing = await startReceiver(() => ({ status: marketingStatus }));
  training = await startWebhook();
  settings = {
    ...services.settings,
    [`${CONNECTIONS.eventGrid.name}__${CONNECTIONS.eventGrid.property}`]: services.grid.service.endpoint(TOPIC),
    [`${CONNECTIONS.eventGrid.name}__topicKey`]: TEST_KEY,
    [SETTINGS.database]: DATABASE,
    [SETTINGS.tenant]: 'acme',
    [SETTINGS.marketingWebhook]: `${marketing.url}/campaign`,
    [SETTINGS.identityResourceId]: '/identity',
  };
  runner = await startRunner(settings);
}, 30_000);
afterAll(async () => {
  await runner.stop();
  await Promise.all([services.stop(), marketing.close(), training.close()]);
});
beforeEach(() => {
  marketingStatus = 204;
  marketing.requests.length = 0;
});

async function startRunner(appSettings: Record<string, string>): Promise<WorkflowRunner> {
  const dataDir = mkdtempSync(join(services.folder, 'runs-'));
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

/** Ids of the runs that exist, newest first. */
const runIds = () => (runner.runs({ workflow: FLOW }).value as { name: string }[]).map(({ name }) => name);

/** Sends bodies to the hub at once and waits for the ends of the runs that they start, in their order. */
async function announce(...bodies: (string | object)[]): Promise<EndedRun[]> {
  const before = new Set(runIds());
  const events = bodies.map((body) => ({ body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) }));
  await services.producer.sendBatch(events, { partitionId: '0' });
  const started = () => runIds().filter((id) => !before.has(id));
  await vi.waitFor(() => expect(started()).toHaveLength(bodies.length), PATIENCE);
  return Promise.all(
    started()
      .toReversed()
      .map((id) => endOfRun(runner, FLOW, id)),
  );
}

describe('on-recommendation-issued', () => {
  it('writes the recommendation to the profile and calls the marketing webhook', async () => {
    const subject = await putProfile('anna/o’hara (1)');
    const [run] = await announce(issued('anna/o’hara (1)'));
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

  it('runs once for each event of a batch, in whatever form the connector hands its content over', async () => {
    const subjects = await Promise.all(['u1', 'u2', 'u3'].map(putProfile));
    const encoded = Buffer.from(JSON.stringify(issued('u2', 'b'))).toString('base64');
    const binary = Buffer.from(JSON.stringify(issued('u3', 'c'))).toString('base64');
    const runs = await announce(issued('u1', 'a'), encoded, {
      '$content-type': 'application/cloudevents+json; charset=utf-8',
      $content: binary,
    });
    expect(runs.map(({ status }) => status)).toEqual(['Succeeded', 'Succeeded', 'Succeeded']);
    expect(runs.map(({ actions }) => actions.Form?.outputs)).toEqual(['json', 'base64', 'binary']);
    const written = await Promise.all(subjects.map(profile));
    expect(written.map((one) => one?.lastRecommendation)).toMatchObject(
      ['a', 'b', 'c'].map((id) => ({ requestId: `request-of-${id}` })),
    );
    expect(marketing.requests).toHaveLength(3);
  });

  it('ends with a note where the profile is missing, and writes to nobody', async () => {
    const [run] = await announce(issued('nobody'));
    expect(run).toMatchObject({
      status: 'Succeeded',
      actions: {
        Note_missing_profile: {
          outputs: 'There is no profile user:nobody; the recommendation request-of-e1 has no consequences.',
        },
        Update_profile: { status: 'Skipped' },
      },
    });
    expect(await profile('user:nobody')).toBeUndefined();
    expect(marketing.requests).toEqual([]);
  });

  it('fails when the webhook keeps failing, after its retries, and keeps the profile’s change', async () => {
    const subject = await putProfile('u4');
    marketingStatus = 503;
    const [run] = await announce(issued('u4'));
    expect(run?.status).toBe('Failed');
    expect(run?.actions.Call_marketing).toMatchObject({ status: 'Failed', code: 'ServiceUnavailable' });
    expect(marketing.requests).toHaveLength(5);
    expect(await profile(subject)).toMatchObject({ lastRecommendation: { requestId: 'request-of-e1' } });
  });

  it('fails with the reason on what is no such event, changes nothing, and goes on with the next one', async () => {
    const subject = await putProfile('u5');
    const runs = await announce(
      { ...issued('u5'), type: 'other.v1' },
      { ...issued('u5'), data: { userId: 'u5' } },
      'no event at all',
      issued('u5', 'good'),
    );
    expect(runs.map(({ status }) => status)).toEqual(['Failed', 'Failed', 'Failed', 'Succeeded']);
    const message = (index: number) => runs[index]?.actions.Parse_event?.error?.message;
    expect(message(0)).toMatch(/\/type must be equal to one of the allowed values/);
    expect(message(1)).toMatch(/must have required property 'items'/);
    expect(runs[2]?.actions.Encoded_event?.error?.message).toMatch(/expects base64/);
    expect(await profile(subject)).toMatchObject({ lastRecommendation: { requestId: 'request-of-good' } });
    expect(marketing.requests).toHaveLength(1);
  });

  it('is started by Event Grid through the hub', async () => {
    const subject = await putProfile('u6');
    await services.grid.service.putSubscription({
      topic: TOPIC,
      name: 'announcements-to-hub',
      destination: { type: 'EventHub', connectionString: services.settings.EventHubs, eventHub: HUBS.announcements },
      filter: { includedEventTypes: [EVENT_TYPES.recommendationIssued] },
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
      PATIENCE,
    );
    await vi.waitFor(() => expect(marketing.requests).toHaveLength(1), PATIENCE);
  });

  it('calls nobody where no webhook is set', async () => {
    await runner.stop();
    runner = await startRunner({ ...settings, [SETTINGS.marketingWebhook]: '' });
    const subject = await putProfile('u7');
    const [run] = await announce(issued('u7'));
    expect(run).toMatchObject({ status: 'Succeeded', actions: { Call_marketing: { status: 'Skipped' } } });
    expect(await profile(subject)).toHaveProperty('lastRecommendation');
    expect(marketing.requests).toEqual([]);
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
    const described = (await runner.describe()).workflows.find(({ name }) => name === 'nightly-train') as {
      trigger: { next: string };
    };
    expect(described.trigger.next).toMatch(/T02:00:00\.000Z$/);
  });
});
