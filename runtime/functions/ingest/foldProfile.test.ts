import { describe, expect, it } from 'vitest';
import { PROFILE_LIMITS, type ProfileDocument } from '../../contracts/documents.ts';
import type { SubjectEvent } from './decodeEvent.ts';
import { foldProfile } from './foldProfile.ts';
import { TEST_RULES } from './testing/expectedEffects.ts';

function event(sequence: number, over: Partial<SubjectEvent> = {}): SubjectEvent {
  const digest = `d${String(sequence).padStart(7, '0')}`;
  return { subject: 'user:u', kind: 'user', sequence, time: 1000 + sequence, digest, action: 'view', ...over };
}

function fold(events: SubjectEvent[], profile?: ProfileDocument, partition = '0') {
  return foldProfile(profile, events, { partition, rules: TEST_RULES })!;
}

describe('foldProfile', () => {
  it('starts a profile and leaves the given one as it was', () => {
    const first = fold([event(0, { itemId: 'a', query: 'shoes', channel: 'web', location: 'FR' })]);
    const before = structuredClone(first);
    const second = fold([event(1, { itemId: 'b', action: 'purchase' })], first);
    expect(first).toEqual(before);
    expect(second).toMatchObject({
      id: 'user:u',
      kind: 'user',
      partition: '0',
      sequence: 1,
      events: 2,
      items: [
        ['a', 1, 1000, 1000],
        ['b', 1, 1001, 1001],
      ],
      history: [
        { item: 'a', action: 'view', time: 1000, sequence: 0 },
        { item: 'b', action: 'purchase', time: 1001, sequence: 1 },
      ],
      lastQuery: 'shoes',
      lastChannel: 'web',
      lastLocation: 'FR',
    });
    expect(second.ttl).toBeUndefined();
  });

  it('gives anonymous sessions 30 days', () => {
    expect(fold([event(0, { subject: 'session:s', kind: 'session' })]).ttl).toBe(30 * 24 * 3600);
  });

  it('returns the very profile when it contains every event', () => {
    const profile = fold([event(0), event(1)]);
    expect(fold([event(0), event(1)], profile)).toBe(profile);
  });

  it('skips a repeated id, and only a whole one', () => {
    const profile = fold([event(0, { digest: 'aaaabbbb' }), event(1, { digest: 'ccccdddd' })]);
    expect(fold([event(2, { digest: 'ccccdddd' })], profile)).toMatchObject({ events: 2, sequence: 2 });
    expect(fold([event(2, { digest: 'bbbbcccc' })], profile)).toMatchObject({ events: 3 });
  });

  it('takes a lower sequence number of another partition', () => {
    const profile = fold([event(10)]);
    expect(fold([event(3)], profile, '1')).toMatchObject({ partition: '1', sequence: 3, events: 2 });
  });

  it('keeps to the limits of a profile', () => {
    const many = PROFILE_LIMITS.recentIds + 10;
    const profile = fold(Array.from({ length: many }, (_, index) => event(index, { itemId: `i${index}` })));
    expect(profile.history).toHaveLength(PROFILE_LIMITS.history);
    expect(profile.history.at(-1)?.item).toBe(`i${many - 1}`);
    expect(profile.items).toHaveLength(PROFILE_LIMITS.items);
    expect(profile.items[0]?.[0]).toBe(`i${many - PROFILE_LIMITS.items}`);
    expect(profile.recentIds).toHaveLength(PROFILE_LIMITS.recentIds * 8);
    expect(profile.recentIds.startsWith('d0000010')).toBe(true);
  });

  it('hides a dismissed item until it is wanted again', () => {
    const dismissed = fold([
      event(0, { itemId: 'a', action: 'dismiss' }),
      event(1, { itemId: 'a', action: 'dismiss' }),
    ]);
    expect(dismissed).toMatchObject({ hidden: ['a'], items: [] });
    expect(fold([event(2, { itemId: 'a', action: 'return' })], dismissed).hidden).toEqual(['a']);
    expect(fold([event(2, { itemId: 'a', action: 'purchase' })], dismissed).hidden).toEqual([]);
  });

  it('keeps the first and the last time of an item even when events come late', () => {
    const profile = fold([
      event(0, { itemId: 'a', time: 500 }),
      event(1, { itemId: 'a', time: 900 }),
      event(2, { itemId: 'a', time: 100 }),
    ]);
    expect(profile.items).toEqual([['a', 3, 100, 900]]);
  });
});
