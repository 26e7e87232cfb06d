import { ChangeFeedStartFrom, StatusCodes, type Container, type FeedRange } from '@azure/cosmos';

/** Where a function without a position starts. */
export type FeedStart = 'now' | 'beginning' | Date;

/** Changed documents (none: nothing new) and the position after them. */
export interface FeedPage {
  documents: unknown[];
  position: string;
}

/** A range of a change feed, read page after page. */
export interface ChangeFeed {
  next(): Promise<FeedPage>;
}

/** Follows a range in latest-version mode from `position`, or from `start` when there is none yet. */
export function openChangeFeed(
  container: Container,
  range: FeedRange,
  { position, start, maxItemCount }: { position: string | undefined; start: FeedStart; maxItemCount: number },
): ChangeFeed {
  const changeFeedStartFrom = position ? ChangeFeedStartFrom.Continuation(position) : startFrom(start, range);
  const iterator = container.items.getChangeFeedIterator({ maxItemCount, changeFeedStartFrom });
  return {
    async next() {
      const { statusCode, result, continuationToken } = await iterator.readNext();
      return { documents: statusCode === StatusCodes.NotModified ? [] : result, position: continuationToken };
    },
  };
}

function startFrom(start: FeedStart, range: FeedRange): ChangeFeedStartFrom {
  if (start === 'beginning') return ChangeFeedStartFrom.Beginning(range);
  return start === 'now' ? ChangeFeedStartFrom.Now(range) : ChangeFeedStartFrom.Time(start, range);
}
