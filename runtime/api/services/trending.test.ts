import { afterEach, describe, expect, it } from 'vitest';
import type { DeltaDocument, SignalDocument } from '../../contracts/documents.ts';
import { DecayedCounts } from '../../scoring/popularity.ts';
import { MemoryStore } from '../testing/memoryStore.ts';
import { Trending, type PopularitySnapshot } from './trending.ts';

const DAY = 24 * 3_600_000;
const NOW = 100 * DAY;
const open: Trending[] = [];

function trendingOver(store: MemoryStore<SignalDocument>, readSnapshots: () => Promise<PopularitySnapshot[]>) {
  const errors: unknown[] = [];
  const trending = new Trending({
    readSnapshots,
    openFeed: () => store.feed('beginning'),
    halfLifeMs: DAY,
    onError: (error) => errors.push(error),
  });
  open.push(trending);
  return { trending, errors };
}

function delta(partition: string, from: number, popularity: Record<string, number>, time = NOW): DeltaDocument {
  const id = `${partition}/${from}`;
  return { id, partition, kind: 'delta', from, to: from + 9, time, popularity, transitions: {}, ttl: 1 };
}

afterEach(() => {
  for (const trending of open.splice(0)) trending.close();
});

describe('Trending', () => {
  it('adds what came after the snapshot, and nothing twice', async () => {
    const counted = new DecayedCounts(DAY);
    counted.add('mug', 5, NOW);
    const store = new MemoryStore<SignalDocument>();
    await store.write(delta('interactions-0', 0, { mug: 5 }));
    await store.write(delta('interactions-0', 10, { mug: 2, plate: 1 }));
    await store.write(delta('interactions-1', 0, { mug: 1 }));
    const cursor = { ...delta('interactions-0', 0, {}), id: 'cursor', kind: 'cursor' } as unknown as SignalDocument;
    await store.write(cursor);
    const snapshots = [{ partition: 'interactions-0', cursor: 9, counts: counted.toJSON() }];
    const { trending } = trendingOver(store, async () => snapshots);

    await expect.poll(() => trending.value('mug', NOW)).toBeCloseTo(8, 9);
    expect(trending.value('plate', NOW)).toBeCloseTo(1, 9);
    expect(trending.value('mug', NOW + DAY)).toBeCloseTo(4, 9);
    expect(trending.top(1)).toEqual(['mug']);
    const before = trending.version;
    await store.write(delta('interactions-1', 10, { plate: 20 }));
    await expect.poll(() => trending.top(1)).toEqual(['plate']);
    expect(trending.version).toBeGreaterThan(before);
  });

  it('unites the snapshots of all partitions', async () => {
    const parts = ['interactions-0', 'interactions-1'].map((partition, index) => {
      const counts = new DecayedCounts(DAY);
      counts.add('mug', 1, NOW - index * DAY);
      return { partition, cursor: 0, counts: counts.toJSON() };
    });
    const { trending } = trendingOver(new MemoryStore(), async () => parts);
    await expect.poll(() => trending.value('mug', NOW)).toBeCloseTo(1.5, 9);
  });

  it('reads anew when the learner has removed what it has not seen yet, and accepts a gap of the hub', async () => {
    const store = new MemoryStore<SignalDocument>();
    await store.write(delta('interactions-0', 10, { mug: 1 }));
    const learned = new DecayedCounts(DAY);
    learned.add('mug', 4, NOW);
    const snapshots = [[], [{ partition: 'interactions-0', cursor: 9, counts: learned.toJSON() }]];
    const { trending } = trendingOver(store, async () => snapshots.shift()!);
    await expect.poll(() => trending.value('mug', NOW)).toBeCloseTo(5, 9);
    await store.write(delta('interactions-0', 50, { mug: 1 }));
    await expect.poll(() => trending.value('mug', NOW), { timeout: 5_000 }).toBeCloseTo(6, 9);
  });

  it('waits for a store that is away at the start', async () => {
    const store = new MemoryStore<SignalDocument>();
    await store.write(delta('interactions-0', 0, { mug: 1 }));
    let attempts = 0;
    const { trending, errors } = trendingOver(store, async () => {
      attempts += 1;
      if (attempts === 1) throw new Error('away');
      return [];
    });
    await expect.poll(() => trending.value('mug', NOW), { timeout: 5_000 }).toBe(1);
    expect(errors).toHaveLength(1);
  });
});
