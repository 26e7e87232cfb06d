import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { EventHubProducerClient, type EventData } from '@azure/event-hubs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHostProcess, type HostProcess } from '../../local/functions-host/testing/hostProcess.ts';
import { startLocalServices, type LocalServices } from '../../local/functions-host/testing/localServices.ts';
import { waitFor } from '../../local/functions-host/testing/waitFor.ts';
import type { CursorDocument, DeadLetter, ProfileDocument } from '../contracts/documents.ts';
import { STABLE_CHANNEL, type ModelChannel, type ModelManifest } from '../contracts/model.ts';
import { BLOB_CONTAINERS, CONTAINERS, DATABASE, EVENT_TYPES, HUBS } from '../contracts/names.ts';

const USERS = 40;
const EVENTS_PER_USER = 50;
const ITEMS = 30;

let services: LocalServices;
let host: HostProcess;
let producer: EventHubProducerClient;
/** Events that the functions published on Event Grid. */
const published: { type: string; data: { version: string } }[] = [];
const topic = createServer((request, response) => {
  void json(request).then((body) => {
    published.push(...(body as typeof published));
    response.end();
  });
});

function interaction(user: string, n: number, over: object = {}): EventData {
  const data = { userId: user, itemId: `item-${(n * 7) % ITEMS}`, action: n % 3 === 0 ? 'purchase' : 'view' };
  const time = new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString();
  const body = {
    specversion: '1.0',
    id: `${user}-${n}`,
    source: '/test',
    type: EVENT_TYPES.interaction,
    time,
    data,
    ...over,
  };
  return { body };
}

async function send(user: string, events: EventData[]): Promise<void> {
  await producer.sendBatch(events, { partitionKey: user });
}

async function cursors(): Promise<CursorDocument[]> {
  const signals = services.cosmos.database(DATABASE).container(CONTAINERS.signals.name);
  return (await signals.items.query<CursorDocument>("SELECT * FROM c WHERE c.kind = 'cursor'").fetchAll()).resources;
}

async function totals() {
  const sum = { applied: 0, duplicates: 0, deadLettered: 0 };
  for (const { applied, duplicates, deadLettered } of await cursors()) {
    sum.applied += applied;
    sum.duplicates += duplicates;
    sum.deadLettered += Object.values(deadLettered).reduce((all, count) => all + count, 0);
  }
  return sum;
}

async function handled(count: number): Promise<void> {
  await waitFor(`${count} events to be handled`, async () => {
    const { applied, duplicates, deadLettered } = await totals();
    return applied + duplicates + deadLettered >= count;
  });
}

async function profile(user: string): Promise<ProfileDocument> {
  const subject = `user:${user}`;
  const container = services.cosmos.database(DATABASE).container(CONTAINERS.profiles.name);
  return (await container.item(subject, subject).read<ProfileDocument>()).resource!;
}

async function readBlob<T>(container: string, path: string): Promise<T> {
  const content = await services.blobs.getContainerClient(container).getBlobClient(path).downloadToBuffer();
  return JSON.parse(content.toString('utf8')) as T;
}

async function stableModel(): Promise<ModelManifest> {
  const { manifest } = await readBlob<ModelChannel>(BLOB_CONTAINERS.models, STABLE_CHANNEL);
  return readBlob<ModelManifest>(BLOB_CONTAINERS.models, manifest);
}

async function requestTraining(id: string): Promise<number> {
  const event = {
    specversion: '1.0',
    id,
    source: '/test',
    type: EVENT_TYPES.trainingRequested,
    data: { reason: 'test' },
  };
  const headers = { 'content-type': 'application/cloudevents+json' };
  const url = `${host.url}/runtime/webhooks/EventGrid?functionName=train`;
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(event) })).status;
}

beforeAll(async () => {
  services = await startLocalServices({ name: HUBS.interactions, consumerGroup: 'ingest' });
  await new Promise<void>((resolve) => topic.listen(0, '127.0.0.1', resolve));
  const { database } = await services.cosmos.databases.create({ id: DATABASE });
  for (const { name, partitionKey, defaultTtl } of Object.values(CONTAINERS)) {
    await database.containers.create({ id: name, partitionKey, defaultTtl });
  }
  for (const name of Object.values(BLOB_CONTAINERS)) await services.blobs.createContainer(name);

  const appDir = join(services.folder, 'app');
  mkdirSync(appDir);
  cpSync(new URL('./host.json', import.meta.url), join(appDir, 'host.json'));
  writeFileSync(join(appDir, 'package.json'), JSON.stringify({ type: 'module', main: 'main.mjs' }));
  writeFileSync(join(appDir, 'main.mjs'), `import ${JSON.stringify(new URL('./main.ts', import.meta.url).href)};\n`);
  const endpoint = `http://127.0.0.1:${(topic.address() as AddressInfo).port}/api/events`;
  const settings = { ...services.settings, EventGrid__topicEndpointUri: endpoint, EventGrid__topicKey: 'key' };
  host = await startHostProcess({ appDir, folder: services.folder, settings });
  producer = new EventHubProducerClient(services.settings.EventHubs, HUBS.interactions);
});

afterAll(async () => {
  await producer.close();
  await host.process.stop();
  await services.stop();
  topic.closeAllConnections();
  await new Promise((resolve) => topic.close(resolve));
});

describe('the function app', () => {
  it('applies every event once, through a crash and repeated deliveries', async () => {
    const users = Array.from({ length: USERS }, (_, index) => `u${index}`);
    const eventsOf = (user: string) => Array.from({ length: EVENTS_PER_USER }, (_, n) => interaction(user, n));
    for (const user of users.slice(0, USERS / 2)) await send(user, eventsOf(user));
    host.process.process.kill('SIGKILL');
    for (const user of users.slice(USERS / 2)) await send(user, eventsOf(user));
    // The same events again, as a producer sends them that got no answer.
    for (const user of users.slice(0, 5)) await send(user, eventsOf(user));
    await handled((USERS + 5) * EVENTS_PER_USER);

    expect(await totals()).toEqual({
      applied: USERS * EVENTS_PER_USER,
      duplicates: 5 * EVENTS_PER_USER,
      deadLettered: 0,
    });
    for (const user of users) {
      const { events, history, items } = await profile(user);
      expect(events).toBe(EVENTS_PER_USER);
      expect(history.map(({ item }) => item)).toEqual(
        Array.from({ length: EVENTS_PER_USER }, (_, n) => `item-${(n * 7) % ITEMS}`),
      );
      expect(items.reduce((sum, [, count]) => sum + count, 0)).toBe(EVENTS_PER_USER);
    }
  });

  it('puts what it cannot apply into the dead letters and goes on', async () => {
    const before = await totals();
    await send('u0', [
      { body: Buffer.from('{"specversion":') },
      interaction('u0', 1000, { type: 'other' }),
      interaction('u0', 1001),
    ]);
    await handled(before.applied + before.duplicates + 3);
    expect(await totals()).toEqual({ ...before, applied: before.applied + 1, deadLettered: 2 });
    const letters: DeadLetter[] = [];
    for await (const { name } of services.blobs.getContainerClient(BLOB_CONTAINERS.deadLetter).listBlobsFlat()) {
      const letter = await readBlob<DeadLetter>(BLOB_CONTAINERS.deadLetter, name);
      expect(name).toBe(`interactions/${letter.partition}/${letter.sequence}.json`);
      letters.push(letter);
    }
    expect(letters.map(({ reason }) => reason).sort()).toEqual(['not-an-interaction', 'not-json']);
    expect(letters.find(({ reason }) => reason === 'not-json')?.body).toBe('{"specversion":');
  });

  it('trains when it is asked to, once per request, and announces the model', async () => {
    expect(await requestTraining('request-1')).toBe(202);
    const manifest = await stableModel();
    expect(manifest.trainedOn).toMatchObject({ users: USERS, items: ITEMS });
    expect(Object.values(manifest.trainedOn.cursors)).toEqual((await cursors()).map(({ sequence }) => sequence));
    expect(published.map(({ type, data }) => [type, data.version])).toEqual([
      [EVENT_TYPES.modelPublished, manifest.version],
    ]);
    expect(await requestTraining('request-1')).toBe(202);
    expect((await stableModel()).version).toBe(manifest.version);
  });

  it('answers a request that meets a running training so that it comes again', async () => {
    const statuses = await Promise.all([requestTraining('request-2'), requestTraining('request-3')]);
    expect(statuses.sort()).toEqual([202, 500]);
  });

  it('writes what it learned and trains anew when enough has happened', async () => {
    const before = await stableModel();
    await host.process.call('invoke', { function: 'refresh' });
    expect((await stableModel()).version).toBe(before.version);
    await send(
      'new',
      Array.from({ length: 120 }, (_, n) => interaction('new', n)),
    );
    const { applied } = await totals();
    await waitFor('120 more events', async () => (await totals()).applied >= applied + 120);
    await host.process.call('invoke', { function: 'refresh' });
    const after = await stableModel();
    expect(after.version).not.toBe(before.version);
    const { previous } = await readBlob<ModelChannel>(BLOB_CONTAINERS.models, STABLE_CHANNEL);
    expect(previous).toBe(before.version);
    for (const { partition, sequence } of await cursors()) {
      const snapshot = await readBlob<{ cursor: number }>(BLOB_CONTAINERS.learner, `popularity/${partition}.json`);
      expect(snapshot.cursor).toBe(sequence);
    }
  });

  it('has a health endpoint', async () => {
    expect(await (await fetch(`${host.url}/api/health`)).json()).toEqual({ status: 'ok' });
  });
});
