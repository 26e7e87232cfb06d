import { describe, expect, it } from 'vitest';
import type { ProfileDocument } from '../../contracts/documents.ts';
import { partitionMemory } from './partitionMemory.ts';

function profileOf(subject: string): ProfileDocument {
  const empty = { history: [], items: [], hidden: [], recentIds: '', events: 0 };
  return { id: subject, subject, kind: 'user', partition: '0', sequence: 0, ...empty };
}

describe('partitionMemory', () => {
  it('keeps profiles by partition, the most recently used within its bytes', () => {
    const memory = partitionMemory(2500);
    memory.keepProfile('p0', profileOf('a'));
    memory.keepProfile('p1', profileOf('a'));
    memory.profile('p0', 'a');
    memory.keepProfile('p0', profileOf('b'));
    expect(memory.profile('p0', 'a')).toBeDefined();
    expect(memory.profile('p0', 'b')).toBeDefined();
    expect(memory.profile('p1', 'a')).toBeUndefined();
  });

  it('forgets all of a partition, and nothing of another', () => {
    const memory = partitionMemory(1_000_000);
    for (const partition of ['p0', 'p1']) {
      const totals = { applied: 0, duplicates: 0, deadLettered: {} };
      memory.keepCursor({ id: 'cursor', kind: 'cursor', partition, sequence: 1, ...totals });
      memory.keepProfile(partition, profileOf('a'));
    }
    memory.forget('p0');
    expect([memory.cursor('p0'), memory.profile('p0', 'a')]).toEqual([undefined, undefined]);
    expect(memory.cursor('p1')).toBeDefined();
    expect(memory.profile('p1', 'a')).toBeDefined();
    memory.keepProfile('p0', profileOf('b'));
    expect(memory.profile('p0', 'b')).toBeDefined();
  });
});
