import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVERY_TRIGGER_APP, startEveryTriggerHost, type EveryTriggerHost } from './testing/everyTriggerHost.ts';
import { startHostProcess } from './testing/hostProcess.ts';
import { waitFor } from './testing/waitFor.ts';

let every: EveryTriggerHost;
beforeAll(async () => {
  every = await startEveryTriggerHost();
});
afterAll(() => every.end());

describe('http', () => {
  it('answers with what the function returns', async () => {
    const response = await fetch(`${every.host.url}/api/echo/7?q=a%20b`, { method: 'POST', body: 'text' });
    expect([response.status, response.headers.get('x-id')]).toEqual([201, '7']);
    expect(response.headers.getSetCookie()).toEqual([
      'seen=a%20b; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Strict',
    ]);
    expect(await response.json()).toEqual({ query: 'a b', body: 'text' });
    expect(await (await fetch(`${every.host.url}/api/ECHO`)).json()).toEqual({ query: null, body: null });
  });

  it('answers 204 when the function returns nothing', async () => {
    expect((await fetch(`${every.host.url}/api/silent`)).status).toBe(204);
  });

  it.each([
    ['a path that no function has', '/api/nothing', {}, 404],
    ['a path without the prefix', '/echo', {}, 404],
    ['a method that the function does not take', '/api/echo', { method: 'DELETE' }, 404],
    ['a function that throws', '/api/broken', {}, 500],
    ['a body beyond the limit', '/api/echo', { method: 'POST', body: 'x'.repeat(1001) }, 413],
  ])('gives %s a plain status', async (_, path, init, status) => {
    expect((await fetch(every.host.url + path, init)).status).toBe(status);
  });

  it('has a front page and a status', async () => {
    expect(await (await fetch(every.host.url)).json()).toBe('Your Functions 4.0 app is up and running');
    expect(await (await fetch(`${every.host.url}/admin/host/status`)).json()).toMatchObject({
      id: 'local',
      state: 'Running',
    });
  });
});

describe('timer', () => {
  it('runs on startup, and on demand', async () => {
    const [first] = await waitFor(
      'the run at startup',
      () => every.recorder.of('tick').length > 0 && every.recorder.of('tick'),
    );
    expect(first?.input).toMatchObject({ isPastDue: false, schedule: { adjustForDST: true } });
    const runs = every.recorder.of('tick').length;
    expect((await fetch(`${every.host.url}/admin/functions/tick`, { method: 'POST' })).status).toBe(202);
    await every.host.process.call('invoke', { function: 'tick' });
    expect(every.recorder.of('tick')).toHaveLength(runs + 2);
  });

  it('remembers its runs in the host storage', async () => {
    const status = every.services.blobs
      .getContainerClient('azure-webjobs-hosts')
      .getBlockBlobClient('timers/local/Host.Functions.tick/status');
    const { Last, Next } = await waitFor('the status', async () => {
      if (!(await status.exists())) return undefined;
      return JSON.parse((await status.downloadToBuffer()).toString()) as Record<string, string>;
    });
    expect(new Date(Next!).getTime()).toBeGreaterThan(new Date(Last!).getTime());
  });

  it('refuses to invoke anything else', async () => {
    await expect(every.host.process.call('invoke', { function: 'events' })).rejects.toThrow('only an enabled timer');
    await expect(every.host.process.call('invoke', {})).rejects.toThrow('invoke needs {"function": "<name>"}');
    expect((await fetch(`${every.host.url}/admin/functions/none`, { method: 'POST' })).status).toBe(400);
  });

  it('does not run when it is disabled', async () => {
    expect(await every.describe('sleeping')).toEqual({
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
    fetch(`${every.host.url}/runtime/webhooks/EventGrid?functionName=${name}`, init);
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
    expect(every.recorder.of('grid').map(({ input }) => input)).toEqual([event, cloudEvent]);
  });

  it('answers 500 when the function failed, so that Event Grid tries again', async () => {
    every.recorder.failing.set('grid', 1);
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

describe('the host process', () => {
  it('logs one JSON line per event', () => {
    const lines = readFileSync(join(every.services.folder, 'functions.log'), 'utf8').trimEnd().split('\n');
    const parsed = lines.map((line) => JSON.parse(line) as { category: string; level: string; message: string });
    expect(parsed).toContainEqual(
      expect.objectContaining({
        level: 'error',
        category: 'Function.broken',
        message: "Executed 'Functions.broken' (Failed)",
        error: 'broken on purpose',
      }),
    );
    expect(parsed).toContainEqual(expect.objectContaining({ category: 'Host.Startup', message: 'Host started' }));
  });

  it('drains: triggers stop, http goes on', async () => {
    await every.host.process.call('drain');
    every.recorder.calls.length = 0;
    await every.services.cosmos.database('db').container('watched').items.upsert({ id: 'drained' });
    expect((await fetch(`${every.host.url}/api/echo`)).status).toBe(200);
    expect((await every.describe('events')).running).toBe(0);
    expect(every.recorder.calls).toEqual([]);
  });

  it.each([
    [
      'no setting for a connection',
      { Cosmos: '' },
      "The 'changes' function is in error: Error indexing method 'Functions.changes'. Cannot create container information " +
        "for watched in database db with lease leases in database db : Cosmos DB connection configuration 'Cosmos' does " +
        'not exist. Make sure that it is a defined App Setting.',
    ],
    [
      'no value for an expression',
      { HUB_NAME: undefined as never },
      "The 'events' function is in error: Error indexing method 'Functions.events'. '%HUB_NAME%' does not resolve to a value.",
    ],
    [
      'no storage',
      { AzureWebJobsStorage: ' ' },
      "Storage account connection string 'AzureWebJobsStorage' does not exist. Make sure that it is a defined App Setting.",
    ],
  ])('says in one line that there is %s', async (_, over, message) => {
    const folder = join(every.services.folder, 'refused');
    const settings = { ...every.settings, ...over };
    await expect(startHostProcess({ appDir: EVERY_TRIGGER_APP, folder, settings })).rejects.toThrow(message);
    const lines = readFileSync(join(folder, 'functions.log'), 'utf8').trimEnd().split('\n');
    expect(lines.filter((line) => !line.startsWith('{'))).toHaveLength(1);
    rmSync(folder, { recursive: true });
  });
});
