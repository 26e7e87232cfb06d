import type { RecommendedItem } from '../../contracts/api.ts';

/** Recommended items, best first, with the JSON texts that answers and the decision log are made of. */
export class ItemList {
  readonly items: readonly RecommendedItem[];
  #json: string | undefined;
  #idsJson: string | undefined;
  #scoresJson: string | undefined;

  constructor(items: readonly RecommendedItem[]) {
    this.items = items;
  }

  /** The items; worked out once, because a list is answered again until something changes. */
  get json(): string {
    return (this.#json ??= JSON.stringify(this.items));
  }

  get idsJson(): string {
    return (this.#idsJson ??= JSON.stringify(this.items.map(({ id }) => id)));
  }

  get scoresJson(): string {
    return (this.#scoresJson ??= JSON.stringify(this.items.map(({ score }) => score)));
  }
}

/** Six decimals: scores come as float32, whose further digits only lengthen the answer. */
export function roundedScore(score: number): number {
  return Math.round(score * 1e6) / 1e6;
}
