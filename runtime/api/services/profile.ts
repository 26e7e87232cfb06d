import type { ProfileDocument } from '../../contracts/documents.ts';

/** What recommendations need of a profile. */
export interface Profile {
  /** Most recent last. */
  readonly history: readonly { item: string; action: string }[];
  /** Every item that the subject had to do with. */
  readonly seen: readonly string[];
  /** Dismissed items. */
  readonly hidden: readonly string[];
  /** Events applied in all: of two versions the one with more is newer. */
  readonly events: number;
}

export function toProfile({ history, items, hidden, events }: ProfileDocument): Profile {
  const withItem = history.filter(({ item }) => item !== '');
  const seen = new Set<string>();
  for (const [item] of items) seen.add(item);
  for (const { item } of withItem) seen.add(item);
  return { history: withItem.map(({ item, action }) => ({ item, action })), seen: [...seen], hidden, events };
}
