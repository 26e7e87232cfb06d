import { ChangeFeedStartFrom, StatusCodes, type Container } from '@azure/cosmos';
import type { ChangeFeed } from '../services/changeFeed.ts';

const PAGE_ITEMS = 1_000;

/** The change feed of a whole Cosmos container (latest versions): from its first document, or from the first read on. */
export function cosmosChangeFeed<T>(container: Container, from: 'beginning' | 'now'): ChangeFeed<T> {
  const changeFeedStartFrom = from === 'now' ? ChangeFeedStartFrom.Now() : ChangeFeedStartFrom.Beginning();
  const iterator = container.items.getChangeFeedIterator<T>({ changeFeedStartFrom, maxItemCount: PAGE_ITEMS });
  return {
    async read() {
      const page = await iterator.readNext();
      return page.statusCode === StatusCodes.NotModified ? [] : page.result;
    },
  };
}
