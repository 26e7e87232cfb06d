import { EXCLUDED } from '../../contracts/model.ts';
import type { Recommender } from '../../scoring/recommender.ts';
import type { Catalogue, CatalogueItem } from './catalogue.ts';
import type { Profile } from './profile.ts';
import { RankingMemo } from './rankingMemo.ts';

/** One number per vocabulary item, added to the scores: what a request allows and prefers. Borrowed, and given back. */
export class Mask {
  readonly values: Float32Array;
  /** Version of the base that the values were copied from. */
  version = -1;
  readonly #touched: number[] = [];

  constructor(length: number) {
    this.values = new Float32Array(length);
  }

  set(index: number, value: number): void {
    this.#touched.push(index);
    this.values[index] = value;
  }

  exclude(index: number): void {
    this.set(index, EXCLUDED);
  }

  /** Undoes every `set`. */
  restore(base: Float32Array): void {
    for (const index of this.#touched) this.values[index] = base[index]!;
    this.#touched.length = 0;
  }
}

const POOLED_MASKS = 64;

/**
 * A model's vocabulary seen through the catalogue: which items may be recommended at all. An item must be in the
 * catalogue and available; only while the catalogue is empty (not used, or not loaded yet) everything is allowed.
 */
export class Candidates {
  readonly recommender: Recommender;
  /** Catalogue item of each index. */
  readonly items: (CatalogueItem | undefined)[];
  /** 0 for what may be recommended, else `EXCLUDED`. */
  readonly base: Float32Array;
  /** Rankings of this model. */
  readonly memo = new RankingMemo();
  readonly #catalogue: Catalogue;
  readonly #unsubscribe: () => void;
  readonly #masks: Mask[] = [];
  readonly #indicesOf = new WeakMap<Profile, { seen: Int32Array; hidden: Int32Array }>();
  #version = 0;
  #emptyCatalogue = true;

  constructor({ recommender, catalogue }: { recommender: Recommender; catalogue: Catalogue }) {
    this.recommender = recommender;
    this.#catalogue = catalogue;
    this.items = new Array<CatalogueItem | undefined>(recommender.vocabulary.length).fill(undefined);
    this.base = new Float32Array(recommender.vocabulary.length);
    this.#build();
    this.#unsubscribe = catalogue.onChange((itemId, item) => this.#update(itemId, item));
  }

  /** Changes with the items and the base. */
  get version(): number {
    return this.#version;
  }

  /** A mask equal to the base. Every borrowed mask must be given back. */
  borrow(): Mask {
    const mask = this.#masks.pop() ?? new Mask(this.base.length);
    if (mask.version !== this.#version) {
      mask.values.set(this.base);
      mask.version = this.#version;
    }
    return mask;
  }

  giveBack(mask: Mask): void {
    mask.restore(this.base);
    if (this.#masks.length < POOLED_MASKS) this.#masks.push(mask);
  }

  /** Indices of a profile's items that the model knows; worked out once per profile. */
  indicesOf(profile: Profile): { seen: Int32Array; hidden: Int32Array } {
    let indices = this.#indicesOf.get(profile);
    if (!indices) {
      indices = { seen: this.#indices(profile.seen), hidden: this.#indices(profile.hidden) };
      this.#indicesOf.set(profile, indices);
    }
    return indices;
  }

  close(): void {
    this.#unsubscribe();
  }

  #indices(items: readonly string[]): Int32Array {
    return Int32Array.from(items.map((item) => this.recommender.indexOf(item)).filter((index) => index >= 0));
  }

  #build(): void {
    const { vocabulary } = this.recommender;
    this.#emptyCatalogue = this.#catalogue.size === 0;
    for (let index = 0; index < vocabulary.length; index += 1) {
      this.#place(index, this.#catalogue.get(vocabulary[index]!));
    }
    this.#version += 1;
  }

  #update(itemId: string, item: CatalogueItem | undefined): void {
    if (this.#emptyCatalogue !== (this.#catalogue.size === 0)) return this.#build();
    const index = this.recommender.indexOf(itemId);
    if (index < 0) return;
    this.#place(index, item);
    this.#version += 1;
  }

  #place(index: number, item: CatalogueItem | undefined): void {
    this.items[index] = item;
    this.base[index] = this.#emptyCatalogue || item?.available ? 0 : EXCLUDED;
  }
}
