import { expect } from 'vitest';
import { BlobServiceClient } from '@azure/storage-blob';
import { freePort } from '../../cloud/ports.ts';
import { startAzurite } from '../testing/startAzurite.ts';
import { blobConnectionString } from '../../cloud/azurite.ts';
import { TEST_KEY } from '../testing/startService.ts';
import { HOUR, MINUTE, readBlobs, to, type Check } from './check.ts';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/;
/** The documented five minutes, and what is gathered into one blob. */
const DELAY_MS = 5 * MINUTE + 10_000;

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
    name: 'an event that outlived its time to live is written with the reason TimeToLiveExceeded',
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
  {
    name: 'a dead letter is written five minutes after the last attempt',
    async run(stage) {
      const deadLetters = await stage.deadLetters();
      const hook = await stage.hook({ answer: () => ({ status: 400 }) });
      const topic = await stage.topic();
      await topic.subscribe({ destination: to(hook), deadLetter: deadLetters.destination });
      await topic.publish('1');
      await topic.settled({ undeliverable: 1, lastError: 'BadRequest: HTTP 400' });
      stage.clock.advance(5 * MINUTE - 1);
      await topic.publish('2');
      await topic.settled({ deadLettered: 0, undeliverable: 2 });
      stage.clock.advance(10_001);
      await topic.settled({ deadLettered: 1, pending: 1 });
    },
  },
  {
    name: 'events that are given up together share a blob, a JSON array',
    async run(stage) {
      const deadLetters = await stage.deadLetters();
      const hook = await stage.hook({ answer: () => ({ status: 400 }) });
      const topic = await stage.topic();
      await topic.subscribe({ destination: to(hook), deadLetter: deadLetters.destination });
      const ids = Array.from({ length: 30 }, (_, id) => String(id));
      await topic.publish(...ids);
      await topic.settled({ undeliverable: 30 });
      stage.clock.advance(DELAY_MS);
      await topic.settled({ deadLettered: 30 });
      const blobs = await deadLetters.read();
      expect(blobs.length).toBeLessThanOrEqual(2);
      expect(blobs.flatMap(({ events }) => events.map(({ id }) => id as string)).toSorted()).toEqual(ids.toSorted());
    },
  },
  {
    name: 'while Blob Storage is away dead letters wait, and they are written when it is back',
    async run(stage) {
      const port = await freePort();
      const destination = { connectionString: blobConnectionString('testaccount', TEST_KEY, port), container: 'dead' };
      const hook = await stage.hook({ answer: () => ({ status: 400 }) });
      const topic = await stage.topic();
      await topic.subscribe({ destination: to(hook), deadLetter: destination });
      await topic.publish('1', '2');
      await topic.settled({ undeliverable: 2 });
      stage.clock.advance(DELAY_MS);
      const lastError = expect.stringMatching(/^dead-letter destination: .*ECONNREFUSED/) as string;
      await topic.settled({ pending: 2, lastError });
      const blobs = await startAzurite({ port });
      try {
        const container = BlobServiceClient.fromConnectionString(blobs.connectionString).getContainerClient('dead');
        await container.create();
        stage.clock.advance(3 * HOUR);
        await topic.settled({ deadLettered: 2, pending: 0 });
        expect((await readBlobs(container)).flatMap(({ events }) => events)).toHaveLength(2);
      } finally {
        await blobs.stop();
      }
    },
  },
  {
    name: 'a dead letter is dropped once Blob Storage has been away for four hours',
    async run(stage) {
      const port = await freePort();
      const destination = { connectionString: blobConnectionString('testaccount', TEST_KEY, port), container: 'dead' };
      const hook = await stage.hook({ answer: () => ({ status: 400 }) });
      const topic = await stage.topic();
      await topic.subscribe({ destination: to(hook), deadLetter: destination });
      await topic.publish('1');
      await topic.settled({ undeliverable: 1 });
      stage.clock.advance(DELAY_MS);
      const lastError = expect.stringMatching(/^dead-letter destination/) as string;
      await topic.settled({ pending: 1, lastError });
      stage.clock.advance(4 * HOUR);
      await topic.settled({ dropped: 1, pending: 0 });
    },
  },
  {
    name: 'a dead letter is dropped when the container is not there',
    async run(stage) {
      const { connectionString } = await stage.blobs();
      const hook = await stage.hook({ answer: () => ({ status: 400 }) });
      const topic = await stage.topic();
      await topic.subscribe({ destination: to(hook), deadLetter: { connectionString, container: 'nowhere' } });
      await topic.publish('1');
      await topic.settled({ undeliverable: 1 });
      stage.clock.advance(DELAY_MS);
      await topic.settled({
        dropped: 1,
        pending: 0,
        lastError: expect.stringMatching(/container does not exist/) as string,
      });
    },
  },
  {
    name: 'dead letters that wait survive a restart',
    async run(stage) {
      const deadLetters = await stage.deadLetters();
      const grid = await stage.otherGrid({});
      const hook = await stage.hook({ answer: () => ({ status: 400 }) });
      const topic = await grid.topic();
      await topic.subscribe({ destination: to(hook), deadLetter: deadLetters.destination });
      await topic.publish('1');
      await topic.settled({ undeliverable: 1 });
      await grid.restart();
      expect(topic.describe()).toMatchObject({ pending: 1, deadLettered: 0 });
      grid.clock.advance(DELAY_MS);
      await topic.settled({ deadLettered: 1, pending: 0 });
      expect(hook.notifications()).toHaveLength(1);
      expect((await deadLetters.read())[0]?.events).toMatchObject([{ id: '1', deliveryattempts: 1 }]);
    },
  },
];
