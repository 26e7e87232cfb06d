import {
  ChangeFeedStartFrom,
  type ChangeFeedIteratorOptions,
  type ChangeFeedPullModelIterator,
  type Container,
} from '@azure/cosmos';
import { expect } from 'vitest';
import type { Check } from './check.ts';

interface Item {
  id: string;
  pk: string;
  value?: number;
}

function changes(container: Container, options: ChangeFeedIteratorOptions): ChangeFeedPullModelIterator<Item> {
  return container.items.getChangeFeedIterator<Item>(options);
}

/** Reads until nothing is new: the ids, page by page. */
async function drain(iterator: ChangeFeedPullModelIterator<Item>): Promise<string[][]> {
  const pages: string[][] = [];
  for (;;) {
    const { statusCode, result } = await iterator.readNext();
    if (statusCode === 304) return pages;
    pages.push(result.map(({ id }) => id));
  }
}

async function fill(container: Container, count: number, pk = 'a', from = 0): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, index) => `${pk}-${from + index}`);
  for (const id of ids) await container.items.create({ id, pk });
  return ids;
}

export const changeFeedChecks: Check[] = [
  {
    id: 'changefeed-whole-container',
    name: 'the change feed gives every item of a container',
    async run(stage) {
      const container = await stage.container();
      const ids = [...(await fill(container, 10)), ...(await fill(container, 10, 'b'))];
      const whole = changes(container, { changeFeedStartFrom: ChangeFeedStartFrom.Beginning() });
      expect((await drain(whole)).flat()).toEqual(ids);
      const [range] = await container.getFeedRanges();
      const ofRange = changes(container, { changeFeedStartFrom: ChangeFeedStartFrom.Beginning(range) });
      expect((await drain(ofRange)).flat()).toEqual(ids);
    },
  },
  {
    id: 'changefeed-partition-paged',
    name: 'the change feed of one partition comes in pages',
    async run(stage) {
      const container = await stage.container();
      const ids = await fill(container, 50);
      await fill(container, 5, 'b');
      const iterator = changes(container, { changeFeedStartFrom: ChangeFeedStartFrom.Beginning('a'), maxItemCount: 8 });
      const pages = await drain(iterator);
      expect(pages.map(({ length }) => length)).toEqual([8, 8, 8, 8, 8, 8, 2]);
      expect(pages.flat()).toEqual(ids);
    },
  },
  {
    id: 'changefeed-start-now',
    name: 'a change feed from now on misses no later change and shows no earlier one',
    async run(stage) {
      const container = await stage.container();
      await fill(container, 3);
      const iterator = changes(container, { changeFeedStartFrom: ChangeFeedStartFrom.Now() });
      expect((await iterator.readNext()).statusCode).toBe(304);
      const later = await fill(container, 4, 'b');
      await container.items.upsert({ id: 'a-0', pk: 'a', value: 1 });
      expect((await drain(iterator)).flat()).toEqual([...later, 'a-0']);
    },
  },
  {
    id: 'changefeed-empty-304-keeps-position',
    name: 'a change feed without news answers 304 and keeps its position',
    async run(stage) {
      const container = await stage.container();
      await fill(container, 3);
      const iterator = changes(container, { changeFeedStartFrom: ChangeFeedStartFrom.Beginning() });
      await drain(iterator);
      const [first, second] = [await iterator.readNext(), await iterator.readNext()];
      expect([first.statusCode, second.statusCode]).toEqual([304, 304]);
      expect(second.headers.etag).toBe(first.headers.etag);
      const later = await fill(container, 2, 'b');
      const resumed = changes(container, {
        changeFeedStartFrom: ChangeFeedStartFrom.Continuation(first.continuationToken),
      });
      expect((await drain(resumed)).flat()).toEqual(later);
    },
  },
  {
    id: 'changefeed-start-time',
    name: 'a change feed from a time on starts with the changes of that second',
    async run(stage) {
      const container = await stage.container();
      await fill(container, 3);
      stage.advance(5);
      const later = await fill(container, 2, 'b');
      const { resource } = await container.item('b-0', 'b').read<Item>();
      const start = new Date((resource?._ts ?? 0) * 1000);
      const iterator = changes(container, { changeFeedStartFrom: ChangeFeedStartFrom.Time(start) });
      expect((await drain(iterator)).flat()).toEqual(later);
      const future = changes(container, {
        changeFeedStartFrom: ChangeFeedStartFrom.Time(new Date(start.getTime() + 60_000)),
      });
      expect(await drain(future)).toEqual([]);
    },
  },
  {
    id: 'changefeed-latest-version-no-deletes',
    name: 'the change feed shows the latest version of an item and no deletes',
    async run(stage) {
      const container = await stage.container();
      await fill(container, 4);
      for (const value of [1, 2, 3]) await container.items.upsert({ id: 'a-1', pk: 'a', value });
      await container.item('a-2', 'a').delete();
      const { result } = await changes(container, { changeFeedStartFrom: ChangeFeedStartFrom.Beginning() }).readNext();
      expect(result.map(({ id, value }) => ({ id, value }))).toEqual([
        { id: 'a-0', value: undefined },
        { id: 'a-3', value: undefined },
        { id: 'a-1', value: 3 },
      ]);
    },
  },
];
