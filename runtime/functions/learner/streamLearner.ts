import type { DeltaDocument } from '../../contracts/documents.ts';
import { turns } from '../stores/turns.ts';
import type { DeltaSource } from './deltaSource.ts';
import { cursorOf, foldDelta, type LearnerState } from './learnerState.ts';
import { SnapshotOutdated, type SnapshotStore, type SnapshotTags } from './snapshotStore.ts';

/** When the state of a partition is written. */
export interface SnapshotPolicy {
  /** Not more often than this, ms. */
  everyMs: number;
  /** Not more of the time than one part in so many: writing a large table takes a while. */
  timeShare: number;
  /** Targets per item that are kept when a table is written. */
  targetsPerItem: number;
}

export const defaultSnapshotPolicy: SnapshotPolicy = { everyMs: 30_000, timeShare: 50, targetsPerItem: 200 };

interface Lane {
  state: LearnerState;
  tags: SnapshotTags;
  /** Cursor of the snapshot in the store, and of the one before. */
  written: number;
  writtenBefore: number;
  nextWriteAt: number;
}

export interface StreamLearnerOptions {
  snapshots: SnapshotStore;
  deltas: DeltaSource;
  policy: SnapshotPolicy;
  /** Clock, ms. */
  now(): number;
}

/**
 * Folds deltas into what is learned of each hub partition, in memory, with a snapshot now and then. Deltas follow each
 * other without a gap, so one that does not continue the state shows that others were missed, and they are read from
 * the store. Hence nothing depends on the position of the change feed: deltas may come twice, late or not at all.
 */
export class StreamLearner {
  readonly #options: StreamLearnerOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #inTurn = turns();

  constructor(options: StreamLearnerOptions) {
    this.#options = options;
  }

  /** Learns from deltas as the change feed delivers them; writes snapshots that are due. */
  async learn(deltas: readonly DeltaDocument[]): Promise<void> {
    const byPartition = Map.groupBy(deltas, ({ partition }) => partition);
    const { now } = this.#options;
    for (const [partition, group] of byPartition) {
      await this.#inTurn(partition, async () => {
        const lane = await this.#lane(partition);
        for (const delta of group.toSorted((a, b) => a.from - b.from)) await this.#fold(partition, lane, delta);
        if (now() >= lane.nextWriteAt) await this.#write(partition, lane);
      });
    }
  }

  /** Learns what this instance has missed of any partition and writes every snapshot that is behind. */
  async flush(): Promise<void> {
    for (const { partition, sequence } of await this.#options.deltas.cursors()) {
      await this.#inTurn(partition, async () => {
        const lane = await this.#lane(partition);
        if (cursorOf(lane.state) < sequence) await this.#catchUp(partition, lane);
        await this.#write(partition, lane);
      });
    }
  }

  async #lane(partition: string): Promise<Lane> {
    const known = this.#lanes.get(partition);
    if (known) return known;
    const { snapshots, now, policy } = this.#options;
    const { state, tags } = await snapshots.read(partition);
    const written = cursorOf(state);
    const lane: Lane = { state, tags, written, writtenBefore: -1, nextWriteAt: now() + policy.everyMs };
    await this.#catchUp(partition, lane);
    this.#lanes.set(partition, lane);
    return lane;
  }

  async #fold(partition: string, lane: Lane, delta: DeltaDocument): Promise<void> {
    const cursor = cursorOf(lane.state);
    if (delta.to <= cursor) return;
    if (delta.from === cursor + 1) foldDelta(lane.state, delta);
    else await this.#catchUp(partition, lane);
  }

  async #catchUp(partition: string, lane: Lane): Promise<void> {
    for await (const delta of this.#options.deltas.after(partition, cursorOf(lane.state))) foldDelta(lane.state, delta);
  }

  /** The deltas of the snapshot before go, not those of this one: a reader may be between its snapshot and its deltas. */
  async #write(partition: string, lane: Lane): Promise<void> {
    const { snapshots, deltas, policy, now } = this.#options;
    const cursor = cursorOf(lane.state);
    if (cursor === lane.written) return;
    const startedAt = now();
    lane.state.transitions.value.prune(policy.targetsPerItem);
    try {
      lane.tags = await snapshots.write(partition, lane.state, lane.tags);
    } catch (error) {
      // Whatever it is, this state is not the one in the store any more: the next delta reads that one.
      this.#lanes.delete(partition);
      if (error instanceof SnapshotOutdated) return;
      throw error;
    }
    lane.writtenBefore = lane.written;
    lane.written = cursor;
    lane.nextWriteAt = startedAt + Math.max(policy.everyMs, (now() - startedAt) * policy.timeShare);
    if (lane.writtenBefore >= 0) await deltas.removeUpTo(partition, lane.writtenBefore);
  }
}
