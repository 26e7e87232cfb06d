import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Interaction } from '../../contracts/events.ts';
import { idsNearTheLimits } from '../../contracts/testing/ids.ts';
import { decodeEvent } from '../../functions/ingest/decodeEvent.ts';
import { Problem } from '../http/problem.ts';
import { checkEvents } from './checkEvents.ts';

const NOW = '2026-01-01T00:00:00.000Z';

const anyIds: fc.Arbitrary<Interaction> = fc.record(
  { userId: idsNearTheLimits, sessionId: idsNearTheLimits, itemId: idsNearTheLimits, action: fc.constant('view') },
  { requiredKeys: ['action'] },
);

/** Ids that are fine, with everything else that an event may carry. */
const anythingElse: fc.Arbitrary<Interaction> = fc.record(
  {
    userId: fc.constant('anna'),
    action: fc.oneof(fc.constantFrom('view', 'add_to_cart', 'my.own-action_1'), fc.string()),
    value: fc.double(),
    quantity: fc.double({ min: 0 }),
    query: fc.string({ unit: 'binary', maxLength: 600 }),
    channel: idsNearTheLimits,
    location: idsNearTheLimits,
  },
  { requiredKeys: ['userId', 'action'] },
);

const envelopes = fc.record(
  {
    id: fc.oneof(fc.constant('e1'), idsNearTheLimits),
    source: fc.oneof(fc.constant('/shop'), fc.webUrl(), idsNearTheLimits),
    subject: fc.string({ unit: 'binary' }),
    time: fc.oneof(
      fc.constant(NOW),
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    ),
    datacontenttype: fc.constantFrom('application/json', 'application/json; charset=utf-8', 'text/plain'),
    traceparent: fc.oneof(fc.string({ unit: 'binary' }), fc.integer()),
  },
  { requiredKeys: ['id', 'source'] },
);

const events = (data: fc.Arbitrary<Interaction>, envelope: fc.Arbitrary<object>) =>
  fc.tuple(data, envelope).map(([interaction, attributes]) => {
    return { specversion: '1.0', type: 'attune.interaction.v1', ...attributes, data: interaction };
  });

/** What the API would send, or the paths that it refuses. */
function sentByApi(event: object): { body: Uint8Array } | { refused: string[] } {
  try {
    return { body: checkEvents([structuredClone(event)], NOW)[0]!.body };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    expect(error.status).toBe(400);
    return { refused: (error.details().errors ?? []).map(({ path }) => path) };
  }
}

const ingested = (body: Uint8Array) => decodeEvent({ body, sequence: 1, offset: '1', enqueuedAt: Date.parse(NOW) });

describe('the checks of the API and of ingest', () => {
  it('agree about ids: what the API takes is applied, what it refuses would be put aside', () => {
    const seen = { taken: 0, refused: 0 };
    const envelope = fc.constant({ id: 'e1', source: '/shop', time: NOW });
    fc.assert(
      fc.property(events(anyIds, envelope), (event) => {
        const sent = sentByApi(event);
        if ('body' in sent) {
          seen.taken += 1;
          expect(ingested(sent.body)).toHaveProperty('subject');
        } else {
          seen.refused += 1;
          expect(sent.refused.filter((path) => !/^\/data(\/(userId|sessionId|itemId))?$/.test(path))).toEqual([]);
          expect(sent.refused).not.toEqual([]);
          expect(ingested(Buffer.from(JSON.stringify(event)))).toMatchObject({ reason: 'not-an-interaction' });
        }
      }),
      { numRuns: 500 },
    );
    expect(seen.taken).toBeGreaterThan(20);
    expect(seen.refused).toBeGreaterThan(20);
  });

  it('agree about everything else: ingest puts nothing aside that the API has taken', () => {
    let taken = 0;
    fc.assert(
      fc.property(events(anythingElse, envelopes), (event) => {
        const sent = sentByApi(event);
        if (!('body' in sent)) return;
        taken += 1;
        expect(ingested(sent.body)).toHaveProperty('subject', 'user:anna');
      }),
      { numRuns: 500 },
    );
    expect(taken).toBeGreaterThan(20);
  });
});
