import type { CursorDocument, DeadLetter, ProfileDocument } from '../../contracts/documents.ts';
import { deadLetter } from './deadLetter.ts';
import { decodeEvent, type Poison, type SubjectEvent } from './decodeEvent.ts';
import { DeltaBuilder } from './delta.ts';
import { foldProfile, type FoldRules } from './foldProfile.ts';
import type { PartitionMemory } from './partitionMemory.ts';
import { TransientStoreError } from '../stores/transientError.ts';
import type { DeadLetterStore, HubBatch, HubEvent, ProfileStore, SignalStore } from './ports.ts';
import { withRetry, type RetryPolicy } from '../stores/retry.ts';
import { turns } from '../stores/turns.ts';
import { writeProfiles, type PendingProfile, type Refusal } from './writeProfiles.ts';

/** Cosmos refuses documents and transactions over 2 MB. */
const LARGEST_DELTA_BYTES = 1_500_000;
/** Each conflict means that another processor has got further, so this ends long before. */
const MOST_CONFLICTS = 20;

export interface ProcessorOptions {
  profiles: ProfileStore;
  signals: SignalStore;
  deadLetters: DeadLetterStore;
  memory: PartitionMemory;
  rules: FoldRules;
  retry: RetryPolicy;
}

/** A hub event and what reading it gave. */
interface Decoded {
  event: HubEvent;
  meaning: SubjectEvent | Poison;
}

/** A batch folded over what is stored: what it teaches and the profiles that it changes. */
interface Folded {
  builder: DeltaBuilder;
  profiles: PendingProfile[];
}

/**
 * Applies batches of hub events so that each event has its effects exactly once, however often and in whatever batches
 * it is delivered, wherever the process dies, and with several processors on one partition:
 *
 * 1. dead letters of poison events, stored under names that repeat;
 * 2. in one transaction the delta (what the batch taught) and the cursor, guarded by the cursor's ETag: only events
 *    after the cursor are in the delta;
 * 3. the profiles, each guarded by its ETag and by the last sequence number that it contains.
 *
 * Events behind the cursor whose profile was not written before a crash are caught up by 3 alone. The deltas come first
 * because the state they are computed from, the profile before the event, is gone once 3 is done.
 */
export class InteractionProcessor {
  readonly #options: ProcessorOptions;
  readonly #inTurn = turns();

  constructor(options: ProcessorOptions) {
    this.#options = options;
  }

  /**
   * Applies a batch; batches of one partition one after the other. A bad event never fails the batch. Throws when a
   * store stays away: nothing is lost, the same batch has to be given again. Returns how many events are dead letters.
   */
  async process(batch: HubBatch): Promise<number> {
    const partition = `${batch.hub}-${batch.partition}`;
    return this.#inTurn(partition, async () => {
      try {
        const decoded = batch.events.map((event) => ({ event, meaning: decodeEvent(event) }));
        const refused = await this.#apply(batch, partition, decoded);
        return refused + decoded.filter(({ meaning }) => 'reason' in meaning).length;
      } catch (error) {
        this.#options.memory.forget(partition);
        throw error;
      }
    });
  }

  async #apply(batch: HubBatch, partition: string, decoded: readonly Decoded[]): Promise<number> {
    for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts++) {
      const cursor = this.#options.memory.cursor(partition) ?? (await this.#readCursor(partition));
      const { builder, profiles } = await this.#fold(decoded, cursor);
      if (builder.bytes > LARGEST_DELTA_BYTES && decoded.length > 1) {
        const half = decoded.length >>> 1;
        const refused = await this.#apply(batch, partition, decoded.slice(0, half));
        return refused + (await this.#apply(batch, partition, decoded.slice(half)));
      }
      if (!builder.hasEvents || (await this.#commit(batch, decoded, cursor, builder))) {
        const refusals = await writeProfiles(profiles, partition, this.#options);
        return refusals.length === 0 ? 0 : await this.#moveToDeadLetters(batch, partition, refusals);
      }
    }
    throw new TransientStoreError(`Others changed the cursor of ${partition} ${MOST_CONFLICTS} times in a row.`);
  }

  async #readCursor(partition: string): Promise<CursorDocument> {
    const { signals, memory, retry } = this.#options;
    const stored = await withRetry(retry, () => signals.cursor(partition));
    const cursor = stored ?? {
      id: 'cursor',
      partition,
      kind: 'cursor',
      sequence: -1,
      applied: 0,
      duplicates: 0,
      deadLettered: {},
    };
    memory.keepCursor(cursor);
    return cursor;
  }

  async #fold(decoded: readonly Decoded[], cursor: CursorDocument): Promise<Folded> {
    const { rules } = this.#options;
    const builder = new DeltaBuilder({ cursor, rules });
    const eventsOf = new Map<string, SubjectEvent[]>();
    for (const { event, meaning } of decoded) {
      if ('reason' in meaning) {
        builder.deadLettered(meaning, event.sequence);
        continue;
      }
      const events = eventsOf.get(meaning.subject);
      if (events) events.push(meaning);
      else eventsOf.set(meaning.subject, [meaning]);
    }
    const stored = await this.#profiles(cursor.partition, [...eventsOf.keys()]);
    const profiles: PendingProfile[] = [];
    for (const [subject, events] of eventsOf) {
      const before = stored.get(subject);
      const profile = foldProfile(before, events, { partition: cursor.partition, rules, observer: builder });
      if (profile && profile !== before) profiles.push({ before, profile, events });
    }
    return { builder, profiles };
  }

  async #profiles(partition: string, subjects: readonly string[]): Promise<Map<string, ProfileDocument>> {
    const { profiles, memory, retry } = this.#options;
    const found = new Map<string, ProfileDocument>();
    const unknown: string[] = [];
    for (const subject of subjects) {
      const profile = memory.profile(partition, subject);
      if (profile) found.set(subject, profile);
      else unknown.push(subject);
    }
    if (unknown.length === 0) return found;
    for (const [subject, profile] of await withRetry(retry, () => profiles.read(unknown))) {
      memory.keepProfile(partition, profile);
      found.set(subject, profile);
    }
    return found;
  }

  /** Step 1 and 2. False when another processor moved the cursor, which says that everything remembered may be old. */
  async #commit(
    batch: HubBatch,
    decoded: readonly Decoded[],
    cursor: CursorDocument,
    builder: DeltaBuilder,
  ): Promise<boolean> {
    const { signals, deadLetters, memory, retry } = this.#options;
    const letters: DeadLetter[] = [];
    for (const { event, meaning } of decoded) {
      if ('reason' in meaning && event.sequence > cursor.sequence) letters.push(deadLetter(batch, event, meaning));
    }
    if (letters.length > 0) await withRetry(retry, () => deadLetters.put(letters));
    const next = builder.cursor();
    const answer = await withRetry(retry, () => signals.commit(next, builder.delta()));
    if (answer === 'conflict') {
      memory.forget(cursor.partition);
      return false;
    }
    memory.keepCursor({ ...next, _etag: answer.etag });
    return true;
  }

  /** Events whose profile the store refuses for good become dead letters, counted once by `effectFailedUpTo`. */
  async #moveToDeadLetters(batch: HubBatch, partition: string, refusals: readonly Refusal[]): Promise<number> {
    const { signals, deadLetters, memory, retry } = this.#options;
    const hubEvents = new Map(batch.events.map((event) => [event.sequence, event]));
    const failed = refusals.flatMap(({ applied, detail }) => applied.map((sequence) => ({ sequence, detail })));
    const letters = failed.map(({ sequence, detail }) =>
      deadLetter(batch, hubEvents.get(sequence)!, { reason: 'effect-failed', detail }),
    );
    await withRetry(retry, () => deadLetters.put(letters));
    for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts++) {
      const cursor = memory.cursor(partition) ?? (await this.#readCursor(partition));
      const moved = failed.filter(({ sequence }) => sequence > (cursor.effectFailedUpTo ?? -1)).length;
      if (moved === 0) return failed.length;
      const next: CursorDocument = {
        ...cursor,
        applied: cursor.applied - moved,
        deadLettered: {
          ...cursor.deadLettered,
          'effect-failed': (cursor.deadLettered['effect-failed'] ?? 0) + moved,
        },
        effectFailedUpTo: Math.max(...failed.map(({ sequence }) => sequence)),
      };
      const answer = await withRetry(retry, () => signals.commit(next, undefined));
      if (answer !== 'conflict') {
        memory.keepCursor({ ...next, _etag: answer.etag });
        return failed.length;
      }
      memory.forget(partition);
    }
    throw new TransientStoreError(`Others changed the cursor of ${partition} ${MOST_CONFLICTS} times in a row.`);
  }
}
