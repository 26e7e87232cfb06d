import { DecayedCounts } from '../../scoring/popularity.ts';
import { TransitionTable } from '../../scoring/transitions.ts';
import type { DeltaSource } from './deltaSource.ts';
import { cursorOf, emptyState, foldDelta, type LearnerState } from './learnerState.ts';
import type { SnapshotStore } from './snapshotStore.ts';

/** What has been learned from all hub partitions together, and how far of each. */
export interface LearnedSoFar {
  transitions: TransitionTable;
  popularity: DecayedCounts;
  cursors: Record<string, number>;
}

const MOST_READS = 3;

/** Reads what is learned up to now from the stores alone: snapshots, and the deltas after them. */
export async function readLearned(
  { snapshots, deltas }: { snapshots: SnapshotStore; deltas: DeltaSource },
  transitionHalfLifeDays: number,
): Promise<LearnedSoFar> {
  const all = emptyState(transitionHalfLifeDays);
  const cursors: Record<string, number> = {};
  for (const { partition } of await deltas.cursors()) {
    const state = await readPartition({ snapshots, deltas }, partition);
    all.transitions.value.merge(state.transitions.value);
    all.popularity.value.merge(state.popularity.value);
    cursors[partition] = cursorOf(state);
  }
  return { transitions: all.transitions.value, popularity: all.popularity.value, cursors };
}

/**
 * A gap between the snapshot and the first delta means that a newer snapshot was written and the deltas in between
 * removed while this was reading, so it reads again. A gap that stays is one of the hub itself (events that expired).
 */
async function readPartition(
  { snapshots, deltas }: { snapshots: SnapshotStore; deltas: DeltaSource },
  partition: string,
): Promise<LearnerState> {
  for (let reads = 1; ; reads++) {
    const { state } = await snapshots.read(partition);
    let gap = false;
    for await (const delta of deltas.after(partition, cursorOf(state))) {
      gap ||= delta.from > cursorOf(state) + 1;
      foldDelta(state, delta);
    }
    if (!gap || reads === MOST_READS) return state;
  }
}
