import type { RecommendedItem } from '../../contracts/api.ts';
import type { Boosts } from './boosts.ts';
import type { CatalogueItem } from './catalogue.ts';
import { roundedScore } from './itemList.ts';
import type { PopularItem, PopularItems } from './popularItems.ts';
import type { Profile } from './profile.ts';
import { categoryReason, FROM_CATALOGUE, POPULAR } from './reasons.ts';
import { itemFilter, type Filters } from './rules.ts';

export interface FillRequest {
  limit: number;
  filters: Filters;
  profile?: Profile;
  boosts?: Boosts;
}

/**
 * `items` followed by popular ones, up to the limit. Beside personal ones these have score 0: nothing speaks for them in
 * particular. Alone they have their popularity relative to the first.
 */
export function fillWithPopular(
  items: readonly RecommendedItem[],
  popular: PopularItems,
  { limit, filters, profile, boosts }: FillRequest,
): RecommendedItem[] {
  const filled = [...items];
  const accepts = itemFilter({ filters, profile });
  const present = new Set(items.map(({ id }) => id));
  for (const { itemId, item, score } of boosted(popular.list(), boosts)) {
    if (filled.length >= limit) break;
    if (present.has(itemId) || !popular.isAvailable(itemId) || !accepts(itemId, item)) continue;
    const shown = items.length === 0 ? roundedScore(score) : 0;
    filled.push({ id: itemId, score: shown, reason: score > 0 ? POPULAR : FROM_CATALOGUE });
  }
  return filled;
}

/** `items` followed by popular ones of the categories of `like`, up to the limit. */
export function fillFromCategories(
  items: readonly RecommendedItem[],
  popular: PopularItems,
  like: CatalogueItem,
  { limit, filters }: FillRequest,
): RecommendedItem[] {
  const filled = [...items];
  const accepts = itemFilter({ filters, profile: undefined });
  const present = new Set([like.itemId, ...items.map(({ id }) => id)]);
  for (const { itemId, item } of popular.list()) {
    if (filled.length >= limit) break;
    const shared = item?.categories.find((category) => like.categories.includes(category));
    if (shared === undefined || present.has(itemId) || !popular.isAvailable(itemId)) continue;
    if (accepts(itemId, item)) filled.push({ id: itemId, score: 0, reason: categoryReason(shared) });
  }
  return filled;
}

function boosted(list: readonly PopularItem[], boosts: Boosts | undefined): readonly PopularItem[] {
  if (!boosts) return list;
  return list
    .map((entry) => ({ ...entry, score: entry.score * (boosts.get(entry.itemId) ?? 1) }))
    .sort((a, b) => b.score - a.score);
}
