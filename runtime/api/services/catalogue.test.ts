import { afterEach, describe, expect, it } from 'vitest';
import type { ItemDocument } from '../../contracts/documents.ts';
import { MemoryStore } from '../testing/memoryStore.ts';
import { Catalogue, type CatalogueItem } from './catalogue.ts';

const open: Catalogue[] = [];

function catalogueOver(store: MemoryStore<ItemDocument>): Catalogue {
  const catalogue = new Catalogue({
    feed: store.feed('beginning'),
    write: (document) => store.write(document),
    onError: () => undefined,
  });
  open.push(catalogue);
  return catalogue;
}

afterEach(() => {
  for (const catalogue of open.splice(0)) catalogue.close();
});

const mug = { itemId: 'mug / größe 1', title: 'MUG', categories: ['kitchen'], price: 3, available: true };

describe('Catalogue', () => {
  it('writes to the store and shows the item at once', async () => {
    const store = new MemoryStore<ItemDocument>();
    const catalogue = catalogueOver(store);
    await catalogue.loading;
    const [written] = await catalogue.put([mug]);
    expect(written).toMatchObject(mug);
    expect(catalogue.get(mug.itemId)).toBe(written);
    expect([...store.documents.keys()]).toEqual(['mug%20%2F%20gr%C3%B6%C3%9Fe%201']);
  });

  it('loads what the store has, without what was deleted, and follows other instances', async () => {
    const store = new MemoryStore<ItemDocument>();
    const first = catalogueOver(store);
    await first.put([mug, { ...mug, itemId: 'plate' }]);
    await first.delete('plate');

    const second = catalogueOver(store);
    await second.loading;
    expect(second.loaded).toBe(true);
    expect([...second.items()].map(({ itemId }) => itemId)).toEqual([mug.itemId]);
    await first.put([{ ...mug, title: 'NEW MUG' }]);
    await expect.poll(() => second.get(mug.itemId)?.title).toBe('NEW MUG');
    await first.delete(mug.itemId);
    await expect.poll(() => second.size).toBe(0);
  });

  it('keeps a deleted item in the store as a mark that ends by itself', async () => {
    const store = new MemoryStore<ItemDocument>();
    const catalogue = catalogueOver(store);
    await catalogue.put([mug]);
    expect(await catalogue.delete(mug.itemId)).toBe(true);
    expect(await catalogue.delete(mug.itemId)).toBe(false);
    expect([...store.documents.values()]).toMatchObject([{ deleted: true, ttl: 86_400 }]);
    expect(catalogue.get(mug.itemId)).toBeUndefined();
  });

  it('is not thrown back by a version that it has overwritten itself', async () => {
    const store = new MemoryStore<ItemDocument>();
    let page: ItemDocument[] = [];
    const catalogue = new Catalogue({
      feed: { read: async () => page.splice(0) },
      write: (document) => store.write(document),
      onError: () => undefined,
    });
    open.push(catalogue);
    await catalogue.put([{ ...mug, title: 'first' }]);
    const early = [...store.documents.values()];
    await catalogue.put([{ ...mug, title: 'second' }]);
    page = [...early];
    await expect.poll(() => page.length).toBe(0);
    expect(catalogue.get(mug.itemId)?.title).toBe('second');

    const foreign: ItemDocument & { _etag: string } = { ...early[0]!, title: 'third', _etag: '"other"' };
    page = [foreign];
    await expect.poll(() => catalogue.get(mug.itemId)?.title, { timeout: 5_000 }).toBe('third');
  });

  it('tells its listeners of every change until they leave', async () => {
    const catalogue = catalogueOver(new MemoryStore<ItemDocument>());
    const told: [string, CatalogueItem | undefined][] = [];
    const leave = catalogue.onChange((itemId, item) => told.push([itemId, item]));
    await catalogue.put([mug]);
    await catalogue.delete(mug.itemId);
    leave();
    await catalogue.put([mug]);
    expect(told.map(([itemId, item]) => [itemId, item?.title])).toEqual([
      [mug.itemId, 'MUG'],
      [mug.itemId, undefined],
    ]);
  });

  it('writes many items, and rejects when the store does not take one', async () => {
    const store = new MemoryStore<ItemDocument>();
    const catalogue = catalogueOver(store);
    const items = Array.from({ length: 300 }, (_, index) => ({ ...mug, itemId: `item-${index}` }));
    await catalogue.put(items);
    expect(catalogue.size).toBe(300);
    store.away = true;
    await expect(catalogue.put([mug])).rejects.toThrow('ECONNREFUSED');
    expect(catalogue.get(mug.itemId)).toBeUndefined();
  });
});
