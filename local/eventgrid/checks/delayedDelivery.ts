import { expect } from 'vitest';
import { until } from '../testing/testGrid.ts';
import { idsOf, MINUTE, to, type Check } from './check.ts';

const ids = (from: number, count: number) => Array.from({ length: count }, (_, index) => String(from + index));

export const delayedDeliveryChecks: Check[] = [
  {
    name: 'after ten failures in a row neither retries nor new events are sent for a while, 10 s after an answer 503',
    async run(stage) {
      let status = 503;
      const hook = await stage.hook({ answer: () => ({ status }) });
      const topic = await stage.topic();
      await topic.subscribe({ destination: to(hook) });
      await topic.publish(...ids(0, 10));
      await topic.settled({ retrying: 10 });
      expect(hook.notifications()).toHaveLength(10);
      await topic.publish('late');
      stage.clock.advance(9_000);
      expect(hook.notifications()).toHaveLength(10);
      status = 200;
      stage.clock.advance(1_000);
      await topic.settled({ delivered: 1, retrying: 10 });
      expect(idsOf(hook).at(-1)).toBe('late');
    },
  },
  {
    name: 'after its probation a destination gets one request at a time until one succeeds, then all that waits (not documented for Azure)',
    async run(stage) {
      let status = 503;
      let underWay = 0;
      const atOnce: number[] = [];
      const hook = await stage.hook({
        answer: async () => {
          atOnce.push((underWay += 1));
          await new Promise((resolve) => setTimeout(resolve, 5));
          underWay -= 1;
          return { status };
        },
      });
      const topic = await stage.topic();
      await topic.subscribe({ destination: to(hook) });
      await topic.publish(...ids(0, 10));
      await topic.settled({ retrying: 10 });
      await topic.publish(...ids(10, 20));
      atOnce.length = 0;
      stage.clock.advance(10_000);
      await until(() => expect(topic.describe()).toMatchObject({ retrying: 11 }));
      expect(atOnce).toEqual([1]);
      status = 200;
      stage.clock.advance(10_000);
      await topic.settled({ delivered: 19, retrying: 11 });
      stage.clock.advance(MINUTE);
      await topic.settled({ delivered: 30, pending: 0 });
    },
    fidelity: 'differs',
  },
  {
    name: 'a success in between begins the count of failures anew',
    async run(stage) {
      const hook = await stage.hook({ answer: (_request, count) => ({ status: count === 8 ? 200 : 503 }) });
      const topic = await stage.topic();
      await topic.subscribe({ destination: to(hook) });
      for (const id of ids(0, 15)) {
        await topic.publish(id);
        const sent = Number(id) + 1;
        await topic.settled(sent < 8 ? { delivered: 0, retrying: sent } : { delivered: 1, retrying: sent - 1 });
      }
      expect(hook.notifications()).toHaveLength(15);
    },
  },
  {
    name: 'answers that Azure has no probation for, such as 400 or 500, delay nothing (whether they do there is not documented)',
    async run(stage) {
      const hook = await stage.hook({
        answer: (_request, count) => ({ status: count <= 30 ? (count % 2 ? 400 : 500) : 200 }),
      });
      const topic = await stage.topic();
      await topic.subscribe({ destination: to(hook) });
      await topic.publish(...ids(0, 30));
      await topic.settled({ dropped: 15, retrying: 15 });
      await topic.publish('late');
      await topic.settled({ delivered: 1 });
    },
    fidelity: 'differs',
  },
  {
    name: 'an event whose time is up during a probation is given up unsent, with the outcome Probation',
    async run(stage) {
      const deadLetters = await stage.deadLetters();
      const hook = await stage.hook({ answer: () => ({ status: 404 }) });
      const topic = await stage.topic();
      await topic.subscribe({
        destination: to(hook, 'AzureFunction'),
        retryPolicy: { eventTimeToLiveInMinutes: 1 },
        deadLetter: deadLetters.destination,
      });
      await topic.publish(...ids(0, 10));
      await topic.settled({ retrying: 10 });
      await topic.publish('late');
      await until(() => {
        stage.clock.advance(MINUTE);
        expect(topic.describe()).toMatchObject({ deadLettered: 11, pending: 0 });
      });
      expect(hook.notifications()).toHaveLength(10);
      const written = (await deadLetters.read()).flatMap(({ events }) => events);
      expect(written.find(({ id }) => id === 'late')).toMatchObject({
        deadletterreason: 'TimeToLiveExceeded',
        deliveryattempts: 0,
        lastdeliveryoutcome: 'Probation',
        lastdeliveryattempttime: null,
      });
      expect(written.find(({ id }) => id === '1')).toMatchObject({
        deadletterreason: 'TimeToLiveExceeded',
        deliveryattempts: 1,
        lastdeliveryoutcome: 'NotFound',
      });
    },
  },
];
