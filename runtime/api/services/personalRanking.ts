import type { RecommendedItem } from '../../contracts/api.ts';
import type { RankedItem, Recommender } from '../../scoring/recommender.ts';
import { applyBoosts, type Boosts } from './boosts.ts';
import { Candidates } from './candidates.ts';
import type { Catalogue } from './catalogue.ts';
import { ItemList, roundedScore } from './itemList.ts';
import type { Profile } from './profile.ts';
import { isPlain } from './rankingMemo.ts';
import { BOOSTED, reasonFor, similarReason } from './reasons.ts';
import { applyRules, type Filters } from './rules.ts';

/** What to rank, for whom. */
export interface RankingRequest {
  profile: Profile;
  limit: number;
  filters: Filters;
  boosts?: Boosts;
}

/** Ranks with the model, within the rules of a request, and says why. */
export class PersonalRanking {
  readonly #catalogue: Catalogue;
  #candidates: Candidates | undefined;

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  /** The items that the profile's history or a boost speaks for; fewer than `limit` when there are no more. */
  async rank(recommender: Recommender, { profile, limit, filters, boosts }: RankingRequest): Promise<ItemList> {
    const candidates = this.#candidatesOf(recommender);
    const isMemorable = !boosts && isPlain(filters);
    const terms = { version: candidates.version, limit };
    const known = isMemorable ? candidates.memo.get(profile, terms) : undefined;
    if (known) return known;

    const { history } = profile;
    const mask = candidates.borrow();
    try {
      applyRules(mask, candidates, { filters, profile });
      if (boosts) await applyBoosts(mask, candidates, history, boosts);
      const ranked = await recommender.rank({ history, boost: mask.values, limit });
      const list = new ItemList(this.#explained(ranked, history, boosts));
      if (isMemorable) candidates.memo.set(profile, terms, list);
      return list;
    } finally {
      candidates.giveBack(mask);
    }
  }

  /** Items that go with an item. */
  async similar(
    recommender: Recommender,
    itemId: string,
    { limit, filters }: { limit: number; filters: Filters },
  ): Promise<RecommendedItem[]> {
    const candidates = this.#candidatesOf(recommender);
    const mask = candidates.borrow();
    try {
      applyRules(mask, candidates, { filters, profile: undefined });
      const ranked = await recommender.similar(itemId, limit, mask.values);
      const reason = similarReason(this.#titleOf(itemId));
      return ranked
        .filter(({ because }) => because.length > 0)
        .map(({ item, score }) => ({ id: item, score: roundedScore(score), reason }));
    } finally {
      candidates.giveBack(mask);
    }
  }

  close(): void {
    this.#candidates?.close();
  }

  /** Leaves out items to which neither the history nor a boost added anything: popular ones are the better choice. */
  #explained(
    ranked: readonly RankedItem[],
    history: Profile['history'],
    boosts: Boosts | undefined,
  ): RecommendedItem[] {
    const items: RecommendedItem[] = [];
    for (const { item, score, because } of ranked) {
      if (because.length === 0 && !((boosts?.get(item) ?? 1) > 1)) continue;
      const reason = because.length === 0 ? BOOSTED : reasonFor(because, history, this.#titleOf);
      items.push({ id: item, score: roundedScore(score), reason });
    }
    return items;
  }

  #candidatesOf(recommender: Recommender): Candidates {
    if (this.#candidates?.recommender !== recommender) {
      this.#candidates?.close();
      this.#candidates = new Candidates({ recommender, catalogue: this.#catalogue });
    }
    return this.#candidates;
  }

  readonly #titleOf = (itemId: string): string => this.#catalogue.get(itemId)?.title ?? itemId;
}
