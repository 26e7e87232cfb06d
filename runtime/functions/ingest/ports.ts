import type { CursorDocument, DeadLetter, DeltaDocument, ProfileDocument } from '../../contracts/documents.ts';

/** One event as the hub delivered it. */
export interface HubEvent {
  body: Uint8Array;
  /** Grows by one per event within a partition. */
  sequence: number;
  offset: string;
  /** When the hub took it, ms since 1970. */
  enqueuedAt: number;
}

/** Events of one hub partition, in order of their sequence numbers. */
export interface HubBatch {
  hub: string;
  partition: string;
  events: readonly HubEvent[];
}

/**
 * What became of one profile: written (with its new ETag), not written because another writer was there first, not
 * written because the store was busy, or refused for good with the store's reason.
 */
export type ProfileWrite =
  { etag: string } | { conflict: true } | { busy: true; retryAfterMs?: number } | { refused: string };

export interface ProfileStore {
  /** The profiles that exist, by subject, with their ETags. Throws `TransientStoreError`. */
  read(subjects: readonly string[]): Promise<Map<string, ProfileDocument>>;
  /**
   * Writes each profile whose `_etag` is still the stored one, or that is not stored yet when it has none. One answer per
   * profile, in order. Throws `TransientStoreError` when it is not known what was written.
   */
  write(profiles: readonly ProfileDocument[]): Promise<ProfileWrite[]>;
}

export interface SignalStore {
  /** The cursor of a hub partition (`<hub>-<partition>`). Throws `TransientStoreError`. */
  cursor(partition: string): Promise<CursorDocument | undefined>;
  /**
   * Writes the cursor, and with it the delta, in one transaction: both or none. Its `_etag` must still be the stored one
   * (none: not stored yet), and the delta must be new; else `conflict`. Throws `TransientStoreError`.
   */
  commit(cursor: CursorDocument, delta: DeltaDocument | undefined): Promise<{ etag: string } | 'conflict'>;
}

export interface DeadLetterStore {
  /** Stores letters under names made of hub, partition and sequence; again is the same. Throws `TransientStoreError`. */
  put(letters: readonly DeadLetter[]): Promise<void>;
}
