import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CosmosClient, type Container } from '@azure/cosmos';
import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CosmosService } from '../../local/cosmos/service.ts';
import {
  describeSubscription,
  startService,
  TEST_KEY,
  type TestService,
} from '../../local/eventgrid/testing/startService.ts';
import { startWebhook, type WebhookReceiver } from '../../local/eventgrid/testing/webhookReceiver.ts';
import { evaluateValue } from '../../local/workflow-runner/expressions/evaluate.ts';
import { loadProject } from '../../local/workflow-runner/project/loadProject.ts';
import { WorkflowRunner } from '../../local/workflow-runner/runner.ts';
import { startReceiver, type HttpReceiver } from '../../local/workflow-runner/testing/httpReceiver.ts';
import { endOfRun, type EndedRun } from '../../local/workflow-runner/testing/testProject.ts';
import { testScope } from '../../local/workflow-runner/testing/testScope.ts';
import { userSubject } from '../contracts/documents.ts';
import type { CloudEvent, RecommendationIssued } from '../contracts/events.ts';
import { CONTAINERS, DATABASE, EVENT_TYPES } from '../contracts/names.ts';
import { CONNECTIONS, SETTINGS } from '../contracts/settings.ts';

const PROJECT = import.meta.dirname;
const TOPIC = 'attune';

let folder: string;
let database: CosmosService;
let profiles: Container;
let grid: TestService;
let marketing: HttpReceiver;
let training: WebhookReceiver;
let marketingStatus: number;
let settings: Record<string, string>;
let runner: WorkflowRunner;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'workflows-'));
  database = await CosmosService.start({ dataDir: folder, key: TEST_KEY, port: 0 });
  const { name: id, partitionKey } = CONTAINERS.profiles;
  await database.methods.putDatabase!({ id: DATABASE } as never);
  await database.methods.putContainer!({ database: DATABASE, id, partitionKey: { paths: [partitionKey] } } as never);
  profiles = new CosmosClient({ endpoint: database.endpoint, key: TEST_KEY }).database(DATABASE).container(id);
  grid = await startService({ timeScale: 1 });
  await grid.service.putTopic({ name: TOPIC, inputSchema: 'CloudEventSchemaV1_0', key: TEST_KEY });
  marketing = await startReceiver(() => ({ status: marketingStatus }));
  training = await startWebhook();
  settings = {
    [CONNECTIONS.cosmos.name]: `AccountEndpoint=${database.endpoint};AccountKey=${TEST_KEY};`,
    [`${CONNECTIONS.eventGrid.name}__${CONNECTIONS.eventGrid.property}`]: grid.service.endpoint(TOPIC),
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
  await Promise.all([grid.end(), marketing.close(), training.close(), database.stop()]);
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  marketingStatus = 204;
  marketing.requests.length = 0;
});

async function startRunner(appSettings: Record<string, string>, name: string): Promise<WorkflowRunner> {
  const dataDir = mkdtempSync(join(folder, `${name}-`));
  const started = new WorkflowRunner({ projectDir: PROJECT, dataDir, settings: appSettings, timeScale: 0.001 });
  await started.start();
  return started;
}

async function putProfile(userId: string): Promise<string> {
  const subject = userSubject(userId);
  await profiles.items.upsert({ id: subject, subject, kind: 'user', events: 3 });
  return subject;
}

const profile = async (subject: string) =>
  (await profiles.item(subject, subject).read<Record<string, unknown>>()).resource;

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

describe('the project', () => {
  it('loads clean, with the settings of Azure too', () => {
    const onAzure: Record<string, string> = {
      ...settings,
      Cosmos__accountEndpoint: 'https://account.documents.azure.com/',
    };
    for (const local of [CONNECTIONS.cosmos.name, 'EventGrid__topicKey']) delete onAzure[local];
    const { workflows } = loadProject({ projectDir: PROJECT, settings: onAzure });
    expect(workflows.map(({ name, kind }) => [name, kind])).toEqual([
      ['nightly-train', 'Stateful'],
      ['on-recommendation-issued', 'Stateful'],
    ]);
  });

  it('names the containers and event types of the contracts', () => {
    const { workflows } = loadProject({ projectDir: PROJECT, settings });
    expect(workflows[0]?.parameters.profilesContainer).toBe(CONTAINERS.profiles.name);
    expect(JSON.stringify(workflows[0]?.definition)).toContain(`"type":"${EVENT_TYPES.trainingRequested}"`);
    expect(JSON.stringify(workflows[1]?.definition)).toContain(`"enum":["${EVENT_TYPES.recommendationIssued}"]`);
  });

  it('computes the id of a profile as the code does, for any user', () => {
    const { workflows } = loadProject({ projectDir: PROJECT, settings });
    const loop = workflows[1]!.definition.actions.For_each_event as unknown as {
      actions: { Subject: { inputs: string } };
    };
    const expression = loop.actions.Subject.inputs;
    const subject = (text: string) =>
      evaluateValue(text, testScope({ actions: { Parse_event: { outputs: { body: { data: { userId } } } } } }));
    // A runtime that leaves ! ' ( ) * as they are must come to the same id.
    const lenient = expression.replace(
      "encodeUriComponent(body('Parse_event')['data']['userId'])",
      "string(body('Parse_event')['data']['userId'])",
    );
    let userId = '';
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (id) => {
        userId = id;
        expect(subject(expression)).toBe(userSubject(id));
        userId = encodeURIComponent(id);
        expect(subject(lenient)).toBe(userSubject(id));
      }),
    );
    userId = "a!b'c(d)e*f/g?h#i\\j%21 k";
    expect(subject(expression)).toBe(userSubject(userId));
  });
});

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
    await grid.service.putSubscription({
      topic: TOPIC,
      name: 'to-workflow',
      destination: { type: 'WebHook', url },
      filter,
    });
    const { data, type, source, id } = issued('u6', 'from-grid');
    const publisher = new EventGridPublisherClient(
      grid.service.endpoint(TOPIC),
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
      expect(describeSubscription(grid.service, 'to-workflow')).toMatchObject({ state: 'Active', delivered: 1 }),
    );
  });
});

describe('nightly-train', () => {
  it('asks for a training run each night, through Event Grid', async () => {
    const filter = { includedEventTypes: [EVENT_TYPES.trainingRequested] };
    await grid.service.putSubscription({
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
