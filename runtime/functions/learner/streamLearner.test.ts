import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeltaDocument } from '../../contracts/documents.ts';
import { deltaId } from '../ingest/delta.ts';
import { readLearned } from './learned.ts';
import { withHalfLife } from './learnerState.ts';
import { StreamLearner, type SnapshotPolicy } from './streamLearner.ts';
import { MemoryLearnerStores } from './testing/memoryLearnerStores.ts';
import { TransitionTable } from '../../scoring/transitions.ts';

const TIME = Date.UTC(2026, 0, 1);
const PARTITIONS = ['interactions-0', 'interactions-1'];

/** Delta number `index` of a partition: three sequence numbers, one view and one transition of weight 1. */
function deltaOf(partition: string, index: number): DeltaDocument {
  const from = index * 3;
  return {
    id: deltaId(from),
    partition,
    kind: 'delta',
    from,
    to: from + 2,
    time: TIME,
    popularity: { [`i${index % 4}`]: 1 },
    transitions: { a: [[`i${index % 4}`, 1]] },
    ttl: 1,
  };
}

function learnerOver(stores: MemoryLearnerStores, policy: Partial<SnapshotPolicy> = {}, now = () => TIME) {
  const { snapshots, deltas } = stores;
  return new StreamLearner({
    snapshots,
    deltas,
    policy: { everyMs: 0, timeShare: 1, targetsPerItem: 100, ...policy },
    now,
  });
}

/** Every delta once: counts per item, over all partitions. */
function expected(stores: MemoryLearnerStores): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { popularity } of stores.written) {
    for (const [item, count] of Object.entries(popularity)) counts[item] = (counts[item] ?? 0) + count;
  }
  return counts;
}

async function learned(stores: Pick<MemoryLearnerStores, 'snapshots' | 'deltas'>) {
  const { transitions, popularity, cursors } = await readLearned(stores, 30);
  const rounded = (pairs: [string, number][]) =>
    Object.fromEntries(pairs.map(([item, weight]) => [item, Math.round(weight * 1e6) / 1e6]));
  return { transitions: rounded(transitions.neighbours('a', 10)), popularity: rounded(popularity.top(10)), cursors };
}

/** Ingest writes one delta, the feed delivers some (again, late, out of order), an instance ends, or a timer flushes. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('write' as const), lane: fc.nat(1) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('deliver' as const),
      instance: fc.nat(1),
      ages: fc.array(fc.nat(7), { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), instance: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('flush' as const), instance: fc.nat(1) }) },
);

/** The stores lead to what was written at every moment, however it was learned; `sabotage` breaks something first. */
const learnedOnce = (sabotage: (stores: MemoryLearnerStores) => void = () => undefined) =>
  fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.nat(50), async (steps, everyMs) => {
    const stores = new MemoryLearnerStores();
    const intact = { snapshots: stores.snapshots, deltas: { ...stores.deltas } };
    sabotage(stores);
    let clock = TIME;
    const start = () => learnerOver(stores, { everyMs }, () => (clock += 10));
    const instances = [start(), start()];
    for (const each of steps) {
      if (each.kind === 'write') {
        const partition = PARTITIONS[each.lane]!;
        const index = stores.written.filter((delta) => delta.partition === partition).length;
        stores.written.push(deltaOf(partition, index));
      } else if (each.kind === 'deliver') {
        const picked = each.ages.map((age) => stores.written.at(-1 - age)).filter((delta) => delta !== undefined);
        await instances[each.instance]!.learn(picked.map((delta) => structuredClone(delta)));
      } else if (each.kind === 'restart') instances[each.instance] = start();
      else await instances[each.instance]!.flush();
      const counts = expected(stores);
      expect(await learned(intact)).toMatchObject({ transitions: counts, popularity: counts });
    }
  });

describe('StreamLearner', () => {
  it('learns each delta once, whatever the feed delivers and whoever learns', async () => {
    await fc.assert(learnedOnce(), { numRuns: 200 });
  });

  it.each<[string, (stores: MemoryLearnerStores) => void]>([
    [
      'only the newest of the missed deltas is read',
      ({ deltas }) => {
        const { after } = deltas;
        deltas.after = async function* (partition, sequence) {
          let newest: DeltaDocument | undefined;
          for await (const delta of after(partition, sequence)) newest = delta;
          if (newest) yield newest;
        };
      },
    ],
    [
      'deltas go that no snapshot contains',
      ({ deltas }) => {
        const { removeUpTo } = deltas;
        deltas.removeUpTo = (partition, sequence) => removeUpTo(partition, sequence + 9);
      },
    ],
  ])('is seen to fail when %s', async (_, sabotage) => {
    const result = await fc.check(learnedOnce(sabotage), { numRuns: 3000, endOnFailure: true });
    expect(result.errorInstance).toHaveProperty('name', 'AssertionError');
  });

  it('learns each delta once when two instances learn at the same time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const stores = new MemoryLearnerStores();
        for (let index = 0; index < 8; index++) stores.written.push(deltaOf(PARTITIONS[0]!, index));
        stores.gate = (call) => scheduler.schedule(Promise.resolve(), call);
        const run = async (learner: StreamLearner) => {
          for (const delta of stores.written) await learner.learn([delta]);
          await learner.flush();
        };
        await scheduler.waitFor(Promise.all([run(learnerOver(stores)), run(learnerOver(stores))]));
        stores.gate = async () => undefined;
        expect((await learned(stores)).popularity).toEqual(expected(stores));
      }),
      { numRuns: 100 },
    );
  });

  it('writes not more often than the policy allows, and keeps the deltas of the last snapshot', async () => {
    const stores = new MemoryLearnerStores();
    let clock = TIME;
    const learner = learnerOver(stores, { everyMs: 1000 }, () => clock);
    const learnNext = async () => {
      stores.written.push(deltaOf(PARTITIONS[0]!, stores.written.length));
      await learner.learn([stores.written.at(-1)!]);
      return stores.stored.get(PARTITIONS[0]!)?.popularity.etag;
    };
    expect(await learnNext()).toBeUndefined();
    clock += 1000;
    const first = await learnNext();
    expect(first).toBeDefined();
    expect(await learnNext()).toBe(first);
    expect(stores.removed).toBe(0);
    clock += 1000;
    expect(await learnNext()).not.toBe(first);
    expect(stores.removed).toBe(2);
  });

  it('reads the stored state again after its own could not be written', async () => {
    const stores = new MemoryLearnerStores();
    const learner = learnerOver(stores);
    stores.written.push(deltaOf(PARTITIONS[0]!, 0));
    stores.gate = async (call) => {
      if (call === 'write snapshot') throw new Error('storage is away');
    };
    await expect(learner.learn([stores.written[0]!])).rejects.toThrow('storage is away');
    stores.gate = async () => undefined;
    await learner.learn([stores.written[0]!]);
    expect(stores.stored.get(PARTITIONS[0]!)).toBeDefined();
    expect((await learned(stores)).popularity).toEqual({ i0: 1 });
  });
});

describe('withHalfLife', () => {
  it('keeps what transitions are worth at their latest event', () => {
    const table = new TransitionTable(10);
    table.add('a', 'b', 1, TIME);
    table.add('a', 'c', 1, TIME - 10 * 86_400_000);
    const changed = withHalfLife(table, 20);
    expect(changed.toJSON().decay.halfLifeMs).toBe(20 * 86_400_000);
    expect(changed.neighbours('a', 5)).toEqual([
      ['b', 1],
      ['c', 0.5],
    ]);
    expect(withHalfLife(table, 10)).toBe(table);
  });
});
