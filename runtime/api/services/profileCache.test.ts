import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ProfileDocument } from '../../contracts/documents.ts';
import { toProfile, type Profile } from './profile.ts';
import { ProfileCache, type ProfileCacheOptions } from './profileCache.ts';

function document(subject: string, items: string[], overrides: Partial<ProfileDocument> = {}): ProfileDocument {
  return {
    id: subject,
    subject,
    kind: 'user',
    partition: '0',
    sequence: items.length,
    history: items.map((item, index) => ({ item, action: 'view', time: index, sequence: index })),
    items: [],
    hidden: [],
    recentIds: '',
    events: items.length,
    ...overrides,
  };
}

/** A store in memory with a change feed that the test fills. */
function store(options: Partial<ProfileCacheOptions> = {}) {
  const documents = new Map<string, ProfileDocument>();
  let changes: ProfileDocument[] = [];
  const state = { reads: [] as string[], feeds: 0, errors: [] as unknown[], now: 0 };
  const cache = new ProfileCache({
    read: async (subject) => {
      state.reads.push(subject);
      return documents.get(subject);
    },
    openFeed: () => {
      state.feeds += 1;
      return {
        read: async () => {
          const page = changes;
          changes = [];
          return page;
        },
      };
    },
    onError: (error) => state.errors.push(error),
    now: () => state.now,
    ...options,
  });
  const write = (...written: ProfileDocument[]) => {
    for (const profile of written) documents.set(profile.id, profile);
    if (state.feeds > 0) changes.push(...written);
  };
  return { cache, state, write };
}

const historyOf = (profile: unknown) => (profile as Profile).history.map(({ item }) => item);

afterEach(() => {
  vi.useRealTimers();
});

describe('ProfileCache', () => {
  it('reads a profile once and then answers at once', async () => {
    const { cache, state, write } = store();
    write(document('user:1', ['a', 'b']));
    const both = await Promise.all([cache.get('user:1'), cache.get('user:1')]);
    expect(both.map(historyOf)).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(historyOf(cache.get('user:1'))).toEqual(['a', 'b']);
    expect(await cache.get('user:2')).toBe('absent');
    expect(cache.get('user:2')).toBe('absent');
    expect(state.reads).toEqual(['user:1', 'user:2']);
    cache.close();
  });

  it('follows the changes of cached subjects alone, also of those that did not exist', async () => {
    vi.useFakeTimers();
    const { cache, state, write } = store();
    write(document('user:1', ['a']));
    await cache.get('user:1');
    await cache.get('user:2');
    write(document('user:1', ['a', 'b']), document('user:2', ['c']), document('user:3', ['d']));
    await vi.advanceTimersByTimeAsync(300);
    expect(historyOf(cache.get('user:1'))).toEqual(['a', 'b']);
    expect(historyOf(cache.get('user:2'))).toEqual(['c']);
    expect(cache.size).toBe(2);
    expect(state.reads).toEqual(['user:1', 'user:2']);
    cache.close();
  });

  it('keeps the change that arrives while an older version is being read', async () => {
    vi.useFakeTimers();
    let answer = (_: ProfileDocument) => {};
    const read = () => new Promise<ProfileDocument>((resolve) => (answer = resolve));
    const { cache, write } = store({ read });
    const lookup = cache.get('user:1');
    await vi.advanceTimersByTimeAsync(10);
    write(document('user:1', ['a', 'b']));
    await vi.advanceTimersByTimeAsync(300);
    answer(document('user:1', ['a']));
    expect(historyOf(await lookup)).toEqual(['a', 'b']);
    expect(historyOf(cache.get('user:1'))).toEqual(['a', 'b']);
    cache.close();
  });

  it('answers unavailable while the store is away, without asking it each time, and recovers', async () => {
    let away = true;
    const reads: string[] = [];
    const { cache, state } = store({
      read: async (subject) => {
        reads.push(subject);
        if (away) throw new Error('store away');
        return document(subject, ['a']);
      },
    });
    expect(await cache.get('user:1')).toBe('unavailable');
    expect(await cache.get('user:1')).toBe('unavailable');
    expect(reads).toEqual(['user:1']);
    expect(state.errors).toHaveLength(1);
    away = false;
    state.now += 1_000;
    expect(historyOf(await cache.get('user:1'))).toEqual(['a']);
    cache.close();
  });

  it('answers unavailable when the store does not answer in time', async () => {
    vi.useFakeTimers();
    const { cache, state } = store({ read: () => new Promise(() => {}) });
    const lookup = cache.get('user:1');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await lookup).toBe('unavailable');
    expect(String(state.errors[0])).toContain('no answer in 1000 ms');
    cache.close();
  });

  it('leaves the change feed alone until somebody asks, and again when nobody does', async () => {
    const { cache, state, write } = store();
    expect(state.feeds).toBe(0);
    write(document('user:1', ['a']));
    await cache.get('user:1');
    expect(state.feeds).toBe(1);
    cache.rest();
    expect(cache.size).toBe(1);
    state.now += 11 * 60_000;
    cache.rest();
    expect(cache.size).toBe(0);
    await cache.get('user:1');
    expect(state.feeds).toBe(2);
    cache.close();
  });
});

describe('toProfile', () => {
  it('unites the items of history and tallies, and leaves out entries without an item', () => {
    const profile = toProfile(
      document('user:1', ['b', '', 'c'], {
        items: [
          ['a', 1, 0, 0],
          ['b', 2, 0, 0],
        ],
        hidden: ['h'],
      }),
    );
    expect(profile.seen).toEqual(['a', 'b', 'c']);
    expect(historyOf(profile)).toEqual(['b', 'c']);
    expect(profile.hidden).toEqual(['h']);
  });
});
