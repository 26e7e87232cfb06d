import { expect } from 'vitest';
import { until } from '../testing/testGrid.ts';
import { HOUR, idsOf, MINUTE, to, type Check } from './check.ts';
import { setUp } from './subscribed.ts';

const SCHEDULE_SECONDS = [10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200, 43_200];

export const retryChecks: Check[] = [
  {
    name: 'a failed delivery is repeated after 10 s, 30 s, 1, 5, 10 and 30 min, 1, 3 and 6 h, then every 12 h until a day is over',
    async run(stage) {
      const { topic, hook } = await setUp(stage, () => ({ status: 500 }));
      await topic.publish('1');
      for (const [failed, seconds] of SCHEDULE_SECONDS.entries()) {
        await topic.settled({ retrying: 1 });
        await until(() => expect(hook.notifications()).toHaveLength(failed + 1));
        const waited = await topic.passToNextAttempt();
        expect(waited / seconds).toBeGreaterThanOrEqual(1);
        expect(waited / seconds).toBeLessThanOrEqual(1.1);
      }
      await topic.settled({ dropped: 1, pending: 0 });
      expect(hook.notifications()).toHaveLength(SCHEDULE_SECONDS.length);
    },
  },
  {
    name: 'each wait is lengthened by a small random share, so that events that failed together come back apart',
    async run(stage) {
      const draws = [0, 0.9];
      const grid = await stage.otherGrid({ random: () => draws.shift() ?? 0.5 });
      const hook = await stage.hook({ answer: () => ({ status: 500 }) });
      const topic = await grid.topic();
      await topic.subscribe({ destination: to(hook) });
      await topic.publish('1', '2');
      await topic.settled({ retrying: 2 });
      expect(await topic.passToNextAttempt()).toBe(10);
      await until(() => expect(hook.notifications()).toHaveLength(3));
      expect(await topic.passToNextAttempt()).toBeCloseTo(0.9);
    },
  },
  {
    name: 'aeg-delivery-count says how often an event was sent before',
    async run(stage) {
      const { topic, hook } = await setUp(stage, (_request, count) => ({ status: count < 4 ? 500 : 202 }));
      await topic.publish('1');
      for (let attempt = 0; attempt < 3; attempt += 1) await topic.passToNextAttempt();
      await topic.settled({ delivered: 1, pending: 0, retrying: 0 });
      expect(hook.notifications().map(({ headers }) => headers['aeg-delivery-count'])).toEqual(['0', '1', '2', '3']);
    },
  },
  {
    name: 'an event is given up after maxDeliveryAttempts, and dropped where the subscription has no dead-letter destination',
    async run(stage) {
      const { topic, hook } = await setUp(stage, () => ({ status: 500 }), { retryPolicy: { maxDeliveryAttempts: 3 } });
      await topic.publish('1');
      for (let attempt = 0; attempt < 2; attempt += 1) await topic.passToNextAttempt();
      await topic.settled({ dropped: 1, delivered: 0, pending: 0, lastError: 'GenericError: HTTP 500' });
      expect(hook.notifications()).toHaveLength(3);
    },
  },
  {
    name: 'the first limit reached ends the retries: with 10 attempts in 30 min an event is sent 6 times',
    async run(stage) {
      const retryPolicy = { maxDeliveryAttempts: 10, eventTimeToLiveInMinutes: 30 };
      const { topic, hook } = await setUp(stage, () => ({ status: 500 }), { retryPolicy });
      await topic.publish('1');
      for (let attempt = 0; attempt < 6; attempt += 1) await topic.passToNextAttempt();
      await topic.settled({ dropped: 1, pending: 0 });
      expect(hook.notifications()).toHaveLength(6);
    },
  },
  {
    name: 'the time to live is looked at only when the next attempt is due',
    async run(stage) {
      const { topic, hook } = await setUp(stage, () => ({ status: 500 }), {
        retryPolicy: { eventTimeToLiveInMinutes: 1 },
      });
      await topic.publish('1');
      for (let attempt = 0; attempt < 2; attempt += 1) await topic.passToNextAttempt();
      await until(() => expect(hook.notifications()).toHaveLength(3));
      await until(() => expect(topic.describe().nextAttempt).toBeDefined());
      stage.clock.advance(0.9 * MINUTE);
      expect(topic.describe()).toMatchObject({ pending: 1, dropped: 0 });
      await topic.passToNextAttempt();
      await topic.settled({ dropped: 1, pending: 0 });
      expect(hook.notifications()).toHaveLength(3);
    },
  },
  {
    name: 'no answer in time is a failed delivery with the outcome TimedOut',
    async run(stage) {
      const grid = await stage.otherGrid({ timeoutMs: 50 });
      const held: (() => void)[] = [];
      const hook = await stage.hook({
        answer: (_request, count) =>
          count === 1 ? new Promise((resolve) => held.push(() => resolve({ status: 200 }))) : { status: 200 },
      });
      const topic = await grid.topic();
      await topic.subscribe({ destination: to(hook, 'AzureFunction') });
      await topic.publish('1');
      await topic.settled({ retrying: 1, lastError: 'TimedOut: no answer within 50 ms' });
      // A busy machine may be slow a second time.
      await until(() => {
        grid.clock.advance(15_000);
        expect(topic.describe()).toMatchObject({ delivered: 1 });
      });
      for (const answer of held) answer();
    },
  },
  {
    name: 'an endpoint that cannot be connected to is a failed delivery with the outcome SocketError',
    async run(stage) {
      const { topic, hook } = await setUp(stage, () => ({ status: 200 }));
      await hook.close();
      await topic.publish('1');
      await topic.settled({ retrying: 1, lastError: expect.stringMatching(/^SocketError: .*ECONNREFUSED/) as string });
      expect(await topic.passToNextAttempt()).toBeGreaterThanOrEqual(10);
    },
  },
  {
    name: 'while one event waits for its retry the others of the subscription go on',
    async run(stage) {
      const { topic, hook } = await setUp(stage, ({ body }) => ({
        status: (body as { id: string }).id === 'bad' ? 500 : 200,
      }));
      await topic.publish('bad', '1', '2');
      await topic.settled({ delivered: 2, pending: 1, retrying: 1 });
      await topic.publish('3');
      await topic.settled({ delivered: 3, pending: 1 });
      expect(idsOf(hook).toSorted()).toEqual(['1', '2', '3', 'bad']);
    },
  },
  {
    name: 'a subscription that fails holds up no other subscription of the topic',
    async run(stage) {
      const { topic } = await setUp(stage, () => ({ status: 503 }));
      const other = await stage.hook();
      await topic.subscribe({ name: 'other', destination: to(other) });
      await topic.publish(...Array.from({ length: 30 }, (_, id) => String(id)));
      await topic.settled({ delivered: 30, pending: 0 }, 'other');
      expect(topic.describe()).toMatchObject({ delivered: 0, pending: 30 });
    },
  },
  {
    name: 'a destination gets at most 16 requests at a time, where Azure names no limit',
    fidelity: 'differs',
    async run(stage) {
      let underWay = 0;
      let most = 0;
      const { topic } = await setUp(stage, async () => {
        most = Math.max(most, (underWay += 1));
        await new Promise((resolve) => setTimeout(resolve, 5));
        underWay -= 1;
        return { status: 200 };
      });
      await topic.publish(...Array.from({ length: 60 }, (_, id) => String(id)));
      await topic.settled({ delivered: 60 });
      expect(most).toBeLessThanOrEqual(16);
      expect(most).toBeGreaterThan(1);
    },
  },
  {
    name: 'open retries, counters and dates survive a restart, and no webhook is asked for its consent again',
    async run(stage) {
      const grid = await stage.otherGrid({});
      const hook = await stage.hook({ answer: (_request, count) => ({ status: count <= 2 ? 500 : 200 }) });
      const topic = await grid.topic();
      await topic.subscribe({ destination: to(hook) });
      await topic.publish('1', '2');
      await topic.settled({ retrying: 2 });
      const { nextAttempt } = topic.describe();
      hook.requests.length = 0;
      await grid.restart();
      expect(topic.describe()).toMatchObject({ provisioningState: 'Succeeded', matched: 2, retrying: 2, nextAttempt });
      grid.clock.advance(HOUR);
      await topic.settled({ delivered: 2, pending: 0 });
      expect(hook.requests.map(({ method, headers }) => [method, headers['aeg-delivery-count']])).toEqual([
        ['POST', '1'],
        ['POST', '1'],
      ]);
    },
  },
];
