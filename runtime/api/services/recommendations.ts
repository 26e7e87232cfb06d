import type { Boosts } from './boosts.ts';
import type { Catalogue } from './catalogue.ts';
import { ItemList } from './itemList.ts';
import type { ModelStore } from './modelStore.ts';
import { PersonalRanking } from './personalRanking.ts';
import { fillFromCategories, fillWithPopular } from './popularFill.ts';
import type { PopularItems } from './popularItems.ts';
import type { Profile } from './profile.ts';
import type { ProfileCache } from './profileCache.ts';
import type { Filters } from './rules.ts';

/** What somebody wants to be recommended. */
export interface Wish {
  /** Whose profile to use; or the history itself, most recent last. */
  subject?: string;
  history?: Profile['history'];
  limit: number;
  filters: Filters;
  boosts?: Boosts;
}

export interface Answer {
  modelVersion: string;
  degraded: string[];
  list: ItemList;
}

export interface RecommendationsOptions {
  profiles: ProfileCache;
  models: ModelStore;
  catalogue: Catalogue;
  popular: PopularItems;
}

interface ListRequest {
  limit: number;
  filters: Filters;
}

/**
 * Answers with the model where it can, with popular items where it cannot, and says which. An answer never fails because
 * a part is away.
 */
export class Recommendations {
  readonly #profiles: ProfileCache;
  readonly #models: ModelStore;
  readonly #catalogue: Catalogue;
  readonly #popular: PopularItems;
  readonly #ranking: PersonalRanking;

  constructor({ profiles, models, catalogue, popular }: RecommendationsOptions) {
    this.#profiles = profiles;
    this.#models = models;
    this.#catalogue = catalogue;
    this.#popular = popular;
    this.#ranking = new PersonalRanking(catalogue);
  }

  /** Items for a subject or a history, best first: personal ones as far as they go, then popular ones. */
  async recommend({ subject, history, limit, filters, boosts }: Wish): Promise<Answer> {
    const lookedUp = subject === undefined ? undefined : this.#profiles.get(subject);
    const lookup = lookedUp instanceof Promise ? await lookedUp : lookedUp;
    const profile = typeof lookup === 'object' ? lookup : inlineProfile(history);
    const known = profile !== undefined && profile.history.length > 0;

    const lease = this.#models.acquire();
    try {
      const ranking =
        lease && known ? this.#ranking.rank(lease.recommender, { profile, limit, filters, boosts }) : NONE;
      const personal = await ranking;
      const request = { limit, filters, profile, boosts };
      return {
        modelVersion: lease?.recommender.version ?? 'none',
        degraded: this.#degraded({ known, read: lookup !== 'unavailable' }),
        list:
          personal.items.length < limit
            ? new ItemList(fillWithPopular(personal.items, this.#popular, request))
            : personal,
      };
    } finally {
      lease?.release();
    }
  }

  /** Items that go with an item, then popular ones of its categories; undefined for an item that nobody knows. */
  async similar(itemId: string, request: ListRequest): Promise<Answer | undefined> {
    const lease = this.#models.acquire();
    try {
      const item = this.#catalogue.get(itemId);
      if (!item && (lease?.recommender.indexOf(itemId) ?? -1) < 0) return undefined;
      const similar = lease ? await this.#ranking.similar(lease.recommender, itemId, request) : [];
      return {
        modelVersion: lease?.recommender.version ?? 'none',
        degraded: this.#degraded({ known: true, read: true }),
        list: new ItemList(item ? fillFromCategories(similar, this.#popular, item, request) : similar),
      };
    } finally {
      lease?.release();
    }
  }

  /** What is popular at the moment. */
  trending(request: ListRequest): Answer {
    return {
      modelVersion: this.#models.version ?? 'none',
      degraded: this.#catalogue.failing ? ['store-unavailable'] : [],
      list: new ItemList(fillWithPopular([], this.#popular, request)),
    };
  }

  close(): void {
    this.#ranking.close();
  }

  /** `known`: there was a history to go by. `read`: the store answered when it was asked for it. */
  #degraded({ known, read }: { known: boolean; read: boolean }): string[] {
    const degraded: string[] = [];
    if (this.#models.version === undefined) degraded.push('no-model');
    else if (this.#models.stale) degraded.push('stale-model');
    if (!read || this.#profiles.stale || this.#catalogue.failing) degraded.push('store-unavailable');
    if (read && !known) degraded.push('no-profile');
    return degraded;
  }
}

const NONE = new ItemList([]);

function inlineProfile(history: Profile['history'] | undefined): Profile | undefined {
  return history && { history, seen: history.map(({ item }) => item), hidden: [], events: history.length };
}
