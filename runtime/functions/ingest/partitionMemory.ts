import { LRUCache } from 'lru-cache';
import type { CursorDocument, ProfileDocument } from '../../contracts/documents.ts';

/** Profiles and cursors that this instance read or wrote last, each with its ETag. */
export interface PartitionMemory {
  cursor(partition: string): CursorDocument | undefined;
  keepCursor(cursor: CursorDocument): void;
  profile(partition: string, subject: string): ProfileDocument | undefined;
  keepProfile(partition: string, profile: ProfileDocument): void;
  forgetProfile(partition: string, subject: string): void;
  /** Forgets the partition's cursor and all of its profiles. */
  forget(partition: string): void;
}

/**
 * An instance that owns a partition is normally the only writer of its profiles, so what it wrote last need not be read
 * again. The proof is the cursor: as long as its ETag is the remembered one, no other instance has taken further events
 * of the partition. Whoever finds it changed must `forget` the partition.
 *
 * `bytes` bounds the memory of the profiles; the least recently used go first.
 */
export function partitionMemory(bytes: number): PartitionMemory {
  const cursors = new Map<string, CursorDocument>();
  const generations = new Map<string, number>();
  const profiles = new LRUCache<string, ProfileDocument>({ maxSize: bytes, sizeCalculation: sizeInMemory });
  const key = (partition: string, subject: string) => `${partition}#${generations.get(partition) ?? 0}#${subject}`;
  return {
    cursor: (partition) => cursors.get(partition),
    keepCursor: (cursor) => void cursors.set(cursor.partition, cursor),
    profile: (partition, subject) => profiles.get(key(partition, subject)),
    keepProfile: (partition, profile) => void profiles.set(key(partition, profile.subject), profile),
    forgetProfile: (partition, subject) => void profiles.delete(key(partition, subject)),
    forget(partition) {
      cursors.delete(partition);
      generations.set(partition, (generations.get(partition) ?? 0) + 1);
    },
  };
}

/** Rough bytes on the heap: an entry of the history or of the items is a small object or array with two to four values. */
function sizeInMemory(profile: ProfileDocument): number {
  return 1000 + 120 * (profile.history.length + profile.items.length) + profile.recentIds.length;
}
