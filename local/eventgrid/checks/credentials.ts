import { createHmac } from 'node:crypto';
import {
  AzureKeyCredential,
  AzureSASCredential,
  EventGridPublisherClient,
  generateSharedAccessSignature,
} from '@azure/eventgrid';
import { expect } from 'vitest';
import { TEST_KEY } from '../testing/startService.ts';
import type { TestTopic } from '../testing/testGrid.ts';
import { HOUR, type Check, type Stage } from './check.ts';

const event = { id: '1', source: '/shop', type: 'order.placed', data: {} };
const OTHER_KEY = Buffer.alloc(32, 8).toString('base64');

async function status(topic: TestTopic, headers: Record<string, string>, query = ''): Promise<number> {
  const response = await fetch(`${topic.endpoint}${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json', ...headers },
    body: JSON.stringify({ specversion: '1.0', ...event }),
  });
  return response.status;
}

const token = (stage: Stage, topic: TestTopic, args: { key?: string; expiresInMs?: number } = {}) =>
  generateSharedAccessSignature(
    topic.endpoint,
    new AzureKeyCredential(args.key ?? TEST_KEY),
    new Date(stage.clock.now() + (args.expiresInMs ?? HOUR)),
  );

function refusedToken(name: string, make: (stage: Stage, topic: TestTopic) => Promise<string>, reason: RegExp): Check {
  return {
    name,
    async run(stage) {
      const topic = await stage.topic();
      const credential = new AzureSASCredential(await make(stage, topic));
      const options = { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } };
      const client = new EventGridPublisherClient(topic.endpoint, 'CloudEvent', credential, options);
      await expect(client.send([event])).rejects.toMatchObject({
        statusCode: 401,
        code: 'Unauthorized',
        message: expect.stringMatching(reason) as string,
      });
    },
  };
}

export const credentialChecks: Check[] = [
  {
    name: 'a key is taken in the header aeg-sas-key',
    async run(stage) {
      const topic = await stage.topic();
      await topic.client('CloudEvent').send([event]);
    },
  },
  {
    name: 'a key is taken in the query parameter aeg-sas-key',
    async run(stage) {
      const topic = await stage.topic();
      expect(await status(topic, {}, `?aeg-sas-key=${encodeURIComponent(TEST_KEY)}`)).toBe(200);
      expect(await status(topic, {}, `?aeg-sas-key=${encodeURIComponent(OTHER_KEY)}`)).toBe(401);
    },
  },
  {
    name: 'a SAS token of the official client is taken in aeg-sas-token and in Authorization: SharedAccessSignature',
    async run(stage) {
      const topic = await stage.topic();
      const credential = new AzureSASCredential(await token(stage, topic));
      const options = { allowInsecureConnection: true };
      await new EventGridPublisherClient(topic.endpoint, 'CloudEvent', credential, options).send([event]);
      expect(await status(topic, { 'aeg-sas-token': credential.signature })).toBe(200);
      expect(await status(topic, { authorization: `SharedAccessSignature ${credential.signature}` })).toBe(200);
    },
  },
  {
    name: 'a SAS token of .NET, with lower-case escapes and plus signs for spaces, is taken',
    async run(stage) {
      const topic = await stage.topic();
      const resource = encodeURIComponent(topic.endpoint).replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
      const unsigned = `r=${resource}&e=1%2f31%2f2099+1%3a00%3a00+PM`;
      const digest = createHmac('sha256', Buffer.from(TEST_KEY, 'base64')).update(unsigned).digest('base64');
      expect(await status(topic, { 'aeg-sas-token': `${unsigned}&s=${encodeURIComponent(digest)}` })).toBe(200);
    },
  },
  {
    name: 'a SAS token of Python, with an ISO 8601 time without zone, is taken as UTC',
    async run(stage) {
      const topic = await stage.topic();
      const unsigned = `r=${encodeURIComponent(topic.endpoint)}&e=2099-01-31T13%3A00%3A00.123456`;
      const digest = createHmac('sha256', Buffer.from(TEST_KEY, 'base64')).update(unsigned).digest('base64');
      expect(await status(topic, { 'aeg-sas-token': `${unsigned}&s=${encodeURIComponent(digest)}` })).toBe(200);
    },
  },
  {
    name: 'another key is refused with 401 that names the host',
    async run(stage) {
      const topic = await stage.topic();
      await expect(topic.client('CloudEvent', OTHER_KEY).send([event])).rejects.toMatchObject({
        statusCode: 401,
        code: 'Unauthorized',
        message: expect.stringMatching(
          /^The request authorization key is not authorized for 127\.0\.0\.1:\d+\. This is due to the reason: /,
        ) as string,
      });
    },
  },
  {
    name: 'a request without credentials is refused with 401',
    async run(stage) {
      const topic = await stage.topic();
      expect(await status(topic, {})).toBe(401);
    },
  },
  refusedToken(
    'a SAS token of another key is refused',
    (stage, topic) => token(stage, topic, { key: OTHER_KEY }),
    /not made with the key of this topic/,
  ),
  refusedToken(
    'a SAS token is refused once it has expired',
    (stage, topic) => token(stage, topic, { expiresInMs: -1000 }),
    /expired at/,
  ),
  refusedToken(
    'a SAS token for another topic is refused',
    async (stage) => token(stage, await stage.topic()),
    /is for http.*, not for this topic/,
  ),
  {
    name: 'a new key of the topic is in force at once, the old one no longer',
    async run(stage) {
      const topic = await stage.topic();
      await stage.grid.service.putTopic({ name: topic.name, inputSchema: 'CloudEventSchemaV1_0', key: OTHER_KEY });
      await expect(topic.client('CloudEvent').send([event])).rejects.toMatchObject({ statusCode: 401 });
      await topic.client('CloudEvent', OTHER_KEY).send([event]);
    },
  },
];
