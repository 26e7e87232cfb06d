import { expect } from 'vitest';
import { BlobServiceClient } from '@azure/storage-blob';
import { freePort } from '../../cloud/ports.ts';
import { startAzurite } from '../testing/startAzurite.ts';
import { blobConnectionString } from '../../cloud/azurite.ts';
import { TEST_KEY } from '../testing/startService.ts';
import { DEAD_LETTER_DELAY_MS as DELAY_MS, HOUR, MINUTE, readBlobs, to, type Check } from './check.ts';

export const deadLetterDelayChecks: Check[] = [
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
