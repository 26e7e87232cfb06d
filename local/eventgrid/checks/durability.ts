import { statSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { expect, onTestFinished } from 'vitest';
import { GridProcess } from '../testing/gridProcess.ts';
import { TEST_KEY } from '../testing/startService.ts';
import { until } from '../testing/testGrid.ts';
import { idsOf, to, type Check } from './check.ts';

const KILLS = 3;

/** Bytes that the service has on disk. */
function sizeOf(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

export const durabilityChecks: Check[] = [
  {
    name: 'an event that was answered with 200 is delivered or dead-lettered, however often the service is killed',
    async run(stage) {
      const deadLetters = await stage.deadLetters();
      const isBad = (id: string) => Number(id.split('-')[1]) % 3 === 0;
      let isUp = false;
      const hook = await stage.hook({
        answer: ({ body }) => ({ status: !isUp ? 503 : isBad((body as { id: string }).id) ? 400 : 200 }),
      });
      const grid = new GridProcess();
      onTestFinished(() => grid.end());
      await grid.service.start();
      await grid.service.call('putTopic', { name: 'orders', inputSchema: 'CloudEventSchemaV1_0', key: TEST_KEY });
      const subscription = {
        topic: 'orders',
        name: 'hook',
        destination: to(hook),
        deadLetter: deadLetters.destination,
      };
      await grid.service.call('putSubscription', subscription);
      const { endpoint } = await grid.describe();
      const client = new EventGridPublisherClient(endpoint, 'CloudEvent', new AzureKeyCredential(TEST_KEY), {
        allowInsecureConnection: true,
        retryOptions: { maxRetries: 0 },
      });
      const accepted: string[] = [];
      for (let round = 0; round < KILLS; round += 1) {
        const publishing = Array.from({ length: 40 }, async (_, number) => {
          const ids = [`${round}a-${number}`, `${round}b-${number}`];
          await client.send(ids.map((id) => ({ id, source: '/s', type: 't', data: {} })));
          accepted.push(...ids);
        });
        await Promise.race(publishing);
        isUp = round === KILLS - 1;
        await grid.kill();
        await Promise.allSettled(publishing);
      }
      await client.send([{ id: 'last-1', source: '/s', type: 't', data: {} }]);
      expect(accepted.length).toBeGreaterThan(KILLS);
      await until(async () => {
        const { published, subscriptions } = await grid.describe();
        expect(published).toBeGreaterThan(accepted.length);
        expect(subscriptions).toMatchObject([
          { provisioningState: 'Succeeded', matched: published, pending: 0, dropped: 0 },
        ]);
        expect(subscriptions[0]!.delivered + subscriptions[0]!.deadLettered).toBe(published);
      });
      const blobs = await deadLetters.read();
      const dead = new Set(blobs.flatMap(({ events }) => events.map(({ id }) => String(id))));
      const arrived = new Set(idsOf(hook));
      expect(accepted.filter((id) => (isBad(id) ? !dead.has(id) : !arrived.has(id)))).toEqual([]);
    },
  },
  {
    name: 'what is delivered leaves nothing on disk: the files do not grow with the number of events',
    async run(stage) {
      const grid = await stage.otherGrid({});
      const hook = await stage.hook();
      const topic = await grid.topic();
      await topic.subscribe({
        destination: { ...to(hook), maxEventsPerBatch: 500, preferredBatchSizeInKilobytes: 1024 },
      });
      const sizes: number[] = [];
      for (let round = 1; round <= 12; round += 1) {
        const events = Array.from({ length: 500 }, (_, id) => ({ id: String(id), data: { text: 'x'.repeat(1000) } }));
        await topic.publish(...events);
        await topic.settled({ delivered: round * 500, pending: 0 });
        hook.requests.length = 0;
        sizes.push(sizeOf(grid.dataDir));
      }
      expect(Math.max(...sizes.slice(8))).toBeLessThanOrEqual(1.2 * Math.max(...sizes.slice(0, 8)));
    },
  },
  {
    name: 'an event for which there is no subscription is counted and not kept',
    async run(stage) {
      const grid = await stage.otherGrid({});
      const topic = await grid.topic();
      const before = sizeOf(grid.dataDir);
      for (let round = 0; round < 10; round += 1) await topic.publish({ id: '1', data: { text: 'x'.repeat(500_000) } });
      expect(grid.service.describe().topics).toMatchObject([{ published: 10 }]);
      expect(sizeOf(grid.dataDir) - before).toBeLessThan(500_000);
    },
  },
];
