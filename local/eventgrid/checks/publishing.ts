import { expect } from 'vitest';
import { to, type Check, type Stage } from './check.ts';
import type { EventSchema } from '../model.ts';
import type { TestTopic } from '../testing/testGrid.ts';
import type { WebhookReceiver } from '../testing/webhookReceiver.ts';
import { TEST_KEY } from '../testing/startService.ts';

/** A topic with a subscription that gets everything. */
async function setUp(stage: Stage, schema?: EventSchema): Promise<{ topic: TestTopic; hook: WebhookReceiver }> {
  const hook = await stage.hook();
  const topic = await stage.topic(schema);
  await topic.subscribe({ destination: to(hook) });
  return { topic, hook };
}

const post = (topic: TestTopic, headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer>) =>
  fetch(`${topic.endpoint}?api-version=2018-01-01`, {
    method: 'POST',
    headers: { 'aeg-sas-key': TEST_KEY, ...headers },
    body,
  });

const BINARY = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/shop', 'ce-type': 'order.placed' };

/** The one event that a binary-mode request becomes when it is delivered. */
async function deliveredFromBinary(
  stage: Stage,
  headers: Record<string, string>,
  body: string | Uint8Array<ArrayBuffer>,
) {
  const { topic, hook } = await setUp(stage);
  expect((await post(topic, { ...BINARY, ...headers }, body)).status).toBe(200);
  await topic.settled({ delivered: 1 });
  return hook.notifications()[0]?.body;
}

export const publishingChecks: Check[] = [
  {
    name: 'a CloudEvent of the official client arrives with all its attributes, extensions included',
    async run(stage) {
      const { topic, hook } = await setUp(stage);
      const time = new Date('2025-01-31T12:00:00Z');
      await topic.client('CloudEvent').send([
        {
          ...{ id: '1', source: '/shop', type: 'order.placed', subject: 'o/1', time, dataschema: 'https://schema/1' },
          data: { total: 5, none: null },
          extensionAttributes: { tenant: 'a', rank: 5, vip: true },
        },
      ]);
      await topic.settled({ delivered: 1 });
      expect(hook.notifications()[0]?.body).toEqual({
        ...{ specversion: '1.0', id: '1', source: '/shop', type: 'order.placed', subject: 'o/1' },
        ...{ time: time.toISOString(), datacontenttype: 'application/json', dataschema: 'https://schema/1' },
        data: { total: 5, none: null },
        ...{ tenant: 'a', rank: 5, vip: true },
      });
    },
  },
  {
    name: 'binary data of a CloudEvent arrives as data_base64',
    async run(stage) {
      const { topic, hook } = await setUp(stage);
      await topic.publish({ id: '1', data: new Uint8Array([1, 2]), datacontenttype: 'image/png' });
      await topic.settled({ delivered: 1 });
      expect(hook.notifications()[0]?.body).toMatchObject({ data_base64: 'AQI=', datacontenttype: 'image/png' });
    },
  },
  {
    name: 'a single CloudEvent in structured mode is taken, with 200 and no body',
    async run(stage) {
      const { topic } = await setUp(stage);
      const event = { specversion: '1.0', id: '1', source: '/s', type: 't' };
      const response = await post(topic, { 'content-type': 'application/cloudevents+json' }, JSON.stringify(event));
      expect([response.status, await response.text()]).toEqual([200, '']);
      await topic.settled({ delivered: 1 });
    },
  },
  {
    name: 'a CloudEvent in binary mode is taken, with attributes from percent-encoded ce- headers and JSON as data',
    async run(stage) {
      const headers = { 'ce-subject': 'a%20%C3%BC', 'ce-tenant': 't', 'content-type': 'application/json' };
      expect(await deliveredFromBinary(stage, headers, '{"x":1}')).toEqual({
        ...{ specversion: '1.0', id: '1', source: '/shop', type: 'order.placed', subject: 'a ü', tenant: 't' },
        datacontenttype: 'application/json',
        data: { x: 1 },
      });
    },
  },
  {
    name: 'text of a CloudEvent in binary mode stays text, other content becomes base64',
    async run(stage) {
      const text = await deliveredFromBinary(stage, { 'content-type': 'text/plain' }, 'hello');
      expect(text).toMatchObject({ data: 'hello', datacontenttype: 'text/plain' });
      const png = await deliveredFromBinary(stage, { 'content-type': 'image/png' }, new Uint8Array([1, 2, 255]));
      expect(png).toMatchObject({ data_base64: 'AQL/' });
    },
  },
  {
    name: 'an event in the Event Grid schema arrives in an array of one, with topic and metadataVersion filled in',
    async run(stage) {
      const { topic, hook } = await setUp(stage, 'EventGridSchema');
      const eventTime = new Date('2025-01-31T12:00:00Z');
      const event = { id: '1', eventType: 'order.placed', subject: 's', dataVersion: '2', data: { a: 1 }, eventTime };
      await topic.client('EventGrid').send([event]);
      await topic.settled({ delivered: 1 });
      expect(hook.notifications()[0]?.body).toEqual([
        { ...event, eventTime: eventTime.toISOString(), topic: topic.resourceId, metadataVersion: '1' },
      ]);
    },
  },
  {
    name: 'a missing dataVersion is stamped as an empty text',
    async run(stage) {
      const { topic, hook } = await setUp(stage, 'EventGridSchema');
      const event = { id: '1', eventType: 't', subject: 's', eventTime: '2025-01-31T12:00:00Z', data: {} };
      await post(topic, { 'content-type': 'application/json' }, JSON.stringify([event]));
      await topic.settled({ delivered: 1 });
      expect(hook.notifications()[0]?.body).toMatchObject([{ dataVersion: '', metadataVersion: '1' }]);
    },
  },
  {
    name: 'a subscription of an Event Grid schema topic may ask for CloudEvents: the topic becomes the source, the data version the schema',
    async run(stage) {
      const hook = await stage.hook();
      const topic = await stage.topic('EventGridSchema');
      await topic.subscribe({ destination: to(hook), deliverySchema: 'CloudEventSchemaV1_0' });
      const eventTime = new Date('2025-01-31T12:00:00Z');
      await topic
        .client('EventGrid')
        .send([{ id: '1', eventType: 'order.placed', subject: 's', dataVersion: '2', data: { a: 1 }, eventTime }]);
      await topic.settled({ delivered: 1 });
      expect(hook.notifications()[0]?.body).toEqual({
        ...{ specversion: '1.0', id: '1', source: topic.resourceId, type: 'order.placed', subject: 's' },
        ...{ time: eventTime.toISOString(), dataschema: '#2', data: { a: 1 } },
      });
    },
  },
  {
    name: 'an event with the id of an earlier one is an event of its own: Event Grid removes no duplicates',
    async run(stage) {
      const { topic } = await setUp(stage);
      await topic.publish('1', '1');
      await topic.publish('1');
      await topic.settled({ matched: 3, delivered: 3 });
    },
  },
  {
    name: 'a batch without events is taken and does nothing (Microsoft does not say what Azure answers)',
    fidelity: 'differs',
    async run(stage) {
      const { topic } = await setUp(stage);
      await topic.client('CloudEvent').send([]);
      expect(topic.describe()).toMatchObject({ matched: 0 });
    },
  },
  {
    name: 'names of topics are compared without case',
    async run(stage) {
      const { topic } = await setUp(stage);
      const endpoint = topic.endpoint.replace(topic.name, topic.name.toUpperCase());
      const event = { specversion: '1.0', id: '1', source: '/s', type: 't' };
      const headers = { 'content-type': 'application/cloudevents+json', 'aeg-sas-key': TEST_KEY };
      const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(event) });
      expect(response.status).toBe(200);
    },
  },
];
