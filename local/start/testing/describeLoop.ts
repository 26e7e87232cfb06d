import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '@azure/cosmos';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ProblemDetails, Recommendations } from '../../../runtime/contracts/api.ts';
import { userSubject, type DeadLetter, type ProfileDocument } from '../../../runtime/contracts/documents.ts';
import type { LocalEndpoints } from '../../../runtime/contracts/endpoints.ts';
import type { InteractionEvent } from '../../../runtime/contracts/events.ts';
import { EVENT_TYPES } from '../../../runtime/contracts/names.ts';
import { StackClients } from '../../clients/stackClients.ts';
import { Ledger, type Totals } from '../../replay/ledger.ts';
import { makeShop } from '../../shop/shop.ts';
import type { Profile } from '../options.ts';
import { SHOP_SEED } from '../seedShop.ts';
import { startStack, temporaryDataDir, type StartedStack } from './startStack.ts';

const READY = 'Ctrl-C stops everything';
const PATIENCE = { timeout: 15_000, interval: 50 };

/** Everything that the loop promises, on a stack that is started as a user starts it. */
export function describeLoop(profile: Profile): void {
  const args = ['--profile', profile];
  const { dataDir, remove } = temporaryDataDir();
  let stack: StartedStack;
  let endpoints: LocalEndpoints;
  let clients: StackClients;
  let database: Database;
  let ledger: Ledger;

  async function start(): Promise<void> {
    stack = await startStack(args, { dataDir, until: READY });
    endpoints = stack.endpoints();
    clients = new StackClients(endpoints);
    database = clients.cosmosDatabase();
    ledger = new Ledger(clients);
  }

  beforeAll(start, 60_000);
  afterAll(async () => {
    await stack.interrupt();
    remove();
  }, 30_000);

  async function call<T>(
    method: string,
    path: string,
    body?: unknown,
    type = 'application/json',
  ): Promise<[number, T]> {
    const response = await fetch(`${endpoints.api.url}${path}`, {
      method,
      headers: { ...(await clients.apiHeaders()), ...(body !== undefined && { 'content-type': type }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return [response.status, (await response.json()) as T];
  }

  async function recommendations(userId: string, query = ''): Promise<Recommendations> {
    const [status, body] = await call<Recommendations>('GET', `/v1/users/${userId}/recommendations?limit=10${query}`);
    expect(status).toBe(200);
    return body;
  }

  function interaction(id: string, data: InteractionEvent['data']): InteractionEvent {
    return { specversion: '1.0', id, source: '/test', type: EVENT_TYPES.interaction, data };
  }

  async function storedProfile(userId: string): Promise<ProfileDocument | undefined> {
    const subject = userSubject(userId);
    return (await database.container('profiles').item(subject, subject).read<ProfileDocument>()).resource;
  }

  const settledTotals = (expected: (totals: Totals) => void) =>
    vi.waitFor(async () => expected(await ledger.totals()), PATIENCE);

  describe(`the loop on one machine, profile ${profile}`, () => {
    it('listens to this machine alone', async () => {
      // 127.0.0.2 is this machine too (RFC 1122), but nothing that is bound to 127.0.0.1 answers there.
      const { api, cosmos, functions, workflows } = endpoints;
      for (const { port } of [api.url, cosmos.endpoint, functions.url, workflows.url].map((url) => new URL(url))) {
        await expect(fetch(`http://127.0.0.2:${port}/`)).rejects.toThrow('fetch failed');
      }
    });

    it('says what runs where, what to try and how long each step took', () => {
      const output = stack.output();
      expect(output).toContain(endpoints.api.url);
      expect(output).toMatch(/ {2}curl .*\/v1\/users\/user-1\/recommendations/);
      expect(output).toMatch(/Times: build \d+\.\d s, .*evaluate \d+\.\d s, stores .*; \d+\.\d s in all/);
    });

    it('lets a caller of this machine in without a credential in profile fast alone', async () => {
      const response = await fetch(`${endpoints.api.url}/v1/trending`);
      expect(response.status).toBe(profile === 'fast' ? 200 : 401);
    });

    it('hands keys and connection strings out in profile fast alone', () => {
      const secrets = /"(key|connectionString)"/.test(JSON.stringify(endpoints));
      expect(secrets).toBe(profile === 'fast');
    });

    it('serves what the seeded shop is known to contain', async () => {
      const shop = makeShop({ seed: SHOP_SEED, now: Date.now() });
      let inTheme = 0;
      let listed = 0;
      for (const [userId, theme] of [...shop.tastes].slice(0, 40)) {
        const answer = await recommendations(userId, '&includeSeen=true');
        expect(answer.degraded).toEqual([]);
        listed += answer.items.length;
        inTheme += answer.items.filter(({ id }) => id.startsWith(`${theme}-`)).length;
      }
      // Eight themes: a list drawn blindly would have an eighth of its items in the user's theme.
      expect(inTheme / listed).toBeGreaterThan(0.7);
    });

    it("offers the follower of a new visitor's only click first, and says because of what", async () => {
      const [status, body] = await call<Recommendations>('POST', '/v1/recommendations', {
        history: [{ itemId: 'coffee-3', action: 'click' }],
        limit: 3,
      });
      expect(status).toBe(200);
      expect(body.items[0].id).toBe('coffee-4');
      expect(body.items[0].reason).toContain('Tamper 58 mm');
    });

    it('changes the answer at once after a click', async () => {
      const before = await recommendations('user-2');
      const clicked = before.items[0].id;
      const [status] = await call(
        'POST',
        '/v1/events',
        interaction('click-1', { userId: 'user-2', itemId: clicked, action: 'click' }),
      );
      expect(status).toBe(202);
      await vi.waitFor(async () => {
        const after = await recommendations('user-2');
        expect(after.items.map(({ id }) => id)).not.toContain(clicked);
      }, PATIENCE);
    });

    it('gives a repeated id no second effect, whoever sends it', async () => {
      const event = interaction('repeated', { userId: 'user-3', itemId: 'music-1', action: 'purchase' });
      const before = await ledger.totals();
      await call('POST', '/v1/events', event);
      await settledTotals((totals) => expect(totals.applied).toBe(before.applied + 1));
      const once = await storedProfile('user-3');

      await call('POST', '/v1/events', event);
      const producer = clients.eventHubProducer('interactions');
      await producer.sendBatch([{ body: event }], { partitionId: once?.partition.split('-')[1] });
      await producer.close();
      await settledTotals((totals) => expect(totals.duplicates).toBe(before.duplicates + 1));
      const twice = await storedProfile('user-3');
      expect(twice?.events).toBe(once?.events);
      expect(twice?.items).toEqual(once?.items);
      expect((await ledger.totals()).applied).toBe(before.applied + 1);
    });

    it('refuses a batch with a bad event, naming it, and takes none', async () => {
      const before = await ledger.totals();
      const good = interaction('good', { userId: 'user-4', itemId: 'music-1', action: 'view' });
      const bad = { ...interaction('bad', { userId: 'user-4', itemId: 'music-1', action: 'view', quantity: -1 }) };
      const [status, problem] = await call<ProblemDetails>(
        'POST',
        '/v1/events',
        [good, bad],
        'application/cloudevents-batch+json',
      );
      expect(status).toBe(400);
      expect(problem.errors).toEqual([
        expect.objectContaining({ index: 1, path: expect.stringContaining('quantity') as string }),
      ]);
      expect((await ledger.totals()).applied).toBe(before.applied);
    });

    it('puts what other producers send wrongly aside, with reason, partition and offset', async () => {
      const before = await ledger.totals();
      const producer = clients.eventHubProducer('interactions');
      await producer.sendBatch([{ body: Buffer.from('no json {') }, { body: { type: 'other' } }], { partitionId: '1' });
      await producer.close();
      await settledTotals((totals) => {
        expect(totals.deadLettered['not-json']).toBe((before.deadLettered['not-json'] ?? 0) + 1);
        expect(totals.deadLettered['not-an-interaction']).toBe((before.deadLettered['not-an-interaction'] ?? 0) + 1);
      });
      const container = clients.blobContainer('dead-letter');
      const letters: DeadLetter[] = [];
      for await (const blob of container.listBlobsFlat({ prefix: 'interactions/1/' })) {
        letters.push(
          JSON.parse((await container.getBlobClient(blob.name).downloadToBuffer()).toString()) as DeadLetter,
        );
      }
      expect(letters).toContainEqual(
        expect.objectContaining({
          reason: 'not-json',
          partition: '1',
          body: 'no json {',
          offset: expect.any(String) as string,
        }),
      );
    });

    it('takes interactions that other systems publish on Event Grid', async () => {
      const client = clients.eventGridPublisher();
      const data = { userId: 'grid-user', itemId: 'camping-1', action: 'purchase' };
      await client.send([{ id: 'from-grid', source: '/erp', type: EVENT_TYPES.interaction, data, time: new Date() }]);
      await vi.waitFor(
        async () => expect((await storedProfile('grid-user'))?.items[0]?.[0]).toBe('camping-1'),
        PATIENCE,
      );
    });

    it('lets the workflow update the profile and call the marketing webhook when an outbound list is issued', async () => {
      const issued = await recommendations('user-5', '&channel=email');
      await vi.waitFor(async () => {
        expect((await storedProfile('user-5'))?.lastRecommendation).toMatchObject({
          requestId: issued.requestId,
          channel: 'email',
        });
        const calls = readFileSync(join(dataDir, 'logs/marketing.jsonl'), 'utf8');
        expect(calls).toContain(issued.requestId);
      }, PATIENCE);
    });

    it('says so when a second stack is started on the same data', async () => {
      await expect(startStack(args, { dataDir, until: READY })).rejects.toThrow(
        /code 1:\nAttune already runs with the data folder/,
      );
    });

    it('stops cleanly and goes on from its data at the next start', async () => {
      const before = await ledger.totals();
      const pids = childPids(stack.child.pid ?? 0);
      expect(pids.length).toBeGreaterThanOrEqual(7);
      expect(await stack.interrupt()).toBe(0);
      for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');

      await start();
      expect(await ledger.totals()).toEqual(before);
      expect((await storedProfile('grid-user'))?.events).toBe(1);
      expect((await recommendations('user-1')).degraded).toEqual([]);
    }, 60_000);
  });
}

function childPids(parent: number): number[] {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim();
  return children ? children.split(' ').map(Number) : [];
}
