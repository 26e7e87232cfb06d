import type { Container } from '@azure/cosmos';
import { expect } from 'vitest';
import { failure, type Check, type Stage } from './check.ts';

/** Writes that nobody repeats until the first that is refused; gives how many were admitted and the refusal. */
async function writeUntilRefused(stage: Stage, container: Container) {
  const path = `${container.url}/docs`;
  const headers = { 'x-ms-documentdb-partitionkey': '["a"]', 'x-ms-documentdb-is-upsert': 'True' };
  const body = JSON.stringify({ id: '1', pk: 'a', text: 'x'.repeat(500_000) });
  let units = 0;
  for (;;) {
    const answer = await stage.raw('POST', path, headers, body);
    units += Number(answer.headers.get('x-ms-request-charge'));
    if (answer.status === 429) return { units, refusal: answer };
    expect([200, 201]).toContain(answer.status);
  }
}

export const throughputChecks: Check[] = [
  {
    id: 'offer-read',
    name: 'the throughput of a container is read as its offer; 400 RU/s where none was asked for',
    async run(stage) {
      const fixed = await stage.container({ throughput: 700 });
      expect((await fixed.readOffer()).resource?.content?.offerThroughput).toBe(700);
      const autoscale = await stage.container({ maxThroughput: 4000 });
      expect((await autoscale.readOffer()).resource?.content).toMatchObject({
        offerAutopilotSettings: { maxThroughput: 4000 },
      });
      expect((await (await stage.container()).readOffer()).resource?.content?.offerThroughput).toBe(400);
    },
  },
  {
    id: 'offer-replace',
    name: 'a replaced offer changes the throughput, within its limits',
    async run(stage) {
      const container = await stage.container({ throughput: 400 });
      const { offer, resource } = await container.readOffer();
      if (!offer || !resource?.content) throw new Error('the container has no offer');
      const content = { ...resource.content, offerThroughput: 1000 };
      expect((await offer.replace({ ...resource, content })).statusCode).toBe(200);
      expect((await container.readOffer()).resource?.content?.offerThroughput).toBe(1000);
      for (const offerThroughput of [100, 450, 1_000_100]) {
        const wrong = { ...content, offerThroughput };
        expect(await failure(offer.replace({ ...resource, content: wrong }))).toMatchObject({ code: 400 });
      }
    },
  },
  {
    id: 'offer-shared-by-database',
    name: 'containers share the throughput of their database, at most 25 of them',
    async run({ client }) {
      const { database } = await client.databases.create({ id: 'sharing', throughput: 500 });
      for (let n = 1; n <= 25; n += 1) await database.containers.create({ id: `c${n}`, partitionKey: '/pk' });
      expect((await database.readOffer()).resource?.content?.offerThroughput).toBe(500);
      expect((await database.container('c1').readOffer()).resource).toBeUndefined();
      const another = { id: 'c26', partitionKey: '/pk' };
      expect(await failure(database.containers.create({ ...another }))).toMatchObject({ code: 400 });
      expect((await database.containers.create({ ...another, throughput: 400 })).statusCode).toBe(201);
      await database.delete();
    },
  },
  {
    id: 'serverless-no-throughput',
    name: 'a serverless account takes no throughput and has no offers',
    async run(stage) {
      const { client, database } = await stage.beside({ serverless: true });
      const refused = [
        client.databases.create({ id: 'with', throughput: 400 }),
        database.containers.create({ id: 'with', partitionKey: '/pk', throughput: 400 }),
        database.containers.create({ id: 'with', partitionKey: '/pk', maxThroughput: 1000 }),
      ];
      for (const call of refused) {
        expect(await failure(call)).toMatchObject({
          code: 400,
          message: expect.stringContaining('is not supported for serverless accounts') as string,
        });
      }
      const { container } = await database.containers.create({ id: 'without', partitionKey: '/pk' });
      const { code, message } = await failure(container.readOffer());
      expect({ code, message }).toMatchObject({
        code: 400,
        message: expect.stringContaining('Reading or replacing offers is not supported') as string,
      });
    },
  },
  {
    id: 'throttle-429-retried',
    name: 'the client tries again after 429 and its retry-after, and gets its answer',
    async run(stage) {
      const container = await stage.container();
      await container.items.create({ id: '1', pk: 'a' });
      await stage.service.methods.throttle?.({ count: 2, retryAfterMs: 5, container: container.id } as never);
      let statusCode: number | undefined;
      const requests = await stage.requestsDuring(async () => {
        ({ statusCode } = await container.item('1', 'a').read());
      });
      expect(statusCode).toBe(200);
      expect(requests).toHaveLength(3);
    },
  },
  {
    id: 'throttle-off-by-default',
    name: 'unless it is told to, the service holds nobody to the throughput',
    fidelity: 'differs',
    async run(stage) {
      const container = await stage.container({ throughput: 400 });
      const requests = await stage.requestsDuring(async () => {
        for (let write = 0; write < 3; write += 1) {
          await container.items.upsert({ id: '1', pk: 'a', text: 'x'.repeat(1_000_000) });
        }
      });
      expect(requests).toHaveLength(3);
    },
  },
  {
    id: 'throttle-provisioned',
    name: 'a container that has used up its second is refused with 429, substatus 3200 and x-ms-retry-after-ms',
    async run(stage) {
      const throttled = await stage.beside({ throttling: true, frozen: true });
      const container = await throttled.container({ throughput: 1000 });
      const { units, refusal } = await writeUntilRefused(throttled, container);
      expect(units).toBeGreaterThan(1000);
      expect(refusal.headers.get('x-ms-substatus')).toBe('3200');
      const wait = Number(refusal.headers.get('x-ms-retry-after-ms'));
      expect(wait).toBeGreaterThan(0);
      // What was overdrawn is a part of one operation, so it is earned back in less than its charge.
      expect(wait).toBeLessThan(1000);
      throttled.advance(wait / 1000 + 0.001);
      const path = `${container.url}/docs/1`;
      expect((await throttled.raw('GET', path, { 'x-ms-documentdb-partitionkey': '["a"]' })).status).toBe(200);
    },
  },
  {
    id: 'throttle-client-retries',
    name: 'the client waits as long as a throttled container tells it, and gets its answer',
    async run(stage) {
      const throttled = await stage.beside({ throttling: true, frozen: true });
      const container = await throttled.container({ throughput: 400 });
      for (const id of ['1', '2', '3', '4', '5'])
        await container.items.create({ id, pk: 'a', text: 'x'.repeat(256_000) });
      const requests = await throttled.requestsDuring(async () => {
        const read = container.item('1', 'a').read();
        // The first try is refused, because the clock of the service stands still until it has been.
        await throttled.answered();
        throttled.advance(1);
        expect((await read).statusCode).toBe(200);
      });
      expect(requests).toHaveLength(2);
    },
  },
  {
    id: 'throttle-autoscale',
    name: 'an autoscale container is held to its maximum',
    async run(stage) {
      const throttled = await stage.beside({ throttling: true, frozen: true });
      const { units } = await writeUntilRefused(throttled, await throttled.container({ maxThroughput: 2000 }));
      expect(units).toBeGreaterThan(2000);
      expect(units).toBeLessThan(3500);
    },
  },
  {
    id: 'throttle-database',
    name: 'what one container uses of a shared throughput, the others lack',
    async run(stage) {
      const throttled = await stage.beside({ throttling: true, frozen: true });
      const { database } = await throttled.client.databases.create({ id: 'sharing', throughput: 400 });
      const { container: first } = await database.containers.create({ id: 'first', partitionKey: '/pk' });
      await database.containers.create({ id: 'second', partitionKey: '/pk' });
      await writeUntilRefused(throttled, first);
      const headers = { 'x-ms-documentdb-partitionkey': '["a"]' };
      expect((await throttled.raw('GET', 'dbs/sharing/colls/second/docs/1', headers)).status).toBe(429);
    },
  },
  {
    id: 'throttle-serverless',
    name: 'a container of a serverless account is held to 5,000 RU/s',
    async run(stage) {
      const throttled = await stage.beside({ throttling: true, serverless: true, frozen: true });
      const { units } = await writeUntilRefused(throttled, await throttled.container());
      expect(units).toBeGreaterThan(5000);
      expect(units).toBeLessThan(7000);
    },
  },
  {
    id: 'throttle-bulk',
    name: 'of a bulk request only what the throughput does not admit is refused',
    async run(stage) {
      const throttled = await stage.beside({ throttling: true, frozen: true });
      const container = await throttled.container({ throughput: 400 });
      const outcomes = await container.items.bulk(
        Array.from({ length: 100 }, (_, index) => ({
          operationType: 'Create' as const,
          resourceBody: { id: String(index), pk: 'a', text: 'x'.repeat(2000) },
        })),
      );
      const created = outcomes.filter(({ statusCode }) => statusCode === 201);
      const refused = outcomes.filter(({ statusCode }) => statusCode === 429);
      expect(created.length).toBeGreaterThan(50);
      expect(refused).toHaveLength(100 - created.length);
      expect(refused[0]).toMatchObject({ subStatusCode: 3200, retryAfterMilliseconds: expect.any(Number) as number });
    },
  },
];
