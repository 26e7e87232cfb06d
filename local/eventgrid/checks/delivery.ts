import { expect } from 'vitest';
import { idsOf, to, type Check } from './check.ts';

export const deliveryChecks: Check[] = [
  {
    name: 'a webhook gets one CloudEvent per request, as application/cloudevents+json with the aeg- headers',
    async run(stage) {
      const hook = await stage.hook();
      const topic = await stage.topic();
      await topic.subscribe({ name: 'to-hook', destination: to(hook) });
      await topic.publish('1', '2', '3');
      await topic.settled({ delivered: 3 }, 'to-hook');
      expect(idsOf(hook).toSorted()).toEqual(['1', '2', '3']);
      expect(hook.notifications()[0]).toMatchObject({
        method: 'POST',
        headers: {
          'content-type': 'application/cloudevents+json; charset=utf-8',
          'aeg-event-type': 'Notification',
          'aeg-subscription-name': 'TO-HOOK',
          'aeg-delivery-count': '0',
          'aeg-metadata-version': '1.0',
        },
      });
      expect(hook.notifications()[0]?.headers).not.toHaveProperty('aeg-data-version');
    },
  },
  {
    name: 'a webhook gets an event in the Event Grid schema as application/json, with aeg-data-version and aeg-metadata-version',
    async run(stage) {
      const hook = await stage.hook();
      const topic = await stage.topic('EventGridSchema');
      await topic.subscribe({ destination: to(hook) });
      await topic.client('EventGrid').send([{ id: '1', eventType: 't', subject: 's', dataVersion: '2', data: {} }]);
      await topic.settled({ delivered: 1 });
      expect(hook.notifications()[0]?.headers).toMatchObject({
        'content-type': 'application/json; charset=utf-8',
        'aeg-event-type': 'Notification',
        'aeg-delivery-count': '0',
        'aeg-metadata-version': '1',
        'aeg-data-version': '2',
      });
    },
  },
  {
    name: 'every subscription of a topic gets each event that its filter lets through',
    async run(stage) {
      const [all, placed] = [await stage.hook(), await stage.hook()];
      const topic = await stage.topic();
      await topic.subscribe({ name: 'all', destination: to(all) });
      await topic.subscribe({
        name: 'placed',
        destination: to(placed),
        filter: { includedEventTypes: ['order.placed'] },
      });
      await topic.publish({ id: '1' }, { id: '2', type: 'order.paid' });
      await topic.settled({ delivered: 2 }, 'all');
      await topic.settled({ matched: 1, delivered: 1 }, 'placed');
      expect(idsOf(placed)).toEqual(['1']);
    },
  },
  {
    name: 'delivery keeps no order: a later event does not wait for one that is slow',
    async run(stage) {
      let release: () => void = () => undefined;
      const slow = new Promise<void>((resolve) => {
        release = resolve;
      });
      const hook = await stage.hook({
        answer: async ({ body }) => {
          if ((body as { id: string }).id === 'slow') await slow;
          return { status: 200 };
        },
      });
      const topic = await stage.topic();
      await topic.subscribe({ destination: to(hook) });
      await topic.publish('slow', 'quick');
      await topic.settled({ delivered: 1, pending: 1 });
      release();
      await topic.settled({ delivered: 2 });
    },
  },
  {
    name: 'a deleted subscription gets nothing more, and its waiting events are gone',
    async run(stage) {
      const hook = await stage.hook({ answer: () => ({ status: 500 }) });
      const topic = await stage.topic();
      await topic.subscribe({ destination: to(hook) });
      await topic.publish('1');
      await topic.settled({ retrying: 1 });
      await stage.grid.service.deleteSubscription({ topic: topic.name, name: 'HOOK' });
      stage.clock.advance(3_600_000);
      await topic.subscribe({ destination: to(hook) });
      expect(topic.describe()).toMatchObject({ matched: 0, pending: 0 });
      expect(hook.notifications()).toHaveLength(1);
    },
  },
  {
    name: 'a changed subscription keeps its waiting events and sends them where it points now',
    async run(stage) {
      const [before, after] = [await stage.hook({ answer: () => ({ status: 500 }) }), await stage.hook()];
      const topic = await stage.topic();
      await topic.subscribe({ destination: to(before) });
      await topic.publish('1');
      await topic.settled({ retrying: 1 });
      await topic.subscribe({ destination: to(after) });
      await topic.passToNextAttempt();
      await topic.settled({ delivered: 1, pending: 0 });
      expect(idsOf(after)).toEqual(['1']);
    },
  },
];
