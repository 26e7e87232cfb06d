import { expect } from 'vitest';
import { DEAD_LETTER_DELAY_MS as DELAY_MS, to, type Check } from './check.ts';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/;

export const deadLetterChecks: Check[] = [
  {
    name: 'a CloudEvent that cannot be delivered is written with deadletterreason, deliveryattempts, lastdeliveryoutcome and its times',
    async run(stage) {
      const deadLetters = await stage.deadLetters();
      const hook = await stage.hook({ answer: () => ({ status: 503 }) });
      const topic = await stage.topic();
      const retryPolicy = { maxDeliveryAttempts: 2 };
      await topic.subscribe({ destination: to(hook), deadLetter: deadLetters.destination, retryPolicy });
      await topic.publish({ id: '1', data: { a: 1 }, extensionAttributes: { tenant: 't' } });
      await topic.passToNextAttempt();
      const attempted = stage.clock.now();
      await topic.settled({ undeliverable: 1 });
      stage.clock.advance(DELAY_MS);
      await topic.settled({ deadLettered: 1, dropped: 0, pending: 0 });
      const [blob, ...others] = await deadLetters.read();
      expect(others).toEqual([]);
      expect(blob?.events).toEqual([
        {
          ...{ specversion: '1.0', id: '1', source: '/shop', type: 'order.placed', tenant: 't', data: { a: 1 } },
          time: expect.any(String) as string,
          datacontenttype: 'application/json',
          deadletterreason: 'MaxDeliveryAttemptsExceeded',
          deliveryattempts: 2,
          lastdeliveryoutcome: 'Busy',
          publishtime: expect.stringMatching(TIME) as string,
          lastdeliveryattempttime: new Date(attempted).toISOString(),
        },
      ]);
    },
  },
  {
    name: 'an event in the Event Grid schema gets the same members in camel case',
    async run(stage) {
      const deadLetters = await stage.deadLetters();
      const hook = await stage.hook({ answer: () => ({ status: 400 }) });
      const topic = await stage.topic('EventGridSchema');
      await topic.subscribe({ destination: to(hook), deadLetter: deadLetters.destination });
      await topic.client('EventGrid').send([{ id: '1', eventType: 't', subject: 's', dataVersion: '1', data: {} }]);
      await topic.settled({ undeliverable: 1 });
      stage.clock.advance(DELAY_MS);
      await topic.settled({ deadLettered: 1 });
      const [blob] = await deadLetters.read();
      expect(blob?.events).toEqual([
        expect.objectContaining({
          id: '1',
          topic: topic.resourceId,
          deadLetterReason: 'UndeliverableDueToHttpBadRequest',
          deliveryAttempts: 1,
          lastDeliveryOutcome: 'BadRequest',
          publishTime: expect.stringMatching(TIME) as string,
          lastDeliveryAttemptTime: expect.stringMatching(TIME) as string,
        }),
      ]);
    },
  },
  {
    name: 'a dead letter is in the schema that the subscription would have delivered',
    async run(stage) {
      const deadLetters = await stage.deadLetters();
      const hook = await stage.hook({ answer: () => ({ status: 400 }) });
      const topic = await stage.topic('EventGridSchema');
      const deliverySchema = 'CloudEventSchemaV1_0';
      await topic.subscribe({ destination: to(hook), deadLetter: deadLetters.destination, deliverySchema });
      await topic.client('EventGrid').send([{ id: '1', eventType: 't', subject: 's', dataVersion: '1', data: {} }]);
      await topic.settled({ undeliverable: 1 });
      stage.clock.advance(DELAY_MS);
      await topic.settled({ deadLettered: 1 });
      expect((await deadLetters.read())[0]?.events).toMatchObject([
        {
          specversion: '1.0',
          source: topic.resourceId,
          type: 't',
          deadletterreason: 'UndeliverableDueToHttpBadRequest',
        },
      ]);
    },
  },
  {
    name: 'the blob is named SUBSCRIPTION/year/month/day/hour/uuid.json, in upper case and UTC without leading zeros',
    async run(stage) {
      const deadLetters = await stage.deadLetters();
      const hook = await stage.hook({ answer: () => ({ status: 400 }) });
      const topic = await stage.topic();
      await topic.subscribe({ name: 'My-Hook', destination: to(hook), deadLetter: deadLetters.destination });
      await topic.publish('1');
      await topic.settled({ undeliverable: 1 }, 'My-Hook');
      stage.clock.advance(DELAY_MS);
      const written = new Date(stage.clock.now());
      await topic.settled({ deadLettered: 1 }, 'My-Hook');
      const hour = `${written.getUTCFullYear()}/${written.getUTCMonth() + 1}/${written.getUTCDate()}/${written.getUTCHours()}`;
      expect((await deadLetters.read())[0]?.name).toMatch(new RegExp(`^MY-HOOK/${hour}/[0-9a-f-]{36}\\.json$`));
    },
  },
  {
    name: 'an event that outlived its time to live is written with the reason TimeToLiveExceeded (a name that Microsoft does not document)',
    fidelity: 'differs',
    async run(stage) {
      const deadLetters = await stage.deadLetters();
      const hook = await stage.hook({ answer: () => ({ status: 500 }) });
      const topic = await stage.topic();
      const retryPolicy = { eventTimeToLiveInMinutes: 1 };
      await topic.subscribe({ destination: to(hook), deadLetter: deadLetters.destination, retryPolicy });
      await topic.publish('1');
      for (let attempt = 0; attempt < 3; attempt += 1) await topic.passToNextAttempt();
      await topic.settled({ undeliverable: 1 });
      stage.clock.advance(DELAY_MS);
      await topic.settled({ deadLettered: 1 });
      expect((await deadLetters.read())[0]?.events).toMatchObject([
        { deadletterreason: 'TimeToLiveExceeded', deliveryattempts: 3, lastdeliveryoutcome: 'GenericError' },
      ]);
    },
  },
  ...[
    { status: 401, reason: 'UndeliverableDueToHttpUnauthorized', outcome: 'Unauthorized' },
    { status: 403, reason: 'UndeliverableDueToHttpForbidden', outcome: 'Forbidden' },
    { status: 413, reason: 'UndeliverableDueToHttpRequestEntityTooLarge', outcome: 'PayloadTooLarge' },
  ].map(({ status, reason, outcome }): Check => ({
    name: `an event that a webhook answers with ${status} is written with the reason ${reason} (a name that Microsoft does not document)`,
    fidelity: 'differs',
    async run(stage) {
      const deadLetters = await stage.deadLetters();
      const hook = await stage.hook({ answer: () => ({ status }) });
      const topic = await stage.topic();
      await topic.subscribe({ destination: to(hook), deadLetter: deadLetters.destination });
      await topic.publish('1');
      await topic.settled({ undeliverable: 1, lastError: `${outcome}: HTTP ${status}` });
      stage.clock.advance(DELAY_MS);
      await topic.settled({ deadLettered: 1 });
      expect((await deadLetters.read())[0]?.events).toMatchObject([
        { deadletterreason: reason, lastdeliveryoutcome: outcome, deliveryattempts: 1 },
      ]);
    },
  })),
];
