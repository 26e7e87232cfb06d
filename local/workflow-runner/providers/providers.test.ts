import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TEST_KEY } from '../../eventgrid/testing/startService.ts';
import { startWebhook, type WebhookReceiver } from '../../eventgrid/testing/webhookReceiver.ts';
import type { JsonObject } from '../json.ts';
import { after } from '../testing/definitions.ts';
import { startLocalServices, type LocalServices } from '../testing/localServices.ts';
import { startRunner, workflowOf, type TestRunner } from '../testing/testProject.ts';

const COSMOS = '/serviceProviders/AzureCosmosDB';
const GRID = '/serviceProviders/eventGridPublisher';

const action = (
  serviceProviderId: string,
  operationId: string,
  parameters: JsonObject,
  runAfter: JsonObject = {},
): JsonObject => ({
  type: 'ServiceProvider',
  runAfter,
  inputs: {
    parameters,
    serviceProviderConfiguration: {
      connectionName: serviceProviderId === COSMOS ? 'db' : 'topic',
      operationId,
      serviceProviderId,
    },
    retryPolicy: { type: 'none' },
  },
});
const cosmos = (operationId: string, parameters: JsonObject, runAfter: JsonObject = {}) =>
  action(COSMOS, operationId, { databaseId: 'shop', containerId: 'items', ...parameters }, runAfter);
const KEY = { itemId: "@triggerBody()['id']", partitionKey: "@triggerBody()['id']" };

const WORKFLOWS: Record<string, JsonObject> = {
  documents: {
    Create: cosmos('CreateOrUpdateDocument', { item: { id: "@triggerBody()['id']", n: 1, tags: ['a'] } }),
    Patch: cosmos(
      'PatchItem',
      {
        ...KEY,
        patchOperations: [
          { type: 'Increment', path: '/n', value: 4 },
          { type: 'set', path: '/deep', value: { x: ["@triggerBody()['id']"] } },
          { type: 'Add', path: '/tags/-', value: 'b' },
        ],
      },
      after('Create'),
    ),
    Read: cosmos('ReadDocument', KEY, after('Patch')),
    Query: cosmos(
      'QueryDocuments',
      { queryText: 'SELECT c.id, c.n FROM c WHERE c.n = 5', partitionKey: "@triggerBody()['id']", maxItemCount: 10 },
      after('Read'),
    ),
    Delete: cosmos('DeleteDocument', KEY, after('Query')),
  },
  missing: {
    Read: cosmos('ReadDocument', KEY),
    Patch: cosmos('PatchItem', { ...KEY, patchOperations: [{ type: 'Set', path: '/a', value: 1 }] }),
  },
  refused: {
    Create: cosmos('CreateOrUpdateDocument', { item: { id: 'same' } }),
    Twice: cosmos('CreateOrUpdateDocument', { item: { id: 'same' }, isUpsert: false }, after('Create')),
    Etag: cosmos('CreateOrUpdateDocument', { item: { id: 'same' }, etag: '"other"' }, after('Create')),
    Type: cosmos(
      'PatchItem',
      { itemId: 'same', partitionKey: 'same', patchOperations: [{ type: 'Move', path: '/a' }] },
      after('Create'),
    ),
    Text: cosmos('ReadDocument', { itemId: 5, partitionKey: 'same' }),
  },
  publish: {
    Send: action(GRID, 'publishEvents', {
      events: [
        { id: "@triggerBody()['id']", subject: 's', eventType: 'order.placed', data: { n: 1 }, dataVersion: '2' },
      ],
    }),
  },
  'publish-nothing': { Send: action(GRID, 'publishEvents', { events: [{ subject: 5 }] }) },
};

let services: LocalServices;
let hook: WebhookReceiver;
let test: TestRunner;
beforeAll(async () => {
  services = await startLocalServices({
    container: { database: 'shop', name: 'items', partitionKey: '/id' },
    hub: { name: 'orders', consumerGroup: 'workflows' },
  });
  hook = await startWebhook();
  const grid = services.grid.service;
  await grid.putTopic({ name: 'orders', inputSchema: 'EventGridSchema', key: TEST_KEY });
  const destination = { type: 'AzureFunction' as const, url: hook.url };
  await grid.putSubscription({ topic: 'orders', name: 'to-hook', destination });
  const workflows = Object.fromEntries(Object.entries(WORKFLOWS).map(([name, actions]) => [name, workflowOf(actions)]));
  const identity = (values: JsonObject) => ({
    parameterSetName: 'ManagedServiceIdentity',
    parameterValues: { ...values, authProvider: { Type: 'ManagedServiceIdentity' } },
  });
  test = await startRunner(
    {
      workflows,
      connections: {
        serviceProviderConnections: {
          db: {
            serviceProvider: { id: COSMOS },
            ...identity({ accountEndpoint: "@appsetting('Cosmos__accountEndpoint')" }),
          },
          topic: {
            serviceProvider: { id: GRID },
            ...identity({ topicEndpoint: "@appsetting('Grid__topicEndpointUri')" }),
          },
        },
      },
    },
    {
      settings: {
        ...services.settings,
        Grid__topicEndpointUri: grid.endpoint('orders'),
        Grid__topicKey: TEST_KEY,
      },
    },
  );
});
afterAll(async () => {
  await test.end();
  await Promise.all([services.stop(), hook.close()]);
});

describe('the Cosmos DB connector', () => {
  it('creates, patches, reads, queries and deletes documents', async () => {
    const run = await test.run('documents', { id: 'i1' });
    expect(run.status).toBe('Succeeded');
    const body = (name: string) => (run.actions[name]?.outputs as { body: JsonObject }).body;
    const content = { id: 'i1', n: 5, tags: ['a', 'b'], deep: { x: ['i1'] } };
    expect(body('Create')).toMatchObject({
      id: 'i1',
      content: { n: 1 },
      eTag: expect.any(String),
      requestCharge: expect.any(String),
    });
    expect(body('Patch')).toMatchObject({ content });
    expect(body('Read')).toMatchObject({ content, timestamp: expect.any(Number) });
    expect(body('Query')).toMatchObject({ count: 1, items: [{ id: 'i1', n: 5 }] });
    expect(run.actions.Delete).toMatchObject({ outputs: { statusCode: 200 } });
    expect((await test.run('missing', { id: 'i1' })).actions.Read).toMatchObject({ code: 'NotFound' });
  });

  it('fails with status, code and reason of the service', async () => {
    const { actions } = await test.run('missing', { id: 'nobody' });
    const failed = {
      status: 'Failed',
      code: 'NotFound',
      outputs: { statusCode: 404 },
      error: {
        code: 'ServiceProviderActionFailed',
        message: expect.stringMatching(
          /error code 'NotFound' and error message 'Response status code does not indicate success: NotFound \(404\)/,
        ),
      },
    };
    expect(actions).toMatchObject({ Read: failed, Patch: failed });
    const refused = await test.run('refused');
    expect(refused.actions).toMatchObject({
      Twice: { code: 'Conflict', outputs: { statusCode: 409 } },
      Etag: { code: 'PreconditionFailed' },
      Type: {
        code: 'BadRequest',
        error: { message: expect.stringMatching(/one of the types add, remove, replace, set, increment/) },
      },
      Text: { code: 'BadRequest', error: { message: expect.stringMatching(/itemId must be a text, not 5/) } },
    });
  });
});

describe('the Event Grid publisher', () => {
  it('publishes in the Event Grid schema with the key that stands in for the identity', async () => {
    expect(await test.run('publish', { id: 'e1' })).toMatchObject({ status: 'Succeeded' });
    await vi.waitFor(() => expect(hook.notifications()).toHaveLength(1));
    expect(hook.notifications()[0]?.body).toMatchObject([
      { id: 'e1', subject: 's', eventType: 'order.placed', dataVersion: '2', data: { n: 1 } },
    ]);
  });

  it('fails with the reason of the topic, or its own', async () => {
    expect((await test.run('publish-nothing')).actions.Send).toMatchObject({
      code: 'BadRequest',
      error: { message: expect.stringMatching(/needs subject and eventType/) },
    });
    const grid = services.grid.service;
    await grid.deleteTopic({ name: 'orders' });
    await grid.putTopic({ name: 'orders', inputSchema: 'CloudEventSchemaV1_0', key: TEST_KEY });
    const { actions } = await test.run('publish', { id: 'e2' });
    expect(actions.Send).toMatchObject({
      code: 'BadRequest',
      error: { message: expect.stringMatching(/'CloudEventV10' schema/) },
    });
  });
});
