import type { RecommendedItem } from '../../contracts/api.ts';
import type { RankedItem } from '../../scoring/recommender.ts';
import { applyBoosts, type Boosts } from './boosts.ts';
import { Candidates } from './candidates.ts';
import type { Catalogue, CatalogueItem } from './catalogue.ts';
import type { ModelLease, ModelStore } from './modelStore.ts';
import type { PopularItem, PopularItems } from './popularItems.ts';
import type { Profile } from './profile.ts';
import type { ProfileCache } from './profileCache.ts';
import { BOOSTED, categoryReason, FROM_CATALOGUE, POPULAR, reasonFor, similarReason } from './reasons.ts';
import { isPlain } from './rankingMemo.ts';
import { applyRules, itemFilter, type Filters } from './rules.ts';

/** What somebody wants to be recommended. */
export interface Wish {
  /** Whose profile to use; or the history itself, most recent last. */
  subject?: string;
  history?: readonly { item: string; action: string }[];
  limit: number;
  filters: Filters;
  boosts?: Boosts;
}

export interface Answer {
  modelVersion: string;
  degraded: string[];
  items: RecommendedItem[];
}

export interface RecommendationsOptions {
  profiles: ProfileCache;
  models: ModelStore;
  catalogue: Catalogue;
  popular: PopularItems;
}

type History = Profile['history'];

const NO_HISTORY: History = [];

/**
 * Answers with the model where it can, with popular items where it cannot, and says which. An answer never fails because
 * a part is away.
 */
export class Recommendations {
  readonly #profiles: ProfileCache;
  readonly #models: ModelStore;
  readonly #catalogue: Catalogue;
  readonly #popular: PopularItems;
  #candidates: Candidates | undefined;

  constructor({ profiles, models, catalogue, popular }: RecommendationsOptions) {
    this.#profiles = profiles;
    this.#models = models;
    this.#catalogue = catalogue;
    this.#popular = popular;
  }

  /** Items for a subject or a history, best first: personal ones as far as they go, then popular ones. */
  async recommend(wish: Wish): Promise<Answer> {
    const lookedUp = wish.subject === undefined ? undefined : this.#profiles.get(wish.subject);
    const lookup = lookedUp instanceof Promise ? await lookedUp : lookedUp;
    const profile = typeof lookup === 'object' ? lookup : inlineProfile(wish.history);
    const history = profile?.history ?? NO_HISTORY;

    const lease = this.#models.acquire();
    try {
      const items = lease && history.length > 0 ? await this.#personal(lease, wish, history, profile) : [];
      if (items.length < wish.limit) this.#fill(items, wish, profile);
      return {
        modelVersion: lease?.recommender.version ?? 'none',
        degraded: this.#degraded(lease, { known: history.length > 0, read: lookup !== 'unavailable' }),
        items,
      };
    } finally {
      lease?.release();
    }
  }

  /** Items that go with an item, then popular ones of its categories; undefined for an item that nobody knows. */
  async similar(itemId: string, { limit, filters }: { limit: number; filters: Filters }): Promise<Answer | undefined> {
    const lease = this.#models.acquire();
    try {
      const item = this.#catalogue.get(itemId);
      if (!item && (lease?.recommender.indexOf(itemId) ?? -1) < 0) return undefined;
      const items: RecommendedItem[] = [];
      if (lease) {
        const candidates = this.#candidatesOf(lease);
        const mask = candidates.borrow();
        try {
          applyRules(mask, candidates, { filters, profile: undefined });
          const ranked = await lease.recommender.similar(itemId, limit, mask.values);
          const reason = similarReason(this.#titleOf(itemId));
          for (const { item: id, score, because } of ranked) {
            if (because.length > 0) items.push({ id, score: rounded(score), reason });
          }
        } finally {
          candidates.giveBack(mask);
        }
      }
      this.#fillFromCategories(items, item, { limit, filters });
      return {
        modelVersion: lease?.recommender.version ?? 'none',
        degraded: this.#degraded(lease, { known: true, read: true }),
        items,
      };
    } finally {
      lease?.release();
    }
  }

  /** What is popular at the moment. */
  trending({ limit, filters }: { limit: number; filters: Filters }): Answer {
    const items: RecommendedItem[] = [];
    this.#fill(items, { limit, filters }, undefined);
    return {
      modelVersion: this.#models.version ?? 'none',
      degraded: this.#catalogue.failing ? ['store-unavailable'] : [],
      items,
    };
  }

  close(): void {
    this.#candidates?.close();
  }

  async #personal(
    lease: ModelLease,
    { filters, boosts, limit }: Wish,
    history: History,
    profile: Profile | undefined,
  ): Promise<RecommendedItem[]> {
    const candidates = this.#candidatesOf(lease);
    const remembered = profile && !boosts && isPlain(filters) ? profile : undefined;
    const terms = { version: candidates.version, limit };
    const known = remembered && candidates.memo.get(remembered, terms);
    if (known) return known;

    const mask = candidates.borrow();
    try {
      applyRules(mask, candidates, { filters, profile });
      if (boosts) await applyBoosts(mask, candidates, history, boosts);
      const ranked = await lease.recommender.rank({ history, boost: mask.values, limit });
      const items = this.#explained(ranked, history, boosts);
      if (remembered) candidates.memo.set(remembered, terms, items);
      return items;
    } finally {
      candidates.giveBack(mask);
    }
  }

  /** Leaves out items to which neither the history nor a boost added anything: popular ones are the better choice. */
  #explained(ranked: readonly RankedItem[], history: History, boosts: Boosts | undefined): RecommendedItem[] {
    const items: RecommendedItem[] = [];
    for (const { item, score, because } of ranked) {
      if (because.length === 0 && !((boosts?.get(item) ?? 1) > 1)) continue;
      const reason = because.length === 0 ? BOOSTED : reasonFor(because, history, this.#titleOf);
      items.push({ id: item, score: rounded(score), reason });
    }
    return items;
  }

  /** Adds popular items up to the limit. Beside personal ones they have score 0: nothing speaks for them in particular. */
  #fill(items: RecommendedItem[], { limit, filters, boosts }: Wish, profile: Profile | undefined): void {
    const accepts = itemFilter({ filters, profile });
    const alone = items.length === 0;
    const present = new Set(items.map(({ id }) => id));
    for (const { itemId, item, score } of boosted(this.#popular.list(), boosts)) {
      if (items.length >= limit) return;
      if (present.has(itemId) || !this.#popular.isAvailable(itemId) || !accepts(itemId, item)) continue;
      items.push({ id: itemId, score: alone ? rounded(score) : 0, reason: score > 0 ? POPULAR : FROM_CATALOGUE });
    }
  }

  #fillFromCategories(
    items: RecommendedItem[],
    like: CatalogueItem | undefined,
    { limit, filters }: { limit: number; filters: Filters },
  ): void {
    if (!like || like.categories.length === 0) return;
    const accepts = itemFilter({ filters, profile: undefined });
    const present = new Set([like.itemId, ...items.map(({ id }) => id)]);
    for (const { itemId, item } of this.#popular.list()) {
      if (items.length >= limit) return;
      const shared = item?.categories.find((category) => like.categories.includes(category));
      if (shared === undefined || present.has(itemId) || !this.#popular.isAvailable(itemId)) continue;
      if (accepts(itemId, item)) items.push({ id: itemId, score: 0, reason: categoryReason(shared) });
    }
  }

  #candidatesOf({ recommender }: ModelLease): Candidates {
    if (this.#candidates?.recommender !== recommender) {
      this.#candidates?.close();
      this.#candidates = new Candidates({ recommender, catalogue: this.#catalogue });
    }
    return this.#candidates;
  }

  /** `known`: there was a history to go by. `read`: the store answered when it was asked for it. */
  #degraded(lease: ModelLease | undefined, { known, read }: { known: boolean; read: boolean }): string[] {
    const degraded: string[] = [];
    if (!lease) degraded.push('no-model');
    else if (this.#models.stale) degraded.push('stale-model');
    if (!read || this.#profiles.stale || this.#catalogue.failing) degraded.push('store-unavailable');
    if (read && !known) degraded.push('no-profile');
    return degraded;
  }

  readonly #titleOf = (itemId: string): string => this.#catalogue.get(itemId)?.title ?? itemId;
}

function inlineProfile(history: History | undefined): Profile | undefined {
  return history && { history, seen: history.map(({ item }) => item), hidden: [], events: history.length };
}

function boosted(list: readonly PopularItem[], boosts: Boosts | undefined): readonly PopularItem[] {
  if (!boosts) return list;
  return list
    .map((entry) => ({ ...entry, score: entry.score * (boosts.get(entry.itemId) ?? 1) }))
    .sort((a, b) => b.score - a.score);
}

/** Six decimals: scores come as float32, whose further digits only lengthen the answer. */
function rounded(score: number): number {
  return Math.round(score * 1e6) / 1e6;
}
