import { expect } from 'vitest';
import { until } from '../testing/testGrid.ts';
import type { Answer } from '../testing/webhookReceiver.ts';
import { idsOf, MINUTE, to, type Check } from './check.ts';

const ORIGIN = 'eventgrid.azure.net';

function refusal(what: string, answer: Answer): Check {
  return {
    name: `a webhook that answers OPTIONS with ${what} gets nothing, and the subscription has Failed`,
    async run(stage) {
      const hook = await stage.hook({ handshake: () => answer });
      const topic = await stage.topic();
      await topic.put({ destination: to(hook) });
      await topic.settled({ provisioningState: 'Failed' });
      await topic.publish('1');
      expect(topic.describe()).toMatchObject({ matched: 0, pending: 0 });
      expect(hook.notifications()).toEqual([]);
    },
  };
}

function consent(what: string, headers: Record<string, string>): Check {
  return {
    name: `a webhook that answers OPTIONS with ${what} gets the events`,
    async run(stage) {
      const hook = await stage.hook({ handshake: () => ({ status: 200, headers }) });
      const topic = await stage.topic();
      await topic.subscribe({ destination: to(hook) });
      await topic.publish('1');
      await topic.settled({ delivered: 1 });
    },
  };
}

export const abuseProtectionChecks: Check[] = [
  {
    name: 'with CloudEvents a webhook is asked by OPTIONS, with WebHook-Request-Origin, -Rate and -Callback, for the very URL',
    async run(stage) {
      const hook = await stage.hook();
      const topic = await stage.topic();
      await topic.subscribe({ destination: { type: 'WebHook', url: `${hook.url}?key=secret` } });
      expect(hook.requests).toEqual([
        expect.objectContaining({ method: 'OPTIONS', url: '/hook?key=secret', body: '' }),
      ]);
      expect(hook.requests[0]?.headers).toMatchObject({
        'webhook-request-origin': ORIGIN,
        'webhook-request-rate': expect.stringMatching(/^[1-9]\d*$/) as string,
        'webhook-request-callback': expect.stringContaining('/eventsubscriptions/hook/validate?') as string,
      });
    },
  },
  consent('WebHook-Allowed-Origin eventgrid.azure.net', { 'webhook-allowed-origin': ORIGIN }),
  consent('WebHook-Allowed-Origin *', { 'webhook-allowed-origin': '*', 'webhook-allowed-rate': '*' }),
  {
    name: 'each delivery names the origin of the handshake in the header Origin',
    async run(stage) {
      const hook = await stage.hook();
      const topic = await stage.topic();
      await topic.subscribe({ destination: to(hook) });
      await topic.publish('1');
      await topic.settled({ delivered: 1 });
      expect(hook.notifications()[0]?.headers.origin).toBe(ORIGIN);
    },
  },
  refusal('another origin', { status: 200, headers: { 'webhook-allowed-origin': 'example.com' } }),
  refusal('405', { status: 405 }),
  refusal('400 and the right origin', { status: 400, headers: { 'webhook-allowed-origin': ORIGIN } }),
  {
    name: 'a bare 200 is no consent: the subscription is AwaitingManualAction, for five minutes',
    async run(stage) {
      const hook = await stage.hook({ handshake: () => ({ status: 200 }) });
      const topic = await stage.topic();
      await topic.put({ destination: to(hook) });
      await topic.settled({ provisioningState: 'AwaitingManualAction' });
      stage.clock.advance(5 * MINUTE);
      expect(topic.describe()).toMatchObject({ provisioningState: 'Failed' });
      await topic.publish('1');
      expect(topic.describe()).toMatchObject({ matched: 0 });
      expect(hook.notifications()).toEqual([]);
    },
  },
  ...(['GET', 'POST'] as const).map((method): Check => ({
    name: `a webhook may consent later by ${method} of the address in WebHook-Request-Callback`,
    async run(stage) {
      const hook = await stage.hook({ handshake: () => ({ status: 200 }) });
      const topic = await stage.topic();
      await topic.put({ destination: to(hook) });
      await topic.settled({ provisioningState: 'AwaitingManualAction' });
      await topic.publish('1');
      const callback = String(hook.requests[0]?.headers['webhook-request-callback']);
      expect((await fetch(callback, { method })).status).toBe(200);
      await topic.settled({ provisioningState: 'Succeeded', delivered: 1 });
    },
  })),
  {
    name: 'a webhook gets no more requests a minute than its WebHook-Allowed-Rate, also after a restart (CloudEvents asks for it, Microsoft does not say whether Azure does it)',
    fidelity: 'differs',
    async run(stage) {
      const grid = await stage.otherGrid({});
      const headers = { 'webhook-allowed-origin': ORIGIN, 'webhook-allowed-rate': '6' };
      const hook = await stage.hook({ handshake: () => ({ status: 200, headers }) });
      const topic = await grid.topic();
      await topic.subscribe({ destination: to(hook) });
      await topic.publish('1', '2', '3', '4');
      await topic.settled({ delivered: 1, pending: 3 });
      grid.clock.advance(9_999);
      expect(hook.notifications()).toHaveLength(1);
      grid.clock.advance(1);
      await topic.settled({ delivered: 2, pending: 2 });
      await grid.restart();
      await topic.settled({ delivered: 3, pending: 1 });
      grid.clock.advance(9_999);
      expect(hook.notifications()).toHaveLength(3);
      grid.clock.advance(1);
      await topic.settled({ delivered: 4, pending: 0 });
      expect(idsOf(hook).toSorted()).toEqual(['1', '2', '3', '4']);
    },
  },
  {
    name: 'a subscription of an Event Grid schema topic that delivers CloudEvents uses OPTIONS as well',
    async run(stage) {
      const hook = await stage.hook();
      const topic = await stage.topic('EventGridSchema');
      await topic.subscribe({ destination: to(hook), deliverySchema: 'CloudEventSchemaV1_0' });
      await until(() => expect(hook.requests.map(({ method }) => method)).toEqual(['OPTIONS']));
    },
  },
];
