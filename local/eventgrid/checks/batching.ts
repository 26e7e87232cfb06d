import { expect } from 'vitest';
import type { WebhookReceiver } from '../testing/webhookReceiver.ts';
import { to, type Check, type Stage } from './check.ts';

interface Batching {
  maxEventsPerBatch?: number;
  preferredBatchSizeInKilobytes?: number;
}

/** A subscription with batching whose webhook comes up only after events were published, so that they are there together. */
async function batched(stage: Stage, batching: Batching, events: { id: string; data: unknown }[]): Promise<string[][]> {
  const hook = await stage.hook();
  const { port } = hook;
  const topic = await stage.topic();
  const filler = await stage.hook({ answer: () => ({ status: 500 }) });
  await topic.subscribe({ destination: to(filler) });
  await topic.publish(...events);
  await topic.settled({ retrying: events.length });
  await topic.subscribe({ destination: { ...to({ url: `http://127.0.0.1:${port}/hook` }), ...batching } });
  stage.clock.advance(60_000);
  await topic.settled({ delivered: events.length, pending: 0 });
  return batchesOf(hook);
}

/** The ids of each notification. */
function batchesOf(hook: WebhookReceiver): string[][] {
  return hook.notifications().map(({ body }) => (body as { id: string }[]).map(({ id }) => id));
}

const events = (count: number, kilobytes = 0) =>
  Array.from({ length: count }, (_, id) => ({ id: String(id), data: { text: 'x'.repeat(kilobytes * 1024) } }));

export const batchingChecks: Check[] = [
  {
    name: 'a batch has maxEventsPerBatch events at most, and every event is in one batch',
    async run(stage) {
      const sent = events(25);
      const batches = await batched(stage, { maxEventsPerBatch: 10 }, sent);
      expect(batches.map(({ length }) => length).toSorted()).toEqual([10, 10, 5]);
      expect(batches.flat().toSorted()).toEqual(sent.map(({ id }) => id).toSorted());
    },
  },
  {
    name: 'a batch is filled up to preferredBatchSizeInKilobytes',
    async run(stage) {
      const batches = await batched(stage, { maxEventsPerBatch: 100, preferredBatchSizeInKilobytes: 10 }, events(9, 3));
      expect(batches.map(({ length }) => length)).toEqual([3, 3, 3]);
    },
  },
  {
    name: 'an event larger than the preferred size is delivered in a batch of its own',
    async run(stage) {
      const large = { id: 'large', data: { text: 'x'.repeat(10 * 1024) } };
      const small = events(2);
      const batching = { maxEventsPerBatch: 100, preferredBatchSizeInKilobytes: 4 };
      const batches = await batched(stage, batching, [small[0]!, large, small[1]!]);
      expect(batches).toContainEqual(['large']);
      expect(batches.flat().toSorted()).toEqual(['0', '1', 'large']);
    },
  },
  {
    name: 'the default is one event per request',
    async run(stage) {
      const hook = await stage.hook();
      const topic = await stage.topic();
      await topic.subscribe({ destination: to(hook) });
      await topic.publish(...events(5));
      await topic.settled({ delivered: 5 });
      expect(hook.notifications()).toHaveLength(5);
    },
  },
  {
    name: 'no event waits for a batch to fill',
    async run(stage) {
      const hook = await stage.hook();
      const topic = await stage.topic();
      await topic.subscribe({ destination: { ...to(hook), maxEventsPerBatch: 100 } });
      await topic.publish('1');
      await topic.settled({ delivered: 1 });
      expect(batchesOf(hook)).toEqual([['1']]);
    },
  },
  {
    name: 'with batching CloudEvents come as application/cloudevents-batch+json, also a single one (a content type that Microsoft does not document)',
    fidelity: 'differs',
    async run(stage) {
      const hook = await stage.hook();
      const topic = await stage.topic();
      await topic.subscribe({ destination: { ...to(hook), maxEventsPerBatch: 2 } });
      await topic.publish('1');
      await topic.settled({ delivered: 1 });
      expect(hook.notifications()[0]?.headers['content-type']).toBe(
        'application/cloudevents-batch+json; charset=utf-8',
      );
    },
  },
  {
    name: 'a batch is delivered as a whole or not at all: after a failure each of its events comes again',
    async run(stage) {
      const hook = await stage.hook({ answer: (_request, count) => ({ status: count === 1 ? 500 : 200 }) });
      const topic = await stage.topic();
      await topic.subscribe({ destination: { ...to(hook), maxEventsPerBatch: 10 } });
      await topic.publish(...events(3));
      await topic.settled({ retrying: 3 });
      stage.clock.advance(60_000);
      await topic.settled({ delivered: 3, pending: 0 });
      expect(batchesOf(hook).flat().toSorted()).toEqual(['0', '0', '1', '1', '2', '2']);
    },
  },
  {
    name: 'events with other delivery attributes do not share a batch (not documented for Azure)',
    async run(stage) {
      const hook = await stage.hook();
      const topic = await stage.topic();
      await topic.subscribe({
        destination: { ...to(hook), maxEventsPerBatch: 10 },
        deliveryAttributeMappings: [{ name: 'x-user', type: 'Dynamic', sourceField: 'data.user' }],
      });
      await topic.publish(...['a', 'b', 'a'].map((user, id) => ({ id: String(id), data: { user } })));
      await topic.settled({ delivered: 3 });
      for (const { headers, body } of hook.notifications()) {
        for (const { data } of body as { data: { user: string } }[]) expect(data.user).toBe(headers['x-user']);
      }
    },
    fidelity: 'differs',
  },
  ...(
    [
      ['maxEventsPerBatch', 5001, 5000],
      ['maxEventsPerBatch', 0, 5000],
      ['preferredBatchSizeInKilobytes', 1025, 1024],
    ] as const
  ).map(([setting, value, most]): Check => ({
    name: `${setting} of ${value} is refused; allowed are 1 to ${most}`,
    async run(stage) {
      const hook = await stage.hook();
      const topic = await stage.topic();
      const put = topic.put({ destination: { ...to(hook), [setting]: value } });
      await expect(put).rejects.toThrow(
        new RegExp(`${setting} is ${value}; allowed are whole numbers from 1 to ${most}`),
      );
    },
  })),
];
