import { partitionMemory } from '../partitionMemory.ts';
import { InteractionProcessor } from '../interactionProcessor.ts';
import type { HubBatch, ProfileStore, SignalStore } from '../ports.ts';
import { defaultRetryPolicy } from '../../stores/retry.ts';

/**
 * CPU time of the ingest core per event, without stores: `node runtime/functions/ingest/testing/ingestCost.ts [users]`.
 * Batches of 1000 events of 500 bytes, spread evenly over the users; the more users, the more profiles per batch.
 */

const BATCH = 1000;
const WARM_UP = 20;
const MEASURED = 150;
const ITEMS = 4000;

/** Takes everything at once and keeps nothing: what a profile was, the memory of the processor knows. */
function boundlessStores(): { profiles: ProfileStore; signals: SignalStore } {
  let etags = 0;
  const written = () => ({ etag: String(++etags) });
  return {
    profiles: { read: async () => new Map(), write: async (profiles) => profiles.map(written) },
    signals: { cursor: async () => undefined, commit: async () => written() },
  };
}

function batchFrom(first: number, users: number): HubBatch {
  const events = Array.from({ length: BATCH }, (_, index) => {
    const sequence = first + index;
    const data = {
      userId: `user-${(sequence * 7919) % users}`,
      itemId: `item-${(sequence * 104_729) % ITEMS}`,
      action: sequence % 3 === 0 ? 'purchase' : 'view',
      value: 2.5,
      quantity: 6,
      channel: 'web',
      location: 'United Kingdom',
    };
    const envelope = { specversion: '1.0', source: '/shop/web', type: 'attune.interaction.v1' };
    const event = {
      ...envelope,
      id: `event-${sequence}`,
      time: '2026-01-01T00:00:00Z',
      padding: 'x'.repeat(200),
      data,
    };
    return { body: Buffer.from(JSON.stringify(event)), sequence, offset: String(sequence), enqueuedAt: Date.now() };
  });
  return { hub: 'interactions', partition: '0', events };
}

const users = Number(process.argv[2] ?? 2000);
const weights: Record<string, number> = { purchase: 1, view: 0.3 };
const processor = new InteractionProcessor({
  ...boundlessStores(),
  deadLetters: { put: () => Promise.reject(new Error('every event of this measurement is valid')) },
  memory: partitionMemory(256 * 1024 * 1024),
  rules: { transitionWindow: 5, interest: (action) => weights[action] ?? 0 },
  retry: defaultRetryPolicy,
});
const batches = Array.from({ length: WARM_UP + MEASURED }, (_, index) => batchFrom(index * BATCH, users));
for (const batch of batches.slice(0, WARM_UP)) await processor.process(batch);
const before = process.cpuUsage();
for (const batch of batches.slice(WARM_UP)) await processor.process(batch);
const { user, system } = process.cpuUsage(before);
const perEvent = (user + system) / (MEASURED * BATCH);
console.log(
  `${perEvent.toFixed(1)} µs of CPU per event, ${users} users, ${batches[0]!.events[0]!.body.length}-byte events`,
);
