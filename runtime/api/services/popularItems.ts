import type { Recommender } from '../../scoring/recommender.ts';
import type { Catalogue, CatalogueItem } from './catalogue.ts';
import type { Trending } from './trending.ts';

export interface PopularItem {
  itemId: string;
  item: CatalogueItem | undefined;
  /** Relative to the most popular item, 0..1. */
  score: number;
}

/** Working out the order may take this share of the time: a small catalogue is always up to date, a large one nearly. */
const SHARE_OF_TIME = 0.05;

/**
 * Everything that may be recommended, most popular first: decayed counts of interactions, with the current model's own
 * popularity (at most 1) on top, which orders what has no counts yet.
 */
export class PopularItems {
  readonly #catalogue: Catalogue;
  readonly #trending: Trending;
  readonly #model: () => Recommender | undefined;
  #ranked: PopularItem[] = [];
  #rankedVersion = '';
  /** Not before this time (of `performance.now`) is the order worked out again. */
  #restUntil = 0;
  #catalogueChanges = 0;

  constructor({
    catalogue,
    trending,
    model,
  }: {
    catalogue: Catalogue;
    trending: Trending;
    model: () => Recommender | undefined;
  }) {
    this.#catalogue = catalogue;
    this.#trending = trending;
    this.#model = model;
    catalogue.onChange(() => (this.#catalogueChanges += 1));
  }

  /** The order; items that became unavailable a moment ago may still be in it. */
  list(): readonly PopularItem[] {
    const start = performance.now();
    if (start < this.#restUntil) return this.#ranked;
    const version = `${this.#catalogueChanges}/${this.#trending.version}/${this.#model()?.version ?? ''}`;
    if (version === this.#rankedVersion) return this.#ranked;
    this.#ranked = this.#rank(Date.now());
    this.#rankedVersion = version;
    const end = performance.now();
    this.#restUntil = end + (end - start) / SHARE_OF_TIME;
    return this.#ranked;
  }

  /** Whether an item of the list may be shown. */
  isAvailable(itemId: string): boolean {
    return this.#catalogue.size === 0 || this.#catalogue.get(itemId)?.available === true;
  }

  #rank(now: number): PopularItem[] {
    const model = this.#model();
    const popularity = (itemId: string) => {
      const index = model?.indexOf(itemId) ?? -1;
      return this.#trending.value(itemId, now) + (index >= 0 ? model!.popularity[index]! : 0);
    };
    const ranked: PopularItem[] = [];
    for (const [itemId, item] of this.#eligible(model)) ranked.push({ itemId, item, score: popularity(itemId) });
    ranked.sort((a, b) => b.score - a.score);
    const highest = ranked[0]?.score || 1;
    for (const entry of ranked) entry.score /= highest;
    return ranked;
  }

  /** Available items; while the catalogue is empty, whatever the model or the counts know. */
  *#eligible(model: Recommender | undefined): Iterable<[string, CatalogueItem | undefined]> {
    if (this.#catalogue.size === 0) {
      const known = new Set([...(model?.vocabulary ?? []), ...this.#trending.top(1_000)]);
      for (const itemId of known) yield [itemId, undefined];
      return;
    }
    for (const item of this.#catalogue.items()) if (item.available) yield [item.itemId, item];
  }
}
