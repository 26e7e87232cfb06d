import { describe, expect, it } from 'vitest';
import type { Json, JsonObject, TopicDefinition } from '../model.ts';
import { PublishError } from './publishError.ts';
import { MAX_PUBLISH_BYTES, readEvents } from './readEvents.ts';

const cloudTopic: TopicDefinition = { name: 'orders', inputSchema: 'CloudEventSchemaV1_0', key: 'k' };
const gridTopic: TopicDefinition = { name: 'orders', inputSchema: 'EventGridSchema', key: 'k', resourceId: '/sub/t' };
const STRUCTURED = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
const BATCH = { 'content-type': 'application/cloudevents-batch+json' };
const JSON_TYPE = { 'content-type': 'application/json' };

const cloudEvent: JsonObject = { specversion: '1.0', id: '1', source: '/s', type: 'a.b', data: { x: 1 } };
const gridEvent: JsonObject = { id: '1', subject: 's', eventType: 'a.b', eventTime: '2025-01-31T12:00:00Z', data: 5 };

function read(topic: TopicDefinition, headers: Record<string, string>, body: Json | Buffer): JsonObject[] {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  return readEvents({ topic, headers, body: bytes }).map((event) => event.body);
}

function refusal(topic: TopicDefinition, headers: Record<string, string>, body: Json | Buffer): PublishError {
  try {
    read(topic, headers, body);
  } catch (error) {
    if (error instanceof PublishError) return error;
    throw error;
  }
  throw new Error('the request was taken');
}

describe('readEvents of a CloudEvents topic', () => {
  it('reads structured and batch mode as they are', () => {
    const extended = { ...cloudEvent, traceparent: '00-1', time: '2025-01-31T12:00:00.1234567+02:00', subject: 's' };
    expect(read(cloudTopic, STRUCTURED, extended)).toEqual([extended]);
    expect(read(cloudTopic, BATCH, [cloudEvent, extended])).toEqual([cloudEvent, extended]);
    expect(read(cloudTopic, BATCH, [])).toEqual([]);
  });

  it('reads binary mode: attributes from headers, data by its content type', () => {
    const attributes = {
      'ce-specversion': '1.0',
      'ce-id': '1',
      'ce-source': '/s',
      'ce-type': 't',
      'ce-subject': 'a%20b',
    };
    const [json] = read(cloudTopic, { ...attributes, ...JSON_TYPE }, { x: 1 });
    expect(json).toMatchObject({ id: '1', subject: 'a b', datacontenttype: 'application/json', data: { x: 1 } });
    const [plain] = read(cloudTopic, { ...attributes, 'content-type': 'text/plain' }, Buffer.from('hello'));
    expect(plain).toMatchObject({ data: 'hello' });
    const [binary] = read(cloudTopic, { ...attributes, 'content-type': 'image/png' }, Buffer.from([1, 2, 255]));
    expect(binary).toMatchObject({ data_base64: 'AQL/' });
    expect(read(cloudTopic, attributes, Buffer.alloc(0))[0]).not.toHaveProperty('data');
  });

  it.each<[string, Record<string, string>, Json | Buffer, RegExp]>([
    [
      'another content type',
      JSON_TYPE,
      cloudEvent,
      /configured for 'CloudEventV10' schema and requires 'application\/cl/,
    ],
    ['broken JSON', STRUCTURED, Buffer.from('{"id":'), /not JSON/],
    [
      'an array in structured mode',
      STRUCTURED,
      [cloudEvent],
      /Expected: StartObject, Actual Token Received: StartArray/,
    ],
    ['an object in batch mode', BATCH, cloudEvent, /Expected: StartArray, Actual Token Received: StartObject/],
    ['what is not UTF-8', STRUCTURED, Buffer.from([123, 255, 125]), /not UTF-8/],
    ['an Event Grid event', BATCH, [gridEvent], /Event 0: the attribute 'source' is missing/],
    ['a bad second event', BATCH, [cloudEvent, { ...cloudEvent, id: '' }], /Event 1: the property 'id'/],
    ['another version', STRUCTURED, { ...cloudEvent, specversion: '0.3' }, /specversion is '0.3'/],
    ['a wrong time', STRUCTURED, { ...cloudEvent, time: 'yesterday' }, /'time' must be a time/],
    ['an impossible time', STRUCTURED, { ...cloudEvent, time: '2025-13-31T12:00:00Z' }, /'time' must be a time/],
    ['data twice', STRUCTURED, { ...cloudEvent, data_base64: 'AAAA' }, /both 'data' and 'data_base64'/],
    ['a bad extension name', STRUCTURED, { ...cloudEvent, eventType: 'x' }, /unexpected property 'eventType'/],
    ['an extension object', STRUCTURED, { ...cloudEvent, ext: {} }, /'ext' must be a string, number or boolean/],
    ['a subject of another type', STRUCTURED, { ...cloudEvent, subject: 5 }, /'subject' is required/],
  ])('refuses %s', (_what, headers, body, message) => {
    const error = refusal(cloudTopic, headers, body);
    expect(error.status).toBe(400);
    expect(error.message).toMatch(message);
  });

  it('refuses broken percent-encoding in a binary-mode header', () => {
    const headers = { 'ce-specversion': '1.0', 'ce-id': '%', 'ce-source': '/s', 'ce-type': 't' };
    expect(refusal(cloudTopic, headers, Buffer.alloc(0)).message).toMatch(/'ce-id' is not percent-encoded/);
  });

  it('takes exactly 1 MB and refuses one byte more with 413', () => {
    const envelope = JSON.stringify({ ...cloudEvent, data: '' }).length;
    const full = { ...cloudEvent, data: 'x'.repeat(MAX_PUBLISH_BYTES - envelope) };
    expect(read(cloudTopic, STRUCTURED, full)).toHaveLength(1);
    expect(refusal(cloudTopic, STRUCTURED, { ...full, data: `${full.data}x` }).status).toBe(413);
  });
});

describe('readEvents of an Event Grid schema topic', () => {
  it('reads an array and stamps topic, versions', () => {
    expect(read(gridTopic, JSON_TYPE, [gridEvent])).toEqual([
      { ...gridEvent, topic: '/sub/t', metadataVersion: '1', dataVersion: '' },
    ]);
    expect(read(gridTopic, JSON_TYPE, [{ ...gridEvent, topic: '/sub/t', dataVersion: '2' }])[0]).toMatchObject({
      dataVersion: '2',
    });
  });

  it.each<[string, Json, RegExp]>([
    ['a single object', gridEvent, /Expected: StartArray, actual: StartObject/],
    ['a scalar', 5, /actual: Number/],
    ['null', null, /actual: Null/],
    ['an element that is no object', [5], /Event 0 is not a JSON object/],
    [
      'a CloudEvent',
      [cloudEvent],
      /configured for 'EventGridEvent' schema. Received unexpected property 'specversion'/,
    ],
    ['a missing subject', [{ ...gridEvent, subject: '' }], /'subject' is required/],
    ['no time', [{ ...gridEvent, eventTime: null }], /'eventTime' must be a time/],
    ['another topic', [{ ...gridEvent, topic: '/other' }], /'topic' must be '\/sub\/t' or absent/],
    ['another metadata version', [{ ...gridEvent, metadataVersion: '2' }], /'metadataVersion' must be '1'/],
    ['a data version that is no text', [{ ...gridEvent, dataVersion: 1 }], /'dataVersion' must be a string/],
  ])('refuses %s', (_what, body, message) => {
    const error = refusal(gridTopic, JSON_TYPE, body);
    expect(error.status).toBe(400);
    expect(error.message).toMatch(message);
  });
});
