import { expect } from 'vitest';
import { TEST_KEY } from '../testing/startService.ts';
import type { TestTopic } from '../testing/testGrid.ts';
import type { Check } from './check.ts';

interface ErrorBody {
  error: { code: string; message: string; details: { code: string; message: string }[] };
}

const STRUCTURED = 'application/cloudevents+json; charset=utf-8';
const BATCH = 'application/cloudevents-batch+json; charset=utf-8';
const good = { specversion: '1.0', id: '1', source: '/shop', type: 'order.placed' };
const goodGrid = { id: '1', subject: 's', eventType: 't', eventTime: '2025-01-31T12:00:00Z', data: {} };

async function post(topic: TestTopic, contentType: string, body: string): Promise<Response> {
  const headers = { 'content-type': contentType, 'aeg-sas-key': TEST_KEY };
  return fetch(topic.endpoint, { method: 'POST', headers, body });
}

interface Refusal {
  name: string;
  schema?: 'EventGridSchema';
  contentType?: string;
  body: unknown;
  message: RegExp;
  fidelity?: 'differs';
}

/** A request that is answered with 400; nothing of it is taken, and a good one after it is. */
function refusal({ name, schema, contentType, body, message, fidelity }: Refusal): Check {
  return {
    name,
    fidelity,
    async run(stage) {
      const topic = await stage.topic(schema);
      const type = contentType ?? (schema ? 'application/json' : STRUCTURED);
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const response = await post(topic, type, text);
      expect(response.status).toBe(400);
      const { error } = (await response.json()) as ErrorBody;
      expect(error.code).toBe('BadRequest');
      expect(error.message).toMatch(message);
      const after = schema
        ? post(topic, type, JSON.stringify([goodGrid]))
        : post(topic, STRUCTURED, JSON.stringify(good));
      expect((await after).status).toBe(200);
      const { topics } = stage.grid.service.describe();
      expect(topics.find(({ name: topicName }) => topicName === topic.name)).toMatchObject({ published: 1 });
    },
  };
}

const MISSING = ['id', 'source', 'type', 'specversion'].map((attribute) =>
  refusal({
    name: `a CloudEvent without ${attribute} is refused with 400 that names event and attribute`,
    contentType: BATCH,
    body: [good, { ...good, [attribute]: undefined }],
    message: new RegExp(`Event 1: the attribute '${attribute}' is missing`),
  }),
);
const MISSING_GRID = ['id', 'subject', 'eventType', 'eventTime'].map((property) =>
  refusal({
    name: `an event in the Event Grid schema without ${property} is refused with 400 that names event and property`,
    schema: 'EventGridSchema',
    body: [goodGrid, { ...goodGrid, [property]: undefined }],
    message: new RegExp(`Event 1: the property '${property}'`),
  }),
);

export const publishErrorChecks: Check[] = [
  {
    name: 'a refusal has the documented body: error with code, message and details, and a report id that is x-ms-request-id too',
    async run(stage) {
      const topic = await stage.topic();
      const response = await post(topic, STRUCTURED, '[]');
      const { error } = (await response.json()) as ErrorBody;
      expect(error).toEqual({
        code: 'BadRequest',
        message: expect.stringMatching(
          /^.* Report '[0-9a-f-]{36}:\d:\d{1,2}\/\d{1,2}\/\d{4} \d{1,2}:\d\d:\d\d [AP]M \(UTC\)' to our forums for assistance or raise a support ticket\.$/,
        ) as string,
        details: [{ code: 'BadRequest', message: error.message }],
      });
      expect(error.message).toContain(response.headers.get('x-ms-request-id'));
    },
  },
  ...MISSING,
  ...MISSING_GRID,
  refusal({
    name: 'an event in the Event Grid schema is refused by a topic of CloudEvents, with the sentence of the service',
    contentType: BATCH,
    body: [goodGrid],
    message:
      /^This resource is configured to receive event in 'CloudEventV10' schema. The JSON received does not conform/,
  }),
  refusal({
    name: 'a CloudEvent is refused by a topic of the Event Grid schema, with the sentence of the service',
    schema: 'EventGridSchema',
    body: [good],
    message:
      /^This resource is configured for 'EventGridEvent' schema. Received unexpected property 'specversion' in JSON/,
  }),
  refusal({
    name: 'a single event outside of an array is refused by a topic of the Event Grid schema',
    schema: 'EventGridSchema',
    body: goodGrid,
    message: /^Unexpected token when reading JSON. Expected: StartArray, actual: StartObject/,
  }),
  refusal({
    name: 'an array in the content type of a single CloudEvent is refused',
    body: [good],
    message: /Token Expected: StartObject, Actual Token Received: StartArray/,
  }),
  refusal({
    name: 'a content type that is none of CloudEvents is refused',
    contentType: 'application/json',
    body: good,
    message: /^This resource is configured for 'CloudEventV10' schema and requires 'application\/cloudevents\+json/,
  }),
  refusal({ name: 'what is not JSON is refused', body: '{"id":', message: /^The request body is not JSON/ }),
  refusal({
    name: 'another specversion is refused',
    body: { ...good, specversion: '0.3' },
    message: /specversion is '0.3', supported is '1.0'/,
  }),
  refusal({
    name: 'a time that is none is refused',
    body: { ...good, time: 'yesterday' },
    message: /'time' must be a time/,
  }),
  refusal({
    name: 'data and data_base64 together are refused',
    body: { ...good, data: 1, data_base64: 'AAAA' },
    message: /both 'data' and 'data_base64'/,
  }),
  refusal({
    name: 'an extension attribute whose name CloudEvents does not allow is refused',
    body: { ...good, orderId: 'x' },
    message: /Received unexpected property 'orderId'/,
  }),
  refusal({
    name: 'a topic in an event that is not this topic is refused',
    schema: 'EventGridSchema',
    body: [{ ...goodGrid, topic: '/other' }],
    message: /'topic' must be '.*' or absent/,
  }),
  refusal({
    name: 'JSON of more than 1,000 levels is refused (Microsoft names no limit for Azure)',
    fidelity: 'differs',
    body: `{"specversion":"1.0","id":"1","source":"/s","type":"t","data":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
    message: /more than 1000 levels/,
  }),
  {
    name: 'a request of more than 1 MB is refused with 413, one of exactly 1 MB is taken',
    async run(stage) {
      const topic = await stage.topic();
      const envelope = JSON.stringify({ ...good, data: '' }).length;
      const full = (bytes: number) => JSON.stringify({ ...good, data: 'x'.repeat(bytes - envelope) });
      expect((await post(topic, STRUCTURED, full(1_048_576))).status).toBe(200);
      const response = await post(topic, STRUCTURED, full(1_048_577));
      expect(response.status).toBe(413);
      expect(((await response.json()) as ErrorBody).error.code).toBe('PayloadTooLarge');
    },
  },
  {
    name: 'more than 5,000 events in a request are refused, with 413 (Microsoft documents the limit and not the status)',
    fidelity: 'differs',
    async run(stage) {
      const topic = await stage.topic();
      const events = (count: number) => JSON.stringify(Array<unknown>(count).fill(good));
      expect((await post(topic, BATCH, events(5000))).status).toBe(200);
      expect((await post(topic, BATCH, events(5001))).status).toBe(413);
    },
  },
  {
    name: 'a topic that is not there is 404 with the detail ResourceNotFound, where Azure has no such host',
    fidelity: 'differs',
    async run(stage) {
      const topic = await stage.topic();
      const response = await fetch(topic.endpoint.replace(topic.name, 'nowhere'), { method: 'POST', body: '{}' });
      expect(response.status).toBe(404);
      const { error } = (await response.json()) as ErrorBody;
      expect(error).toMatchObject({ code: 'NotFound', details: [{ code: 'ResourceNotFound' }] });
      expect(error.message).toMatch(/^No HTTP resource was found that matches the request URI/);
    },
  },
  {
    name: 'another method than POST is refused with 405 (not documented for Azure)',
    fidelity: 'differs',
    async run(stage) {
      const topic = await stage.topic();
      const response = await fetch(topic.endpoint, { headers: { 'aeg-sas-key': TEST_KEY } });
      expect(response.status).toBe(405);
      expect(await response.json()).toMatchObject({ error: { code: 'MethodNotAllowed' } });
    },
  },
  {
    name: 'the official client reports the refusal with statusCode, code and message',
    async run(stage) {
      const topic = await stage.topic('EventGridSchema');
      await expect(topic.publish('1')).rejects.toMatchObject({
        statusCode: 400,
        code: 'BadRequest',
        message: expect.stringMatching(/'EventGridEvent' schema/) as string,
      });
    },
  },
];
