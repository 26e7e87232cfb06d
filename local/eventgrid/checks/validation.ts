import { expect } from 'vitest';
import { until, type TestTopic } from '../testing/testGrid.ts';
import type { ReceivedRequest, WebhookReceiver } from '../testing/webhookReceiver.ts';
import { MINUTE, to, type Check } from './check.ts';

interface ValidationEvent {
  topic: string;
  data: { validationCode: string; validationUrl: string };
}

const gridEvent = (id: string) => ({ id, eventType: 't', subject: 's', dataVersion: '1', data: {} });

async function validationEvent(hook: WebhookReceiver): Promise<ValidationEvent> {
  await until(() => expect(hook.requests.length).toBeGreaterThan(0));
  return (hook.requests[0]!.body as ValidationEvent[])[0]!;
}

/** Publishes and shows that the webhook gets nothing of it. */
async function getsNothing(topic: TestTopic, hook: WebhookReceiver): Promise<void> {
  const witness = `witness-${topic.name}`;
  await topic.subscribe({ name: witness, destination: to(hook, 'AzureFunction') });
  await topic.client('EventGrid').send([gridEvent('1')]);
  await topic.settled({ delivered: 1 }, witness);
  const names = hook.notifications().map(({ headers }) => headers['aeg-subscription-name']);
  expect(names).toEqual([witness.toUpperCase()]);
}

function refusedHandshake(
  what: string,
  handshake: (request: ReceivedRequest) => { status: number; body?: unknown },
): Check {
  return {
    name: `a webhook that answers the validation event with ${what} gets nothing, and the subscription has Failed`,
    async run(stage) {
      const hook = await stage.hook({ handshake });
      const topic = await stage.topic('EventGridSchema');
      await topic.put({ destination: to(hook) });
      const lastError = expect.stringMatching(/^The attempt to validate the endpoint failed: /) as string;
      await topic.settled({ provisioningState: 'Failed', lastError });
      await getsNothing(topic, hook);
      expect(topic.describe()).toMatchObject({ matched: 0, pending: 0 });
    },
  };
}

export const validationChecks: Check[] = [
  {
    name: 'a webhook gets a SubscriptionValidationEvent alone in an array, before any other event',
    async run(stage) {
      const hook = await stage.hook();
      const topic = await stage.topic('EventGridSchema');
      await topic.subscribe({ destination: to(hook) });
      const [request] = hook.requests;
      expect(request).toMatchObject({
        method: 'POST',
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'aeg-event-type': 'SubscriptionValidation',
          'aeg-subscription-name': 'HOOK',
        },
        body: [
          {
            id: expect.any(String) as string,
            topic: topic.resourceId,
            subject: '',
            eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
            eventTime: expect.any(String) as string,
            metadataVersion: '1',
            dataVersion: '2',
            data: {
              validationCode: expect.stringMatching(/^[0-9A-F-]{36}$/) as string,
              validationUrl: expect.stringContaining('/eventsubscriptions/hook/validate?') as string,
            },
          },
        ],
      });
      expect(hook.requests).toHaveLength(1);
    },
  },
  {
    name: 'the synchronous handshake: a webhook that returns the code as validationResponse gets the events',
    async run(stage) {
      const hook = await stage.hook();
      const topic = await stage.topic('EventGridSchema');
      await topic.subscribe({ destination: to(hook) });
      await topic.client('EventGrid').send([gridEvent('1')]);
      await topic.settled({ delivered: 1 });
      expect(hook.notifications()).toHaveLength(1);
    },
  },
  {
    name: 'the asynchronous handshake: after a bare 200 the subscription is AwaitingManualAction until its validation URL is opened',
    async run(stage) {
      const hook = await stage.hook({ handshake: () => ({ status: 200 }) });
      const topic = await stage.topic('EventGridSchema');
      await topic.put({ destination: to(hook) });
      await topic.settled({ provisioningState: 'AwaitingManualAction' });
      const { data } = await validationEvent(hook);
      stage.clock.advance(4.9 * MINUTE);
      expect((await fetch(data.validationUrl)).status).toBe(200);
      expect(topic.describe()).toMatchObject({ provisioningState: 'Succeeded' });
      await topic.client('EventGrid').send([gridEvent('1')]);
      await topic.settled({ delivered: 1 });
    },
  },
  {
    name: 'a validation URL is valid for five minutes; then the subscription has Failed and must be put again',
    async run(stage) {
      const hook = await stage.hook({ handshake: () => ({ status: 200 }) });
      const topic = await stage.topic('EventGridSchema');
      await topic.put({ destination: to(hook) });
      await topic.settled({ provisioningState: 'AwaitingManualAction' });
      const { data } = await validationEvent(hook);
      stage.clock.advance(5 * MINUTE);
      expect(topic.describe()).toMatchObject({ provisioningState: 'Failed' });
      expect((await fetch(data.validationUrl)).status).toBe(400);
      await getsNothing(topic, hook);
      hook.agree();
      await topic.subscribe({ destination: to(hook) });
      expect((await fetch(data.validationUrl)).status).toBe(400);
    },
  },
  {
    name: 'a validation URL with another code is refused',
    async run(stage) {
      const hook = await stage.hook({ handshake: () => ({ status: 200 }) });
      const topic = await stage.topic('EventGridSchema');
      await topic.put({ destination: to(hook) });
      await topic.settled({ provisioningState: 'AwaitingManualAction' });
      const { data } = await validationEvent(hook);
      const forged = new URL(data.validationUrl);
      forged.searchParams.set('id', '00000000-0000-0000-0000-000000000000');
      expect((await fetch(forged)).status).toBe(400);
      expect(topic.describe()).toMatchObject({ provisioningState: 'AwaitingManualAction' });
    },
  },
  refusedHandshake('another code', () => ({ status: 200, body: { validationResponse: 'guess' } })),
  refusedHandshake('202 and the code', ({ body }) => ({
    status: 202,
    body: { validationResponse: (body as ValidationEvent[])[0]!.data.validationCode },
  })),
  refusedHandshake('403', () => ({ status: 403 })),
  {
    name: 'a changed subscription is validated anew, and nothing is sent meanwhile',
    async run(stage) {
      const [first, second] = [await stage.hook(), await stage.hook({ handshake: () => ({ status: 200 }) })];
      const topic = await stage.topic('EventGridSchema');
      await topic.subscribe({ destination: to(first) });
      await topic.put({ destination: to(second) });
      await topic.settled({ provisioningState: 'AwaitingManualAction' });
      await topic.client('EventGrid').send([gridEvent('1')]);
      const { data } = await validationEvent(second);
      await fetch(data.validationUrl);
      await topic.settled({ delivered: 1 });
      expect(first.notifications()).toEqual([]);
      expect(second.notifications()).toHaveLength(1);
    },
  },
  {
    name: 'a function is named by its resource, so it needs no handshake',
    async run(stage) {
      const hook = await stage.hook({ handshake: () => ({ status: 403 }) });
      const topic = await stage.topic('EventGridSchema');
      await topic.subscribe({ destination: to(hook, 'AzureFunction') });
      expect(hook.requests).toEqual([]);
    },
  },
  {
    name: 'a webhook that is not up yet is asked every 5 s for ten minutes and gets what was published meanwhile, where Azure refuses the subscription',
    fidelity: 'differs',
    async run(stage) {
      const hook = await stage.hook();
      await hook.close();
      const topic = await stage.topic('EventGridSchema');
      await topic.put({ destination: to(hook) });
      const lastError = expect.stringMatching(/cannot be reached: .*ECONNREFUSED/) as string;
      await topic.settled({ provisioningState: 'Creating', lastError });
      await topic.client('EventGrid').send([gridEvent('1')]);
      expect(topic.describe()).toMatchObject({ pending: 1 });
      const late = await stage.hook({ port: hook.port });
      stage.clock.advance(5_000);
      await topic.settled({ provisioningState: 'Succeeded', delivered: 1 });
      expect(late.notifications()).toHaveLength(1);
    },
  },
  {
    name: 'a webhook that stays away for ten minutes fails its subscription; what waits for it is given up after its time to live, where Azure would not have taken it in',
    fidelity: 'differs',
    async run(stage) {
      const deadLetters = await stage.deadLetters();
      const hook = await stage.hook();
      await hook.close();
      const topic = await stage.topic('EventGridSchema');
      const retryPolicy = { eventTimeToLiveInMinutes: 30 };
      await topic.put({ destination: to(hook), retryPolicy, deadLetter: deadLetters.destination });
      await topic.client('EventGrid').send([gridEvent('1')]);
      while (topic.describe().provisioningState === 'Creating') {
        await topic.settled({ lastError: expect.anything() as string });
        stage.clock.advance(MINUTE);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      expect(topic.describe()).toMatchObject({ provisioningState: 'Failed', pending: 1 });
      await topic.client('EventGrid').send([gridEvent('2')]);
      expect(topic.describe()).toMatchObject({ matched: 1, pending: 1 });
      stage.clock.advance(30 * MINUTE);
      await topic.settled({ undeliverable: 1 });
      stage.clock.advance(6 * MINUTE);
      await topic.settled({ deadLettered: 1, pending: 0 });
      expect((await deadLetters.read())[0]?.events).toMatchObject([
        { id: '1', deadLetterReason: 'TimeToLiveExceeded', deliveryAttempts: 0, lastDeliveryOutcome: null },
      ]);
    },
  },
];
