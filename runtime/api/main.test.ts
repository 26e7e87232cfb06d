import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { earliestEventPosition, EventHubConsumerClient } from '@azure/event-hubs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApiStack, type ApiStack } from '../../bench/apiStack.ts';
import type { Recommendations } from '../contracts/api.ts';
import { userSubject, type ProfileDocument } from '../contracts/documents.ts';
import { CONTAINERS } from '../contracts/names.ts';
import { partitionOf } from '../contracts/partitionKey.ts';
import { smallModel } from './testing/smallModel.ts';

const TABLE = { lantern: { candle: 0.9, mug: 0.5 }, mug: { plate: 0.4 } };
const ITEMS = ['lantern', 'candle', 'mug', 'plate'];

let stack: ApiStack;
let topic: Server;
const published: { type: string; data: Record<string, unknown> }[] = [];

beforeAll(async () => {
  topic = createServer((request, response) => {
    void text(request).then((body) => {
      published.push(...(JSON.parse(body) as typeof published));
      response.end();
    });
  });
  await new Promise<void>((resolve) => topic.listen(0, '127.0.0.1', resolve));
  const topicEndpoint = `http://127.0.0.1:${(topic.address() as AddressInfo).port}/api/events`;
  stack = await startApiStack({ topicEndpoint, settings: { OUTBOUND_CHANNELS: 'email' } });
  await stack.startApi();
});

afterAll(async () => {
  await stack.stop();
  topic.close();
});

async function call<T>(method: string, path: string, payload?: unknown): Promise<{ status: number; body: T }> {
  const response = await fetch(stack.url + path, {
    method,
    headers: payload === undefined ? {} : { 'content-type': 'application/json' },
    body: payload === undefined ? undefined : JSON.stringify(payload),
  });
  return { status: response.status, body: (await response.json()) as T };
}

const recommend = async (query = '') =>
  (await call<Recommendations>('GET', `/v1/users/anna/recommendations${query}`)).body;
const until = { timeout: 10_000, interval: 50 };

async function writeProfile(items: string[]): Promise<void> {
  const subject = userSubject('anna');
  const profile: ProfileDocument = {
    id: subject,
    subject,
    kind: 'user',
    partition: '0',
    sequence: items.length,
    history: items.map((item, index) => ({ item, action: 'view', time: index, sequence: index })),
    items: [],
    hidden: [],
    recentIds: '',
    events: items.length,
  };
  await stack.database.container(CONTAINERS.profiles.name).items.upsert(profile);
}

/** Everything that a hub holds, by partition. */
async function readHub(hub: string, group: string): Promise<Map<string, unknown[]>> {
  const client = new EventHubConsumerClient(group, stack.eventHubs, hub);
  const events = new Map<string, unknown[]>();
  const subscription = client.subscribe(
    {
      processEvents: async (received, { partitionId }) => {
        events.set(partitionId, [...(events.get(partitionId) ?? []), ...received.map(({ body }) => body as unknown)]);
      },
      processError: async (error) => {
        throw error;
      },
    },
    { startPosition: earliestEventPosition, maxBatchSize: 100, maxWaitTimeInSeconds: 1 },
  );
  await expect.poll(() => events.size, until).toBeGreaterThan(0);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await subscription.close();
  await client.close();
  return events;
}

describe('the API over the official clients', () => {
  it('answers before there is a model, and uses one as soon as it is published', async () => {
    for (const itemId of ITEMS) {
      expect((await call('PUT', `/v1/items/${itemId}`, { title: itemId.toUpperCase() })).status).toBe(201);
    }
    expect(await recommend()).toMatchObject({ modelVersion: 'none', degraded: ['no-model', 'no-profile'] });
    await stack.publishModel(smallModel('v1', TABLE));
    await expect.poll(async () => (await recommend()).modelVersion, until).toBe('v1');
    expect((await recommend()).degraded).toEqual(['no-profile']);
  });

  it('follows the change feed of a profile', async () => {
    await writeProfile(['lantern']);
    await expect
      .poll(async () => (await recommend()).items[0], until)
      .toMatchObject({
        id: 'candle',
        reason: 'Because you viewed LANTERN',
      });
    await writeProfile(['lantern', 'candle', 'mug']);
    await expect.poll(async () => (await recommend()).items[0]?.id, until).toBe('plate');
  });

  it('brings events to the partition of their user, in order', async () => {
    const users = ['anna', 'bert', 'carl'];
    const events = Array.from({ length: 300 }, (_, index) => ({
      specversion: '1.0',
      id: `e${index}`,
      source: '/test',
      type: 'attune.interaction.v1',
      data: { userId: users[index % 3], itemId: ITEMS[index % 4], action: 'view', value: index },
    }));
    expect(await call('POST', '/v1/events', events)).toEqual({ status: 202, body: { accepted: 300 } });
    const hub = await readHub('interactions', 'ingest');
    for (const user of users) {
      const bodies = (hub.get(String(partitionOf(user, 4))) ?? []) as { data: { userId: string; value: number } }[];
      const values = bodies.filter(({ data }) => data.userId === user).map(({ data }) => data.value);
      expect(values).toEqual(events.filter(({ data }) => data.userId === user).map(({ data }) => data.value));
    }
  });

  it('logs its answers and announces those of outbound channels and catalogue changes', async () => {
    const { requestId } = await recommend('?channel=email');
    await expect.poll(() => published.map(({ data }) => data.requestId), until).toContain(requestId);
    expect(published.filter(({ type }) => type === 'attune.catalogue.changed.v1')).not.toEqual([]);
    const logged = [...(await readHub('decisions', 'join')).values()].flat(2) as { data: { requestId: string } }[];
    expect(logged.map(({ data }) => data.requestId)).toContain(requestId);
  });

  it('keeps what it has while the stores are away, and recovers', async () => {
    await stack.cosmos.process.stop();
    expect((await recommend()).items[0]?.id).toBe('plate');
    await expect.poll(async () => (await recommend()).degraded, until).toContain('store-unavailable');
    const unknown = await call<Recommendations>('GET', '/v1/users/nobody/recommendations');
    expect(unknown.body.degraded).toContain('store-unavailable');
    expect(unknown.body.items.length).toBeGreaterThan(0);
    expect((await call('PUT', '/v1/items/late', { title: 'LATE' })).status).toBe(503);
    await stack.cosmos.start();
    await expect.poll(async () => (await recommend()).degraded, until).toEqual([]);
    expect((await call('PUT', '/v1/items/late', { title: 'LATE' })).status).toBeLessThan(300);
  });

  it('finishes what it has accepted when it is told to stop, and ends cleanly', async () => {
    const answers = Array.from({ length: 20 }, () => recommend());
    const requestIds = (await Promise.all(answers)).map(({ requestId }) => requestId);
    await stack.api.stop();
    const logged = [...(await readHub('decisions', 'join')).values()].flat(2) as { data: { requestId: string } }[];
    expect(logged.map(({ data }) => data.requestId)).toEqual(expect.arrayContaining(requestIds));
  });
});

describe('a start that cannot succeed', () => {
  async function start(env: Record<string, string>): Promise<{ code: number | null; errors: string }> {
    const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const errors = text(child.stderr);
    const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
    return { code, errors: await errors };
  }

  it('names the missing setting in one line', async () => {
    const { code, errors } = await start({ PORT: '0' });
    expect(code).toBe(1);
    expect(errors.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(errors)).toMatchObject({
      level: 'error',
      error: expect.stringContaining('Cosmos__accountEndpoint'),
    });
  });

  it('names the port that is in use', async () => {
    const { port } = topic.address() as AddressInfo;
    const env = {
      API_HOST: '127.0.0.1',
      PORT: String(port),
      EventHubs: stack.eventHubs,
      Cosmos: 'AccountEndpoint=http://127.0.0.1:9/;AccountKey=a2V5;',
      Registry: 'DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:9/a;',
      EventGrid__topicEndpointUri: 'http://127.0.0.1:9/',
    };
    const { code, errors } = await start(env);
    expect(code).toBe(1);
    expect(JSON.parse(errors.trim().split('\n').at(-1)!)).toMatchObject({
      error: `The API cannot listen on 127.0.0.1:${port} (EADDRINUSE): end what uses the port, or set PORT to a free one.`,
    });
  });

  it('names the setting of the wrong type', async () => {
    const { errors } = await start({ PORT: 'eighty' });
    expect(JSON.parse(errors)).toMatchObject({ error: 'PORT is "eighty": give a number from 0 to 65535.' });
  });
});
