import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EventHubProducerClient } from '@azure/event-hubs';
import type { BlockBlobClient } from '@azure/storage-blob';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startHostProcess, type HostProcess } from './testing/hostProcess.ts';
import { startLocalServices, type LocalServices } from './testing/localServices.ts';
import { startRecorder, type Recorder } from './testing/recorder.ts';
import { waitFor } from './testing/waitFor.ts';

const APP = fileURLToPath(new URL('./testing/everyTrigger', import.meta.url));
const HUB = { name: 'test-hub', consumerGroup: 'group' };

let services: LocalServices;
let recorder: Recorder;
let host: HostProcess;
let producer: EventHubProducerClient;

function start(): Promise<HostProcess> {
  const settings = {
    ...services.settings,
    HUB_NAME: HUB.name,
    RECORDER_URL: recorder.url,
    'AzureWebJobs.sleeping.Disabled': 'true',
    FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '1000',
  };
  return startHostProcess({ appDir: APP, folder: services.folder, settings });
}

async function describeFunction(name: string) {
  return (await host.describe()).find((each) => each.name === name)!;
}

async function send(numbers: number[], partitionId = '0'): Promise<void> {
  const events = numbers.map((n) => ({ body: { n } }));
  await producer.sendBatch(events, { partitionId });
}

function received(): { n: number }[] {
  return recorder.of('events').flatMap(({ input }) => input as { n: number }[]);
}

async function upsert(id: string): Promise<void> {
  await services.cosmos.database('db').container('watched').items.upsert({ id });
}

function changes(): string[] {
  return recorder.of('changes').flatMap(({ input }) => (input as { id: string }[]).map(({ id }) => id));
}

function timerStatus(): BlockBlobClient {
  return services.blobs.getContainerClient('azure-webjobs-hosts').getBlockBlobClient('timers/local/tick/status');
}

beforeAll(async () => {
  [services, recorder] = await Promise.all([startLocalServices(HUB), startRecorder()]);
  const { database } = await services.cosmos.databases.create({ id: 'db' });
  await database.containers.create({ id: 'watched', partitionKey: '/id' });
  await database.containers.create({ id: 'leases', partitionKey: '/id' });
  host = await start();
  producer = new EventHubProducerClient(services.settings.EventHubs, HUB.name);
});

afterAll(async () => {
  await producer.close();
  await host.process.stop();
  await services.stop();
  await recorder.close();
});

beforeEach(() => {
  recorder.failing.clear();
});

describe('http', () => {
  it('answers with what the function returns', async () => {
    const response = await fetch(`${host.url}/api/echo/7?q=a%20b`, { method: 'POST', body: 'text' });
    expect([response.status, response.headers.get('x-id')]).toEqual([201, '7']);
    expect(await response.json()).toEqual({ query: 'a b', body: 'text' });
    expect(await (await fetch(`${host.url}/api/ECHO`)).json()).toEqual({ query: null, body: null });
  });

  it.each([
    ['a path that no function has', '/api/nothing', {}, 404],
    ['a path without the prefix', '/echo', {}, 404],
    ['a method that the function does not take', '/api/echo', { method: 'DELETE' }, 404],
    ['a function that throws', '/api/broken', {}, 500],
    ['a body beyond the limit', '/api/echo', { method: 'POST', body: 'x'.repeat(1001) }, 413],
  ])('gives %s a plain status', async (_, path, init, status) => {
    expect((await fetch(host.url + path, init)).status).toBe(status);
  });

  it('has a front page and a status', async () => {
    expect(await (await fetch(host.url)).json()).toBe('Your Functions 4.0 app is up and running');
    expect(await (await fetch(`${host.url}/admin/host/status`)).json()).toEqual({ state: 'Running' });
  });
});

describe('timer', () => {
  it('runs on startup, and on demand', async () => {
    const [first] = await waitFor('the run at startup', () => recorder.of('tick').length > 0 && recorder.of('tick'));
    expect(first?.input).toMatchObject({ isPastDue: false, schedule: { adjustForDST: true } });
    const runs = recorder.of('tick').length;
    expect((await fetch(`${host.url}/admin/functions/tick`, { method: 'POST' })).status).toBe(202);
    await host.process.call('invoke', { function: 'tick' });
    expect(recorder.of('tick')).toHaveLength(runs + 2);
  });

  it('remembers its runs in the host storage', async () => {
    const status = timerStatus();
    const { Last, Next } = await waitFor('the status', async () => {
      if (!(await status.exists())) return undefined;
      return JSON.parse((await status.downloadToBuffer()).toString()) as Record<string, string>;
    });
    expect(new Date(Next!).getTime()).toBeGreaterThan(new Date(Last!).getTime());
  });

  it('refuses to invoke anything else', async () => {
    await expect(host.process.call('invoke', { function: 'events' })).rejects.toThrow('only an enabled timer');
    await expect(host.process.call('invoke', {})).rejects.toThrow('invoke needs {"function": "<name>"}');
    expect((await fetch(`${host.url}/admin/functions/none`, { method: 'POST' })).status).toBe(400);
  });

  it('does not run when it is disabled', async () => {
    expect(await describeFunction('sleeping')).toEqual({
      name: 'sleeping',
      trigger: 'timer',
      disabled: true,
      invocations: 0,
      failures: 0,
      running: 0,
    });
  });
});

describe('eventGrid', () => {
  const webhook = (init: RequestInit, name = 'grid') =>
    fetch(`${host.url}/runtime/webhooks/EventGrid?functionName=${name}`, init);
  const notification = (events: unknown) =>
    webhook({ method: 'POST', headers: { 'aeg-event-type': 'Notification' }, body: JSON.stringify(events) });

  it('answers the handshake of the Event Grid schema', async () => {
    const data = { validationCode: '512d38b6' };
    const body = JSON.stringify([{ id: '1', eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent', data }]);
    const response = await webhook({ method: 'POST', headers: { 'aeg-event-type': 'SubscriptionValidation' }, body });
    expect([response.status, await response.json()]).toEqual([200, { validationResponse: '512d38b6' }]);
  });

  it('answers the handshake of CloudEvents', async () => {
    const headers = { 'webhook-request-origin': 'eventgrid.azure.net', 'webhook-request-rate': '120' };
    const response = await webhook({ method: 'OPTIONS', headers });
    expect(response.status).toBe(200);
    expect(response.headers.get('webhook-allowed-origin')).toBe('eventgrid.azure.net');
    expect(response.headers.get('webhook-allowed-rate')).toBe('120');
  });

  it('hands over each event, of either schema', async () => {
    const event = { id: 'a', eventType: 'T', subject: 's', data: { n: 1 } };
    const cloudEvent = { specversion: '1.0', id: 'b', type: 'T', source: '/s', data: { n: 2 } };
    expect((await notification([event])).status).toBe(202);
    const headers = { 'content-type': 'application/cloudevents+json' };
    expect((await webhook({ method: 'POST', headers, body: JSON.stringify(cloudEvent) })).status).toBe(202);
    expect(recorder.of('grid').map(({ input }) => input)).toEqual([event, cloudEvent]);
  });

  it('answers 500 when the function failed, so that Event Grid tries again', async () => {
    recorder.failing.set('grid', 1);
    expect((await notification([{ id: 'c' }])).status).toBe(500);
    expect((await notification([{ id: 'c' }])).status).toBe(202);
  });

  it.each([
    ['an unknown function', () => webhook({ method: 'POST', body: '[]' }, 'none'), 404],
    ['a body that is no JSON', () => webhook({ method: 'POST', body: '[{' }), 400],
    ['an event that is no object', () => notification([1]), 400],
    [
      'a validation without code',
      () => webhook({ method: 'POST', headers: { 'aeg-event-type': 'SubscriptionValidation' }, body: '[{}]' }),
      400,
    ],
    ['another method', () => webhook({ method: 'PUT', body: '[]' }), 405],
  ])('refuses %s', async (_, send, status) => {
    expect((await send()).status).toBe(status);
  });
});

describe('eventHub', () => {
  const position = async () => {
    const { partitions } = (await describeFunction('events')) as unknown as {
      partitions: { id: string; position?: number; lag?: number }[];
    };
    return partitions.find(({ id }) => id === '0');
  };
  const checkpoint = async () => {
    const container = services.blobs.getContainerClient('azure-webjobs-eventhub');
    const blob = container.getBlobClient(`127.0.0.1/${HUB.name}/group/checkpoint/0`);
    return (await blob.exists()) ? Number((await blob.getProperties()).metadata?.sequencenumber) : undefined;
  };

  it('delivers batches with their metadata and writes checkpoints', async () => {
    await send(Array.from({ length: 120 }, (_, n) => n));
    await waitFor('120 events', () => received().length === 120);
    expect(received().map(({ n }) => n)).toEqual(Array.from({ length: 120 }, (_, n) => n));
    const calls = recorder.of('events');
    expect(calls.every(({ input }) => (input as unknown[]).length <= 50)).toBe(true);
    expect(calls[0]?.metadata).toMatchObject({
      partitionContext: { eventHubName: HUB.name, consumerGroup: 'group', partitionId: '0' },
    });
    expect((calls[0]?.metadata?.sequenceNumberArray as number[])[0]).toBe(0);
    expect(await waitFor('the checkpoint', async () => (await checkpoint()) === 119)).toBe(true);
    expect(await position()).toEqual({ id: '0', position: 119, lag: 0 });
  });

  it('retries inside the partition and then moves on, whatever came of it', async () => {
    recorder.calls.length = 0;
    recorder.failing.set('events', 1);
    await send([1000]);
    await waitFor('the second try', () => recorder.of('events').length === 2);
    expect(recorder.of('events').map(({ retry }) => retry?.retryCount)).toEqual([0, 1]);
    await waitFor('the checkpoint', async () => (await checkpoint()) === 120);
  });

  it('takes no more events than prefetchCount while the function is slow', async () => {
    recorder.calls.length = 0;
    // Every read asks for credit; many small ones before a burst must not add up.
    for (let n = 0; n < 15; n++) {
      await send([n], '1');
      await waitFor('the event', () => received().length === n + 1);
    }
    const gate = Promise.withResolvers<void>();
    recorder.hold = gate.promise;
    const before = services.broker.describe().eventsOut;
    for (let part = 0; part < 8; part++)
      await send(
        Array.from({ length: 250 }, (_, n) => 100 + n),
        '1',
      );
    await waitFor('the first of them', () => received().length > 15);
    const taken = await waitFor('a standstill', async () => {
      const { eventsOut } = services.broker.describe();
      await new Promise((resolve) => setTimeout(resolve, 200));
      return services.broker.describe().eventsOut === eventsOut && eventsOut - before;
    });
    gate.resolve();
    expect(taken).toBeLessThanOrEqual(300);
    await waitFor('the rest', () => received().length === 15 + 8 * 250);
  });

  it('delivers again what a killed host had not checkpointed', async () => {
    recorder.calls.length = 0;
    recorder.failing.set('events', Infinity);
    await send([7]);
    await waitFor('the failing try', () => received().length > 0);
    host.process.process.kill('SIGKILL');
    recorder.failing.clear();
    recorder.calls.length = 0;
    await waitFor('the event again', () => received().some(({ n }) => n === 7));
  });
});

describe('cosmosDB', () => {
  it('follows the change feed in pieces', async () => {
    recorder.calls.length = 0;
    for (let n = 0; n < 25; n++) await upsert(`d${n}`);
    await waitFor('25 changes', () => changes().length >= 25);
    expect(changes()).toEqual(Array.from({ length: 25 }, (_, n) => `d${n}`));
    expect(recorder.of('changes').every(({ input }) => (input as unknown[]).length <= 10)).toBe(true);
    expect(await describeFunction('changes')).toMatchObject({ container: 'watched', leases: [{ owned: true }] });
  });

  it('moves on after its tries even when the function failed', async () => {
    recorder.calls.length = 0;
    recorder.failing.set('changes', 3);
    await upsert('failing');
    await waitFor('three tries', () => recorder.of('changes').length === 3);
    await upsert('next');
    await waitFor('the next change', () => changes().includes('next'));
    expect(changes()).toEqual(['failing', 'failing', 'failing', 'next']);
  });
});

describe('a host that is stopped and started again', () => {
  beforeAll(async () => {
    recorder.calls.length = 0;
    await send([1]);
    await waitFor('the event', () => received().length === 1);
    await host.process.stop();
    await send([2, 3]);
    await upsert('while-away');
    const missed = { Last: '2000-01-01T00:00:00Z', Next: '2001-01-01T00:00:00Z', LastUpdated: '2000-01-01T00:00:00Z' };
    await timerStatus().uploadData(Buffer.from(JSON.stringify(missed)));
    recorder.calls.length = 0;
    host = await start();
  });

  it('goes on from the checkpoints: nothing is missing, nothing comes twice', async () => {
    await waitFor('the events', () => received().length >= 2);
    expect(received().map(({ n }) => n)).toEqual([2, 3]);
  });

  it('goes on from the position in the change feed', async () => {
    await waitFor('the change', () => changes().length > 0);
    expect(changes()).toEqual(['while-away']);
  });

  it('runs a timer that was missed', async () => {
    const [run] = await waitFor('the run', () => recorder.of('tick').length > 0 && recorder.of('tick'));
    expect(run?.input).toMatchObject({ isPastDue: true, scheduleStatus: { next: '2001-01-01T00:00:00Z' } });
  });
});

describe('the host process', () => {
  it('logs one JSON line per event', () => {
    const lines = readFileSync(join(services.folder, 'functions.log'), 'utf8').trimEnd().split('\n');
    const parsed = lines.map((line) => JSON.parse(line) as { category: string; level: string; message: string });
    expect(parsed).toContainEqual(
      expect.objectContaining({
        level: 'error',
        category: 'Function.broken',
        message: 'Failed',
        error: 'broken on purpose',
      }),
    );
    expect(parsed).toContainEqual(expect.objectContaining({ category: 'Host.General', message: 'Host stopped' }));
  });

  it('drains: triggers stop, http goes on', async () => {
    await host.process.call('drain');
    recorder.calls.length = 0;
    await upsert('drained');
    expect((await fetch(`${host.url}/api/echo`)).status).toBe(200);
    expect((await describeFunction('events')).running).toBe(0);
    expect(recorder.calls).toEqual([]);
  });

  it.each([
    [
      'no setting for a connection',
      { Cosmos: '' },
      'Connection "Cosmos" does not exist. Make sure that it is a defined app setting: Cosmos',
    ],
    [
      'no value for an expression',
      { HUB_NAME: undefined as never },
      'Function "events": %HUB_NAME% in eventHubName of its eventHubTrigger does not resolve to a value',
    ],
    ['no storage', { AzureWebJobsStorage: ' ' }, 'Connection "AzureWebJobsStorage" does not exist.'],
  ])('says in one line that there is %s', async (_, over, message) => {
    const folder = join(services.folder, 'refused');
    const settings = { ...services.settings, HUB_NAME: HUB.name, RECORDER_URL: recorder.url, ...over };
    await expect(startHostProcess({ appDir: APP, folder, settings })).rejects.toThrow(message);
    const lines = readFileSync(join(folder, 'functions.log'), 'utf8').trimEnd().split('\n');
    expect(lines.filter((line) => !line.startsWith('{'))).toHaveLength(1);
    rmSync(folder, { recursive: true });
  });
});
