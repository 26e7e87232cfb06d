import type { CatalogueItem } from './catalogue.ts';
import type { Candidates, Mask } from './candidates.ts';
import type { Profile } from './profile.ts';

/** Which items a request accepts. */
export interface Filters {
  /** In at least one of these categories. */
  categories?: readonly string[];
  /** With a price in this range, bounds included. */
  minPrice?: number;
  maxPrice?: number;
  exclude?: readonly string[];
  /** Nothing but these. */
  candidates?: readonly string[];
  /** Also items that the subject had to do with; by default they are left out. */
  includeSeen?: boolean;
}

/** What a request asks for, together with what is known of its subject. */
export interface Rules {
  filters: Filters;
  profile: Profile | undefined;
}

/** Whether the filters say anything about properties of the item itself. */
function hasItemFilter({ categories, minPrice, maxPrice }: Filters): boolean {
  return categories !== undefined || minPrice !== undefined || maxPrice !== undefined;
}

/** Whether an item passes the filters on category and price. Without a catalogue entry it passes only when there are none. */
export function matches(filters: Filters, item: CatalogueItem | undefined): boolean {
  if (!hasItemFilter(filters)) return true;
  if (!item) return false;
  const { categories, minPrice, maxPrice } = filters;
  if (categories && !item.categories.some((category) => categories.includes(category))) return false;
  if (minPrice !== undefined && !(item.price !== undefined && item.price >= minPrice)) return false;
  return maxPrice === undefined || (item.price !== undefined && item.price <= maxPrice);
}

/** Excludes from the mask what the rules do not allow. */
export function applyRules(mask: Mask, candidates: Candidates, { filters, profile }: Rules): void {
  const { recommender, items, base } = candidates;
  if (hasItemFilter(filters)) {
    for (let index = 0; index < base.length; index += 1) {
      if (base[index] === 0 && !matches(filters, items[index])) mask.exclude(index);
    }
  }
  if (filters.candidates) {
    const wanted = new Set(filters.candidates.map((item) => recommender.indexOf(item)));
    for (let index = 0; index < base.length; index += 1) {
      if (base[index] === 0 && !wanted.has(index)) mask.exclude(index);
    }
  }
  for (const item of filters.exclude ?? []) excludeAt(mask, recommender.indexOf(item));
  if (profile) {
    const { seen, hidden } = candidates.indicesOf(profile);
    for (const index of hidden) mask.exclude(index);
    if (!filters.includeSeen) for (const index of seen) mask.exclude(index);
  }
}

/** Same rules for items by id, as needed for those that the model does not know. */
export function itemFilter({ filters, profile }: Rules): (itemId: string, item: CatalogueItem | undefined) => boolean {
  const excluded = new Set([
    ...(filters.exclude ?? []),
    ...(profile?.hidden ?? []),
    ...(profile && !filters.includeSeen ? profile.seen : []),
  ]);
  const wanted = filters.candidates && new Set(filters.candidates);
  return (itemId, item) => !excluded.has(itemId) && (!wanted || wanted.has(itemId)) && matches(filters, item);
}

function excludeAt(mask: Mask, index: number): void {
  if (index >= 0) mask.exclude(index);
}
