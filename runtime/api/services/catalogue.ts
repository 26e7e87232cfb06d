import type { ItemDocument } from '../../contracts/documents.ts';
import { itemDocumentId } from '../../contracts/documents.ts';
import type { ChangeFeed } from './changeFeed.ts';
import { FeedFollower } from './feedFollower.ts';
import { forEachConcurrently } from './forEachConcurrently.ts';
import { OwnWrites } from './ownWrites.ts';
import { within } from './within.ts';

/** An item of the catalogue, as callers write and read it. */
export interface CatalogueItem {
  readonly itemId: string;
  readonly title: string;
  readonly categories: readonly string[];
  readonly price?: number;
  readonly available: boolean;
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  readonly updatedAt: string;
}

export type NewItem = Omit<CatalogueItem, 'updatedAt'>;
export type CatalogueListener = (itemId: string, item: CatalogueItem | undefined) => void;

export interface CatalogueOptions {
  /** Change feed of the items, from the beginning. */
  feed: ChangeFeed<ItemDocument>;
  /** Writes a document and returns its new ETag; rejects when the store does not take it. */
  write(document: ItemDocument): Promise<string>;
  onError(error: unknown): void;
  now?: () => number;
}

/** A deleted item stays in the store for a day as a mark, because the change feed tells of no deletion. */
const DELETED_TTL_SECONDS = 24 * 3600;
const CONCURRENT_WRITES = 32;
const WRITE_TIMEOUT_MS = 10_000;

/**
 * The whole catalogue in memory. Writes go to the store first and then to memory at once; the change feed brings what
 * the store already has and what other instances write.
 */
export class Catalogue {
  readonly #items = new Map<string, CatalogueItem>();
  readonly #listeners = new Set<CatalogueListener>();
  readonly #ownWrites = new OwnWrites();
  readonly #follower: FeedFollower<ItemDocument>;
  readonly #write: CatalogueOptions['write'];
  readonly #now: () => number;
  #loaded = false;

  constructor({ feed, write, onError, now = Date.now }: CatalogueOptions) {
    this.#write = (document) => within(WRITE_TIMEOUT_MS, write(document));
    this.#now = now;
    this.#follower = new FeedFollower({
      feed,
      apply: (documents) => this.#apply(documents),
      activeMs: 50,
      idleMs: 500,
      onError,
    });
    this.loading = this.#follower.caughtUp.then(() => {
      this.#loaded = true;
    });
  }

  /** Resolves when everything in the store has been read. */
  readonly loading: Promise<void>;

  get loaded(): boolean {
    return this.#loaded;
  }

  /** Whether the store has stopped answering, so that other instances' writes may be missing. */
  get failing(): boolean {
    return this.#follower.failing;
  }

  get lag(): number {
    return this.#follower.age;
  }

  get size(): number {
    return this.#items.size;
  }

  get(itemId: string): CatalogueItem | undefined {
    return this.#items.get(itemId);
  }

  items(): IterableIterator<CatalogueItem> {
    return this.#items.values();
  }

  /** Calls `listener` with every change from now on, until the returned function is called. */
  onChange(listener: CatalogueListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Writes items; rejects when one of them could not be written, with the others possibly written. */
  async put(items: readonly NewItem[]): Promise<CatalogueItem[]> {
    const updatedAt = new Date(this.#now()).toISOString();
    const written = items.map((item) => ({ ...item, updatedAt }));
    await forEachConcurrently(CONCURRENT_WRITES, written, async (item) => {
      const { itemId, title, categories, price, available, attributes } = item;
      const document: ItemDocument = {
        id: itemDocumentId(itemId),
        itemId,
        title,
        categories: [...categories],
        price,
        available,
        attributes,
        updatedAt,
      };
      this.#ownWrites.add(itemId, await this.#write(document));
      this.#set(itemId, item);
    });
    return written;
  }

  /** Deletes an item; false when the catalogue does not have it. */
  async delete(itemId: string): Promise<boolean> {
    const item = this.#items.get(itemId);
    if (!item) return false;
    const etag = await this.#write({
      id: itemDocumentId(itemId),
      itemId,
      title: item.title,
      categories: [...item.categories],
      available: false,
      updatedAt: new Date(this.#now()).toISOString(),
      deleted: true,
      ttl: DELETED_TTL_SECONDS,
    });
    this.#ownWrites.add(itemId, etag);
    this.#set(itemId, undefined);
    return true;
  }

  close(): void {
    this.#follower.stop();
  }

  #apply(documents: readonly (ItemDocument & { _etag?: string })[]): void {
    for (const document of documents) {
      if (this.#ownWrites.isSuperseded(document.itemId, document._etag)) continue;
      this.#set(document.itemId, document.deleted ? undefined : fromDocument(document));
    }
  }

  #set(itemId: string, item: CatalogueItem | undefined): void {
    if (item) this.#items.set(itemId, item);
    else this.#items.delete(itemId);
    for (const listener of this.#listeners) listener(itemId, item);
  }
}

function fromDocument(document: ItemDocument): CatalogueItem {
  const { itemId, title, categories, price, available, attributes, updatedAt } = document;
  return {
    itemId,
    title,
    categories,
    ...(price === undefined ? {} : { price }),
    available,
    ...(attributes === undefined ? {} : { attributes }),
    updatedAt,
  };
}
