import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hostStorage } from '../../functions-host/storage/hostStorage.ts';
import { parseHostJson } from '../../functions-host/settings/hostJson.ts';
import type { JsonObject } from '../json.ts';
import { after, compose } from '../testing/definitions.ts';
import { startLocalServices, type LocalServices } from '../testing/localServices.ts';
import { endOfRun, startRunner, workflowOf, type EndedRun, type TestRunner } from '../testing/testProject.ts';
import { listenToHub } from './eventHubTrigger.ts';

const PROVIDER = '/serviceProviders/eventHub';
const PATIENCE = { timeout: 15_000, interval: 20 };

const operation = (operationId: string, parameters: JsonObject) => ({
  type: 'ServiceProvider',
  inputs: {
    parameters,
    serviceProviderConfiguration: { connectionName: 'events', operationId, serviceProviderId: PROVIDER },
  },
});
const receiving = (consumerGroup: string, more: JsonObject = {}) => ({
  triggers: { received: { ...operation('receiveEvents', { eventHubName: 'orders', consumerGroup }), ...more } },
});
const event = (contentData: unknown) => ({ contentData: contentData as JsonObject, properties: { source: 'test' } });
const noRetry = (action: JsonObject) => ({
  ...action,
  inputs: { ...(action.inputs as JsonObject), retryPolicy: { type: 'none' } },
});

const WORKFLOWS = {
  each: workflowOf(
    { Got: compose('@triggerBody()') },
    receiving('each', { splitOn: "@triggerOutputs()?['body']", runtimeConfiguration: { concurrency: { runs: 2 } } }),
  ),
  batch: workflowOf({ Got: compose("@length(triggerOutputs()['body'])") }, receiving('batch')),
  picky: workflowOf(
    { Got: compose("@triggerBody()['contentData']['n']") },
    receiving('picky', {
      conditions: [{ expression: "@contains(string(last(triggerBody())), 'list')" }],
      splitOn: "@last(triggerBody())['contentData']['list']",
    }),
  ),
  send: workflowOf({
    One: operation('sendEvent', { eventHubName: 'orders', eventData: event({ n: 1 }), partitionKey: 'p' }),
    Many: {
      ...operation('sendEvents', { eventHubName: 'orders', eventDatas: [event('plain text'), event([2])] }),
      runAfter: after('One'),
    },
  }),
  'send-wrongly': workflowOf({
    Nowhere: noRetry(operation('sendEvent', { eventHubName: 'missing', eventData: event(1) })),
    Nothing: noRetry(operation('sendEvent', { eventHubName: 'orders', eventData: 5 })),
    List: noRetry(operation('sendEvents', { eventHubName: 'orders', eventDatas: 'text' })),
  }),
};
const CONNECTIONS = {
  serviceProviderConnections: {
    events: {
      serviceProvider: { id: PROVIDER },
      parameterSetName: 'ManagedServiceIdentity',
      parameterValues: {
        fullyQualifiedNamespace: "@appsetting('EventHubs__fullyQualifiedNamespace')",
        authProvider: { Type: 'ManagedServiceIdentity', Identity: '/identity' },
      },
    },
  },
};
const FILES = { workflows: WORKFLOWS, connections: CONNECTIONS };

let services: LocalServices;
let test: TestRunner;
beforeAll(async () => {
  services = await startLocalServices({
    container: { database: 'shop', name: 'items', partitionKey: '/id' },
    hub: { name: 'orders', consumerGroup: 'each' },
    moreGroups: ['batch', 'picky', 'direct'],
  });
  test = await startRunner(FILES, { settings: services.settings });
}, 30_000);
afterAll(async () => {
  await test.end();
  await services.stop();
});

const runIds = (workflow: string) =>
  (test.runner.runs({ workflow }).value as { name: string }[]).map(({ name }) => name).toReversed();

async function newRuns(workflow: string, known: string[], count: number): Promise<EndedRun[]> {
  const started = () => runIds(workflow).slice(known.length);
  await vi.waitFor(() => expect(started()).toHaveLength(count), PATIENCE);
  return Promise.all(started().map((id) => endOfRun(test.runner, workflow, id)));
}

const send = (...bodies: (string | Buffer | object)[]) =>
  services.producer.sendBatch(
    bodies.map((body) => ({
      body: Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
      properties: { source: 'producer' },
    })),
    { partitionId: '0' },
  );

describe('the trigger receiveEvents', () => {
  it('runs once for each event in order where it splits, once for the batch where it does not', async () => {
    const known = [runIds('each'), runIds('batch')] as const;
    await send({ n: 1 }, 'not json', Buffer.from([0xff, 0xfe]), [2]);
    const each = await newRuns('each', known[0], 4);
    const content = each.map(({ actions }) => actions.Got?.outputs as JsonObject);
    expect(content.map(({ contentData }) => contentData)).toEqual([{ n: 1 }, 'not json', '//4=', [2]]);
    expect(content[0]?.Properties).toEqual({ source: 'producer' });
    // How many batches the client makes of them is its own affair; each is one run.
    const sizes = async () => {
      const runs = runIds('batch').slice(known[1].length);
      const ended = await Promise.all(runs.map((id) => endOfRun(test.runner, 'batch', id)));
      return ended.map(({ actions }) => actions.Got?.outputs as number);
    };
    const total = async () => (await sizes()).reduce((sum, size) => sum + size, 0);
    await vi.waitFor(async () => expect(await total()).toBe(4), PATIENCE);
  });

  it('passes over what it cannot split, and says so', async () => {
    const known = runIds('picky');
    const noted = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    await send({ list: 'no list' });
    await vi.waitFor(
      () => expect(noted).toHaveBeenCalledWith(expect.stringMatching(/workflow "picky": .* must give an array/)),
      PATIENCE,
    );
    noted.mockRestore();
    await send({ list: [{ contentData: { n: 7 } }] });
    const [run] = await newRuns('picky', known, 1);
    expect(run?.actions.Got?.outputs).toBe(7);
  });

  it('goes on behind its checkpoint after a restart: nothing is missing, nothing comes twice', async () => {
    const known = runIds('each');
    await send({ n: 'before' });
    await newRuns('each', known, 1);
    await test.runner.stop();
    await send({ n: 'meanwhile' });
    const { projectDir, dataDir } = test;
    test = await startRunner({}, { projectDir, dataDir, settings: services.settings });
    await send({ n: 'after' });
    const runs = await newRuns('each', known, 3);
    expect(runs.map(({ actions }) => ((actions.Got?.outputs as JsonObject).contentData as JsonObject).n)).toEqual([
      'before',
      'meanwhile',
      'after',
    ]);
  });

  it('hands over a batch again until its runs are durable, and checkpoints only then', async () => {
    const { settings } = services;
    const listen = async (fire: (body: JsonObject[]) => void) => {
      const warnings: string[] = [];
      const listener = await listenToHub({
        connectionName: 'events',
        connection: { values: {}, byIdentity: true, standIn: { connectionString: settings.EventHubs } },
        parameters: { eventHubName: 'orders', consumerGroup: 'direct' },
        storage: hostStorage(settings),
        eventHubs: parseHostJson({ version: '2.0' }).eventHubs,
        instanceId: 'direct',
        fire: async ({ body }) => fire(body as JsonObject[]),
        warn: (message) => warnings.push(message),
      });
      return { listener, warnings };
    };
    const last = (seen: JsonObject[][]) => seen.at(-1)?.at(-1)?.contentData;
    const tried: JsonObject[][] = [];
    const broken = await listen((body) => {
      tried.push(body);
      throw new Error('the disk is full');
    });
    await send({ n: 'kept' });
    await vi.waitFor(() => expect(tried.length).toBeGreaterThanOrEqual(2), PATIENCE);
    expect(broken.warnings[0]).toMatch(/tried again: the disk is full/);
    await broken.listener.stop();

    const taken: JsonObject[][] = [];
    const mended = await listen((body) => taken.push(body));
    await vi.waitFor(() => expect(last(taken)).toEqual({ n: 'kept' }), PATIENCE);
    await mended.listener.stop();
    const again: JsonObject[][] = [];
    const third = await listen((body) => again.push(body));
    await send({ n: 'next' });
    await vi.waitFor(() => expect(last(again)).toEqual({ n: 'next' }), PATIENCE);
    expect(again.flat()).toHaveLength(1);
    await third.listener.stop();
  });

  it('does not keep other workflows from running while its service is away, and listens when it is back', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    taken.close();
    const noted = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const storage = services.settings.AzureWebJobsStorage.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${port}`);
    const files = { ...FILES, workflows: { ...WORKFLOWS, plain: workflowOf({ Got: compose(1) }) } };
    const other = await startRunner(files, { settings: { ...services.settings, AzureWebJobsStorage: storage } });
    expect(await other.run('plain')).toMatchObject({ status: 'Succeeded' });
    const { workflows } = await other.runner.describe();
    expect(workflows.find(({ name }) => name === 'each')).toMatchObject({ trigger: { state: 'Connecting' } });
    await other.end();
    noted.mockRestore();
    expect((await test.runner.describe()).workflows.find(({ name }) => name === 'each')).toMatchObject({
      trigger: { state: 'Listening', hub: 'orders', consumerGroup: 'each' },
    });
  });
});

describe('the actions of the Event Hubs connector', () => {
  it('send events that the trigger receives as they were sent', async () => {
    const known = runIds('each');
    expect(await test.run('send')).toMatchObject({ status: 'Succeeded', actions: { Many: { status: 'Succeeded' } } });
    const runs = await newRuns('each', known, 3);
    const received = runs.map(({ actions }) => actions.Got?.outputs as JsonObject);
    expect(received).toEqual(
      expect.arrayContaining(
        [{ n: 1 }, 'plain text', [2]].map((contentData) => ({ contentData, Properties: { source: 'test' } })),
      ),
    );
  });

  it('fail with the reason of the service, or their own', async () => {
    const { actions } = await test.run('send-wrongly');
    expect(actions).toMatchObject({
      Nowhere: { code: 'NotFound', outputs: { statusCode: 404 } },
      Nothing: { code: 'BadRequest', error: { message: expect.stringMatching(/an object with contentData/) } },
      List: { code: 'BadRequest', error: { message: expect.stringMatching(/eventDatas must be an array/) } },
    });
  });
});
