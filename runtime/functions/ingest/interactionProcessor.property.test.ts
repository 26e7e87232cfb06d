import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CursorDocument, ProfileDocument } from '../../contracts/documents.ts';
import { batchOf, deliver, deliveries, processorOver, type Sabotage } from './testing/delivery.ts';
import { eventLogs, PARTITIONS, type EventLog } from './testing/eventLog.ts';
import { expectedEffects, type Effects } from './testing/expectedEffects.ts';
import { MemoryStores } from './testing/memoryStores.ts';
import { observedEffects } from './testing/observedEffects.ts';

/** Sums of thirds differ in the last bit with the order of adding. */
function rounded(effects: Effects): Effects {
  const round = (sums: Record<string, number>) =>
    Object.fromEntries(Object.entries(sums).map(([key, sum]) => [key, Math.round(sum * 1e9) / 1e9]));
  return { ...effects, popularity: round(effects.popularity), transitions: round(effects.transitions) };
}

function expectExactlyOnce(log: EventLog, stores: MemoryStores): void {
  expect(rounded(observedEffects(stores, PARTITIONS))).toEqual(rounded(expectedEffects(log)));
  for (const [partition, events] of log.entries()) {
    const deltas = stores.deltasOf(`interactions-${partition}`);
    const covered = deltas.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, index) => from + index));
    expect(covered).toEqual(events.map((_, sequence) => sequence));
  }
}

/** Without the order within a subject: several partitions may hold events of one. */
function expectOnceInAnyOrder(log: EventLog, stores: MemoryStores): void {
  const unordered = ({ totals, letters, popularity, profiles }: Effects) => ({
    totals,
    letters,
    popularity,
    profiles: Object.entries(profiles)
      .map(([subject, { events, items, history }]) => ({ subject, events, items, history: [...history].sort() }))
      .sort((a, b) => (a.subject < b.subject ? -1 : 1)),
  });
  expect(unordered(observedEffects(stores, PARTITIONS))).toEqual(unordered(expectedEffects(log)));
}

/** Same id in two partitions: only the partition that its key leads to may hold it. */
function idsOfOnePartition(log: EventLog): EventLog {
  return log.map((events, partition) => events.map((event) => ({ ...event, id: `${partition}-${event.id}` })));
}

async function raceOver(log: EventLog, sizes: [number, number], scheduler: fc.Scheduler, sabotage: Sabotage = {}) {
  const stores = new MemoryStores();
  const run = async (size: number) => {
    const processor = processorOver(
      stores,
      (call, when) => scheduler.schedule(Promise.resolve(), `${when} ${call}`),
      sabotage,
    );
    for (const partition of log.keys()) {
      for (let from = 0; from < log[partition]!.length; from += size) {
        await processor.process(batchOf(log, partition, from, size));
      }
    }
  };
  await scheduler.waitFor(Promise.all(sizes.map(run)));
  return stores;
}

const oneDelivery = (keyed: boolean, check: (log: EventLog, stores: MemoryStores) => void, sabotage?: Sabotage) =>
  fc.asyncProperty(eventLogs({ keyed }).map(idsOfOnePartition), deliveries, async (log, steps) => {
    const stores = new MemoryStores();
    await deliver(log, steps, stores, sabotage);
    check(log, stores);
  });

const race = (sabotage?: Sabotage) =>
  fc.asyncProperty(
    eventLogs({ keyed: true }),
    fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
    fc.scheduler(),
    async (log, sizes, scheduler) => expectExactlyOnce(log, await raceOver(log, sizes, scheduler, sabotage)),
  );

describe('InteractionProcessor', () => {
  it('has each effect once and in order under duplicates, redelivery, outages and crashes', async () => {
    await fc.assert(oneDelivery(true, expectExactlyOnce), { numRuns: 400 });
  });

  it('has each effect once when the events of a subject come from several partitions', async () => {
    await fc.assert(oneDelivery(false, expectOnceInAnyOrder), { numRuns: 300 });
  });

  it('has each effect once when two instances work on the same partition at once', async () => {
    await fc.assert(race(), { numRuns: 200 });
  });
});

/** The property failed because of what the stores held, not because something else went wrong. */
function expectNoticed(result: { failed: boolean; errorInstance: unknown }): void {
  expect(result.failed).toBe(true);
  expect(result.errorInstance).toHaveProperty('name', 'AssertionError');
}

/** Each takes one guard away; the property must notice, or it would prove nothing. */
describe('the properties fail when', () => {
  const withProfiles = (change: (profile: ProfileDocument) => ProfileDocument): Sabotage => ({
    ports: (ports) => {
      const { read } = ports.profiles;
      ports.profiles.read = async (subjects) =>
        new Map(Array.from(await read(subjects), ([subject, profile]) => [subject, change(profile)]));
      return ports;
    },
  });
  const withCursor = (change: (cursor: CursorDocument) => CursorDocument): Sabotage => ({
    ports: (ports) => {
      const { cursor } = ports.signals;
      ports.signals.cursor = async (partition) => {
        const stored = await cursor(partition);
        return stored && change(stored);
      };
      return ports;
    },
  });

  const overlappingDeltas = (): Sabotage => ({
    ports: (ports) => {
      withCursor((cursor) => ({ ...cursor, sequence: -1 })).ports?.(ports);
      const { commit } = ports.signals;
      let deltas = 0;
      ports.signals.commit = (cursor, delta) => commit(cursor, delta && { ...delta, id: `${delta.id}-${deltas++}` });
      return ports;
    },
  });

  const broken: [string, Sabotage][] = [
    ['the checkpoint moves before the effects are written', { checkpointEarly: true }],
    ['the cursor forgets its position and a delta takes any id', overlappingDeltas()],
    ['profiles forget what they contain', withProfiles((profile) => ({ ...profile, sequence: -1, recentIds: '' }))],
    ['profiles forget the ids of events', withProfiles((profile) => ({ ...profile, recentIds: '' }))],
  ];
  it.each(broken)('%s', async (_, sabotage) => {
    const result = await fc.check(oneDelivery(true, expectExactlyOnce, sabotage), {
      numRuns: 2000,
      endOnFailure: true,
    });
    expectNoticed(result);
  });

  it('a racing commit ignores the ETag of the cursor', async () => {
    const blind = withCursor((cursor) => cursor);
    const sabotage: Sabotage = {
      ports: (ports) => {
        const { commit } = ports.signals;
        ports.signals.commit = async (cursor, delta) => {
          const answer = await commit(cursor, delta);
          return answer === 'conflict' ? { etag: cursor._etag ?? '' } : answer;
        };
        return blind.ports!(ports);
      },
    };
    const result = await fc.check(race(sabotage), { numRuns: 500, endOnFailure: true });
    expectNoticed(result);
  });
});
