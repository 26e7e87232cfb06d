import { describe, expect, it } from 'vitest';
import { EVENT_LIMITS } from '../../contracts/events.ts';
import { IDENTIFIER_RULE } from '../../contracts/identifiers.ts';
import { decodeEvent } from './decodeEvent.ts';

const ENQUEUED_AT = Date.UTC(2026, 0, 2);

function decode(body: unknown) {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return decodeEvent({ body: bytes, sequence: 7, offset: '700', enqueuedAt: ENQUEUED_AT });
}

function cloudEvent(data: object, envelope: object = {}) {
  return { specversion: '1.0', id: 'e1', source: '/shop', type: 'attune.interaction.v1', data, ...envelope };
}

describe('decodeEvent', () => {
  it('reads a user event', () => {
    const data = {
      userId: 'a/b',
      sessionId: 's',
      itemId: 'i',
      action: 'view',
      channel: 'web',
      location: 'FR',
      query: 'q',
    };
    expect(decode(cloudEvent(data, { time: '2026-01-01T00:00:00Z' }))).toEqual({
      subject: 'user:a%2Fb',
      kind: 'user',
      sequence: 7,
      time: Date.UTC(2026, 0, 1),
      digest: expect.stringMatching(/^[\w-]{8}$/),
      action: 'view',
      itemId: 'i',
      query: 'q',
      channel: 'web',
      location: 'FR',
    });
  });

  it('takes the session of an anonymous visitor as the subject', () => {
    expect(decode(cloudEvent({ sessionId: '536414', action: 'view' }))).toMatchObject({
      subject: 'session:536414',
      kind: 'session',
    });
  });

  it.each([
    ['is missing', {}],
    ['lies after the hub took the event', { time: '2099-01-01T00:00:00Z' }],
  ])('takes the time of the hub when the event time %s', (_, envelope) => {
    expect(decode(cloudEvent({ userId: 'u', action: 'view' }, envelope))).toMatchObject({ time: ENQUEUED_AT });
  });

  it('tells events apart by source and id together', () => {
    const digest = (envelope: object) => decode(cloudEvent({ userId: 'u', action: 'view' }, envelope));
    expect(digest({ source: '/a' })).toEqual(digest({ source: '/a' }));
    expect(digest({ source: '/a' })).not.toEqual(digest({ source: '/b' }));
    expect(digest({ id: 'e1' })).not.toEqual(digest({ id: 'e2' }));
  });

  it.each([
    ['half a document', '{"specversion":', 'not-json', /JSON/],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'not-json', /not valid/],
    ['an empty body', '', 'not-json', /JSON/],
    ['a number', '42', 'not-an-interaction', '/ must be object'],
    [
      'another type',
      cloudEvent({ userId: 'u', action: 'view' }, { type: 'x' }),
      'not-an-interaction',
      '/type must be equal to constant',
    ],
    [
      'neither user nor session',
      cloudEvent({ action: 'view' }),
      'not-an-interaction',
      "/data must have required property 'userId'",
    ],
    [
      'a negative quantity',
      cloudEvent({ userId: 'u', action: 'view', quantity: -1 }),
      'not-an-interaction',
      '/data/quantity must be > 0',
    ],
    [
      'an action in capitals',
      cloudEvent({ userId: 'u', action: 'VIEW' }),
      'not-an-interaction',
      /^\/data\/action must match/,
    ],
    [
      'half a surrogate pair',
      cloudEvent({ userId: '\ud800', action: 'view' }),
      'not-an-interaction',
      `/data/userId ${IDENTIFIER_RULE}`,
    ],
    [
      'a user id that makes no document id',
      cloudEvent({ userId: '你'.repeat(128), action: 'view' }),
      'not-an-interaction',
      `/data/userId ${IDENTIFIER_RULE}`,
    ],
    [
      'an item id that makes no document id',
      cloudEvent({ userId: 'u', itemId: '你'.repeat(112), action: 'view' }),
      'not-an-interaction',
      `/data/itemId ${IDENTIFIER_RULE}`,
    ],
    [
      'a huge event',
      cloudEvent({ userId: 'u', action: 'view' }, { x: 'y'.repeat(EVENT_LIMITS.eventBytes) }),
      'too-large',
      /has 65\d+ bytes, at most 65536/,
    ],
  ])('calls %s poison', (_, body, reason, detail) => {
    const text = detail instanceof RegExp ? expect.stringMatching(detail) : detail;
    expect(decode(body)).toEqual({ reason, detail: text });
  });
});
