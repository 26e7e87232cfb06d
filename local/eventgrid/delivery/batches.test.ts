import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SubscriptionDefinition } from '../model.ts';
import type { Delivery } from '../store/deliveries.ts';
import { toBatches } from './batches.ts';

const subscription: SubscriptionDefinition = {
  topic: 'orders',
  name: 'hook',
  destination: { type: 'WebHook', url: 'http://localhost/' },
  deliveryAttributeMappings: [{ name: 'key', type: 'Dynamic', sourceField: 'data.key' }],
};

const delivery = fc.record({
  key: fc.constantFrom('a', 'b', 'c'),
  bytes: fc.integer({ min: 1, max: 40 }),
});

describe('toBatches', () => {
  it('puts every delivery into exactly one batch, within the limits, never mixing keys', () => {
    fc.assert(
      fc.property(fc.array(delivery, { maxLength: 60 }), fc.integer({ min: 1, max: 7 }), (made, maxEvents) => {
        const due = made.map(({ key, bytes }, id): Delivery => ({
          id,
          event: { schema: 'CloudEventSchemaV1_0', body: { data: { key } } },
          eventRow: id,
          bytes,
          published: 0,
          attempts: 0,
        }));
        const batches = toBatches({
          due,
          subscription,
          schema: 'CloudEventSchemaV1_0',
          destination: { maxEvents, maxBytes: 30, batchKey: ({ attributes }) => attributes.key ?? '' },
        });
        const ids = batches.flat().map(({ delivery: { id } }) => id);
        expect(ids.toSorted((a, b) => a - b)).toEqual(due.map(({ id }) => id));
        for (const batch of batches) {
          expect(batch.length).toBeLessThanOrEqual(maxEvents);
          expect(new Set(batch.map(({ outgoing }) => outgoing.attributes.key)).size).toBe(1);
          const bytes = batch.reduce((sum, one) => sum + one.delivery.bytes, 0);
          if (batch.length > 1) expect(bytes).toBeLessThanOrEqual(30);
        }
      }),
    );
  });
});
