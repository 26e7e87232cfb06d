import { describe, expect, it } from 'vitest';
import { hashPartitionKey, partitionKeyOf, partitionOf } from './partitionKey.ts';

describe('hashPartitionKey', () => {
  it.each([
    ['a', -16220, 0, 28],
    ['pk-1', -23265, 1, 1],
    ['alphabet', -23478, 2, 22],
    ['TestKey', 11417, 1, 25],
  ])('gives %j the hash and the partitions that Event Hubs gives it', (key, hash, ofFour, ofThirtyTwo) => {
    expect(hashPartitionKey(key)).toBe(hash);
    expect(partitionOf(key, 4)).toBe(ofFour);
    expect(partitionOf(key, 32)).toBe(ofThirtyTwo);
  });

  it('takes keys of every length, also beyond its scratch space', () => {
    const partitions = Array.from({ length: 400 }, (_, length) => partitionOf('ü'.repeat(length), 4));
    expect(new Set(partitions)).toEqual(new Set([0, 1, 2, 3]));
  });
});

describe('partitionKeyOf', () => {
  it('prefers the user to the session', () => {
    expect(partitionKeyOf({ action: 'view', userId: 'u', sessionId: 's' })).toBe('u');
    expect(partitionKeyOf({ action: 'view', sessionId: 's' })).toBe('s');
  });
});
