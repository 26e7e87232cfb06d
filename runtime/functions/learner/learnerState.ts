import type { DeltaDocument } from '../../contracts/documents.ts';
import { POPULARITY_HALF_LIFE_DAYS } from '../../contracts/documents.ts';
import { DecayedCounts } from '../../scoring/popularity.ts';
import { TransitionTable } from '../../scoring/transitions.ts';

const DAY_MS = 86_400_000;

/** Something learned and the last sequence number of the hub partition that is in it; -1: nothing. */
export interface Learned<T> {
  value: T;
  cursor: number;
}

/**
 * What has been learned from one hub partition. The two parts have cursors of their own, because they are stored in two
 * blobs and a crash may come between them.
 */
export interface LearnerState {
  transitions: Learned<TransitionTable>;
  popularity: Learned<DecayedCounts>;
}

export function emptyState(transitionHalfLifeDays: number): LearnerState {
  return {
    transitions: { value: new TransitionTable(transitionHalfLifeDays), cursor: -1 },
    popularity: { value: new DecayedCounts(POPULARITY_HALF_LIFE_DAYS * DAY_MS), cursor: -1 },
  };
}

/** The sequence number up to which both parts are complete. */
export function cursorOf({ transitions, popularity }: LearnerState): number {
  return Math.min(transitions.cursor, popularity.cursor);
}

/** Adds a delta to the parts that do not contain it yet; deltas must come in order. */
export function foldDelta({ transitions, popularity }: LearnerState, delta: DeltaDocument): void {
  if (delta.to > transitions.cursor) {
    for (const [from, row] of Object.entries(delta.transitions)) {
      for (const [to, weight] of row) transitions.value.add(from, to, weight, delta.time);
    }
    transitions.cursor = delta.to;
  }
  if (delta.to > popularity.cursor) {
    for (const [item, weight] of Object.entries(delta.popularity)) popularity.value.add(item, weight, delta.time);
    popularity.cursor = delta.to;
  }
}

/** The same transitions as of their latest event under another half-life, after that setting was changed. */
export function withHalfLife(table: TransitionTable, halfLifeDays: number): TransitionTable {
  const { decay, rows } = table.toJSON();
  if (decay.halfLifeMs === halfLifeDays * DAY_MS || decay.latest === null) return table;
  const changed = new TransitionTable(halfLifeDays);
  for (const [from] of rows) {
    for (const [to, weight] of table.neighbours(from, Infinity)) changed.add(from, to, weight, decay.latest);
  }
  return changed;
}
