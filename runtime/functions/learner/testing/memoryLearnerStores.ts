import type { DeltaDocument } from '../../../contracts/documents.ts';
import { DecayedCounts, type DecayedCountsState } from '../../../scoring/popularity.ts';
import { TransitionTable, type TransitionTableState } from '../../../scoring/transitions.ts';
import type { DeltaSource } from '../deltaSource.ts';
import { emptyState } from '../learnerState.ts';
import { SnapshotOutdated, type SnapshotStore } from '../snapshotStore.ts';

interface StoredPart {
  text: string;
  etag: string;
}

/** Snapshots and deltas in memory, with the guards of the real stores; snapshots go in and out as JSON. */
export class MemoryLearnerStores {
  readonly stored = new Map<string, { transitions: StoredPart; popularity: StoredPart }>();
  readonly written: DeltaDocument[] = [];
  /** Called before each call; may wait or throw. */
  gate: (call: string) => Promise<void> = async () => undefined;
  #etags = 0;

  readonly snapshots: SnapshotStore = {
    read: async (partition) => {
      await this.gate('read snapshot');
      const state = emptyState(30);
      const stored = this.stored.get(partition);
      if (!stored) return { state, tags: {} };
      const transitions = JSON.parse(stored.transitions.text) as { cursor: number; value: TransitionTableState };
      const popularity = JSON.parse(stored.popularity.text) as { cursor: number; value: DecayedCountsState };
      state.transitions = { cursor: transitions.cursor, value: TransitionTable.fromJSON(transitions.value) };
      state.popularity = { cursor: popularity.cursor, value: DecayedCounts.fromJSON(popularity.value) };
      return { state, tags: { transitions: stored.transitions.etag, popularity: stored.popularity.etag } };
    },
    write: async (partition, state, tags) => {
      const next = {
        transitions: { text: JSON.stringify(state.transitions), etag: String(++this.#etags) },
        popularity: { text: JSON.stringify(state.popularity), etag: String(++this.#etags) },
      };
      await this.gate('write snapshot');
      const stored = this.stored.get(partition);
      if (stored?.transitions.etag !== tags.transitions || stored?.popularity.etag !== tags.popularity) {
        throw new SnapshotOutdated(partition);
      }
      this.stored.set(partition, next);
      return { transitions: next.transitions.etag, popularity: next.popularity.etag };
    },
  };

  readonly deltas: DeltaSource = {
    cursors: async () => {
      await this.gate('read cursors');
      return Array.from(
        Map.groupBy(this.written, ({ partition }) => partition),
        ([partition, deltas]) => ({
          id: 'cursor',
          kind: 'cursor',
          partition,
          sequence: deltas.at(-1)!.to,
          applied: 0,
          duplicates: 0,
          deadLettered: {},
        }),
      );
    },
    after: (partition, sequence) => this.#after(partition, sequence),
    removeUpTo: async (partition, sequence) => {
      await this.gate('remove deltas');
      for (const delta of this.written) {
        if (delta.partition === partition && delta.to <= sequence) this.#removed.add(delta);
      }
    },
  };
  readonly #removed = new Set<DeltaDocument>();

  async *#after(partition: string, sequence: number): AsyncGenerator<DeltaDocument> {
    await this.gate('read deltas');
    for (const delta of [...this.written]) {
      if (delta.partition !== partition || delta.from <= sequence || this.#removed.has(delta)) continue;
      yield structuredClone(delta);
    }
  }

  /** How many of the written deltas have been removed. */
  get removed(): number {
    return this.#removed.size;
  }
}
