import type { ItemTally } from '../../contracts/documents.ts';

/** A user's positive interactions, one entry per item in order of the first. */
export interface TrainingUser {
  id: string;
  items: readonly ItemTally[];
}

/** Users and items that have enough of each other to learn from. */
export interface SupportedCore {
  users: TrainingUser[];
  /** Most users first, ties by id: the order of a model's vocabulary. */
  vocabulary: string[];
  /** Support that was applied; lower than asked where too little would have been left. */
  support: number;
}

/** Fewer items than this cannot fill a page of recommendations twice. */
const FEWEST_ITEMS = 20;

/**
 * The k-core: leaves out items with fewer than `minimumSupport` users and users with fewer than `minimumSupport`
 * items, again and again until nothing changes. A small shop keeps its items: the support is lowered step by step
 * while less than `FEWEST_ITEMS` items, or than all items where there are fewer, would be left.
 */
export function supportedCore(users: readonly TrainingUser[], minimumSupport: number): SupportedCore {
  const wanted = Math.min(FEWEST_ITEMS, itemSupport(users).size);
  for (let support = minimumSupport; ; support--) {
    const core = kCore(users, support);
    const supportOf = itemSupport(core);
    if (supportOf.size >= wanted || support <= 1) {
      const byUsers = [...supportOf].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
      return { users: core, vocabulary: byUsers.map(([item]) => item), support };
    }
  }
}

function kCore(users: readonly TrainingUser[], support: number): TrainingUser[] {
  let core = users.filter((user) => user.items.length > 0);
  for (;;) {
    const supportOf = itemSupport(core);
    const supported = core
      .map(({ id, items }) => ({ id, items: items.filter(([item]) => supportOf.get(item)! >= support) }))
      .filter(({ items }) => items.length >= support);
    if (interactions(supported) === interactions(core)) return supported;
    core = supported;
  }
}

function itemSupport(users: readonly TrainingUser[]): Map<string, number> {
  const support = new Map<string, number>();
  for (const { items } of users) for (const [item] of items) support.set(item, (support.get(item) ?? 0) + 1);
  return support;
}

function interactions(users: readonly TrainingUser[]): number {
  return users.reduce((sum, { items }) => sum + items.length, 0);
}
