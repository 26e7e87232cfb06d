import type { ItemList } from './itemList.ts';
import type { Profile } from './profile.ts';
import type { Filters } from './rules.ts';

/** What a ranking depends on besides profile and model. */
export interface RankingTerms {
  /** Version of the candidates: changes with the catalogue. */
  version: number;
  limit: number;
}

/** Whether a request adds no rules of its own, so that its ranking is the one that others will ask for. */
export function isPlain({ categories, minPrice, maxPrice, exclude, candidates, includeSeen }: Filters): boolean {
  if (includeSeen || categories || exclude || candidates) return false;
  return minPrice === undefined && maxPrice === undefined;
}

/**
 * The last ranking of each profile. A ranking is a pure function of history, model and catalogue: until one of them
 * changes (a new event makes a new profile object), asking again, as every page of a shop does, need not rank again.
 */
export class RankingMemo {
  readonly #rankings = new WeakMap<Profile, { terms: RankingTerms; list: ItemList }>();

  get(profile: Profile, { version, limit }: RankingTerms): ItemList | undefined {
    const known = this.#rankings.get(profile);
    return known?.terms.version === version && known.terms.limit === limit ? known.list : undefined;
  }

  set(profile: Profile, terms: RankingTerms, list: ItemList): void {
    this.#rankings.set(profile, { terms, list });
  }
}
