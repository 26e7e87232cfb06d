import type { CursorDocument, DeadLetter, DeltaDocument, ProfileDocument } from '../../../contracts/documents.ts';
import type { DeadLetterStore, ProfileStore, ProfileWrite, SignalStore } from '../ports.ts';

/** Called before a call has its effect and after it; throws to inject a fault, or waits to let others go first. */
export type Gate = (call: string, when: 'before' | 'after') => Promise<void>;

/**
 * Stores in memory with the guards of the real ones (ETags, transactions, names that repeat). Documents go in and out as
 * JSON text, so that no caller shares an object with the store.
 */
export class MemoryStores {
  readonly profiles = new Map<string, { text: string; etag: string }>();
  readonly cursors = new Map<string, { text: string; etag: string }>();
  readonly deltas = new Map<string, string>();
  readonly letters = new Map<string, DeadLetter>();
  #etags = 0;

  /** The three ports, with every call passing `gate`. */
  ports(gate: Gate = async () => undefined): {
    profiles: ProfileStore;
    signals: SignalStore;
    deadLetters: DeadLetterStore;
  } {
    const through = async <T>(call: string, effect: () => T): Promise<T> => {
      await gate(call, 'before');
      const answer = effect();
      await gate(call, 'after');
      return answer;
    };
    return {
      profiles: {
        read: (subjects) => through('read profiles', () => this.#readProfiles(subjects)),
        write: (profiles) => through('write profiles', () => profiles.map((profile) => this.#writeProfile(profile))),
      },
      signals: {
        cursor: (partition) => through('read cursor', () => this.cursor(partition)),
        commit: (cursor, delta) => through('commit', () => this.#commit(cursor, delta)),
      },
      deadLetters: { put: (letters) => through('put dead letters', () => this.#put(letters)) },
    };
  }

  cursor(partition: string): CursorDocument | undefined {
    const stored = this.cursors.get(partition);
    return stored && { ...(JSON.parse(stored.text) as CursorDocument), _etag: stored.etag };
  }

  profile(subject: string): ProfileDocument | undefined {
    const stored = this.profiles.get(subject);
    return stored && { ...(JSON.parse(stored.text) as ProfileDocument), _etag: stored.etag };
  }

  /** Deltas of a partition in order. */
  deltasOf(partition: string): DeltaDocument[] {
    const all = Array.from(this.deltas.values(), (text) => JSON.parse(text) as DeltaDocument);
    return all.filter((delta) => delta.partition === partition).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  #readProfiles(subjects: readonly string[]): Map<string, ProfileDocument> {
    const found = new Map<string, ProfileDocument>();
    for (const subject of subjects) {
      const profile = this.profile(subject);
      if (profile) found.set(subject, profile);
    }
    return found;
  }

  #writeProfile({ _etag, ...profile }: ProfileDocument): ProfileWrite {
    if (this.profiles.get(profile.subject)?.etag !== _etag) return { conflict: true };
    const etag = this.#nextEtag();
    this.profiles.set(profile.subject, { text: JSON.stringify(profile), etag });
    return { etag };
  }

  #commit({ _etag, ...cursor }: CursorDocument, delta: DeltaDocument | undefined): { etag: string } | 'conflict' {
    if (this.cursors.get(cursor.partition)?.etag !== _etag) return 'conflict';
    const key = delta && `${delta.partition}/${delta.id}`;
    if (key && this.deltas.has(key)) return 'conflict';
    const etag = this.#nextEtag();
    this.cursors.set(cursor.partition, { text: JSON.stringify(cursor), etag });
    if (key) this.deltas.set(key, JSON.stringify(delta));
    return { etag };
  }

  #put(letters: readonly DeadLetter[]): void {
    for (const letter of letters) this.letters.set(`${letter.hub}/${letter.partition}/${letter.sequence}`, letter);
  }

  #nextEtag(): string {
    return String(++this.#etags);
  }
}
