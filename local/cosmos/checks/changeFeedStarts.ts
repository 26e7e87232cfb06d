import {
  ChangeFeedStartFrom,
  FeedRange,
  type ChangeFeedPullModelIterator,
  type Container,
  type PartitionKey,
} from '@azure/cosmos';
import { expect } from 'vitest';
import { failure, type Check, type Stage } from './check.ts';

interface Item {
  id: string;
  _ts: number;
  _lsn: number;
}

type Scope = PartitionKey | FeedRange | undefined;

/** Items of the partitions a and b: two old ones of each, then, some seconds later, two new ones of each. */
async function history(stage: Stage): Promise<{ container: Container; later: Date }> {
  const container = await stage.container();
  const write = async (from: number) => {
    for (const pk of ['a', 'b']) {
      for (let n = from; n < from + 2; n += 1) await container.items.create({ id: `${pk}${n}`, pk });
    }
  };
  await write(1);
  stage.advance(10);
  await write(3);
  const { resource } = await container.item('a3', 'a').read<Item>();
  return { container, later: new Date((resource?._ts ?? 0) * 1000) };
}

/** Everything that is to be read now. */
async function drain(iterator: ChangeFeedPullModelIterator<Item>): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const { statusCode, result } = await iterator.readNext();
    if (statusCode === 304) return ids;
    ids.push(...result.map(({ id }) => id));
  }
}

const ALL = ['a1', 'a2', 'b1', 'b2', 'a3', 'a4', 'b3', 'b4'];
const ofPartition = (ids: readonly string[], pk: string) => ids.filter((id) => id.startsWith(pk));

/** Each way to start a feed, for one kind of scope. */
function starts(id: string, what: string, scope: (container: Container) => Promise<Scope>, pk = ''): Check {
  return {
    id,
    name: `a change feed of ${what} starts at the beginning, now, at a time and at a continuation`,
    async run(stage) {
      const { container, later } = await history(stage);
      const of = await scope(container);
      const follow = (from: ChangeFeedStartFrom) =>
        container.items.getChangeFeedIterator<Item>({ changeFeedStartFrom: from, maxItemCount: 3 });
      expect(await drain(follow(ChangeFeedStartFrom.Beginning(of)))).toEqual(ofPartition(ALL, pk));
      const now = follow(ChangeFeedStartFrom.Now(of));
      expect(await drain(now)).toEqual([]);
      expect(await drain(follow(ChangeFeedStartFrom.Time(later, of)))).toEqual(ofPartition(ALL.slice(4), pk));

      const paged = follow(ChangeFeedStartFrom.Beginning(of));
      const { result, continuationToken } = await paged.readNext();
      const rest = ofPartition(ALL, pk).slice(result.length);
      expect(await drain(follow(ChangeFeedStartFrom.Continuation(continuationToken)))).toEqual(rest);

      for (const key of ['a', 'b']) await container.items.create({ id: `${key}5`, pk: key });
      expect(await drain(now)).toEqual(ofPartition(['a5', 'b5'], pk));
    },
  };
}

export const changeFeedStartChecks: Check[] = [
  starts('changefeed-starts-container', 'a container', () => Promise.resolve(undefined)),
  starts('changefeed-starts-partition-key', 'a partition key', () => Promise.resolve('a'), 'a'),
  starts('changefeed-starts-feed-range', 'a feed range', async (container) => (await container.getFeedRanges())[0]),
  {
    id: 'changefeed-feed-range-of-hashes',
    name: 'two feed ranges that part the hashes at the middle give every change once',
    async run(stage) {
      const { container } = await history(stage);
      for (let n = 0; n < 20; n += 1) await container.items.create({ id: `p${n}`, pk: `p${n}` });
      const read = async (minInclusive: string, maxExclusive: string) => {
        const { body } = await stage.raw('GET', `${container.url}/docs`, {
          'a-im': 'Incremental Feed',
          'x-ms-max-item-count': '100',
          'x-ms-documentdb-partitionkeyrangeid': '0',
          'x-ms-start-epk': minInclusive,
          'x-ms-end-epk': maxExclusive,
          'x-ms-read-key-type': 'EffectivePartitionKeyRange',
        });
        return (body.Documents as Item[]).map(({ id }) => id);
      };
      const halves = [
        await read('', '1FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF'),
        await read('1FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF', 'FF'),
      ];
      expect(halves.every(({ length }) => length > 0)).toBe(true);
      const whole = [...ALL, ...Array.from({ length: 20 }, (_, n) => `p${n}`)];
      expect(halves.flat().sort()).toEqual(whole.sort());
    },
  },
  {
    id: 'changefeed-order',
    name: 'changes come in the order of their numbers (_lsn), an item that changed again at its new place',
    async run(stage) {
      const { container } = await history(stage);
      await container.items.upsert({ id: 'b1', pk: 'b' });
      const feed = container.items.getChangeFeedIterator<Item>({
        changeFeedStartFrom: ChangeFeedStartFrom.Beginning(),
      });
      const { result } = await feed.readNext();
      expect(result.map(({ id }) => id)).toEqual([...ALL.filter((id) => id !== 'b1'), 'b1']);
      const numbers = result.map(({ _lsn: lsn }) => lsn);
      expect(numbers).toEqual([...numbers].sort((left, right) => left - right));
    },
  },
  {
    id: 'changefeed-token-of-other-container',
    name: 'a continuation of another container is refused',
    async run(stage) {
      const { container } = await history(stage);
      const other = await stage.container();
      const feed = container.items.getChangeFeedIterator({ changeFeedStartFrom: ChangeFeedStartFrom.Beginning() });
      const { continuationToken } = await feed.readNext();
      const wrong = other.items.getChangeFeedIterator({
        changeFeedStartFrom: ChangeFeedStartFrom.Continuation(continuationToken),
      });
      expect((await failure(wrong.readNext())).message).toContain('not for the current container');
    },
  },
  {
    id: 'changefeed-older-iterator',
    name: 'the older change feed iterator reads a partition from its beginning, page by page',
    async run(stage) {
      const { container } = await history(stage);
      const iterator = container.items.changeFeed<Item>('a', { startFromBeginning: true, maxItemCount: 3 });
      const pages: string[][] = [];
      for await (const { result } of iterator.getAsyncIterator()) pages.push(result.map(({ id }) => id));
      expect(pages).toEqual([['a1', 'a2', 'a3'], ['a4']]);
    },
  },
  {
    id: 'changefeed-large-page',
    name: 'a page of the change feed may be large, and a batch appears in it in its order',
    async run(stage) {
      const container = await stage.container();
      for (let from = 0; from < 250; from += 50) {
        const create = (_: unknown, index: number) => ({
          operationType: 'Create' as const,
          resourceBody: { id: String(from + index), pk: 'a' },
        });
        await container.items.batch(Array.from({ length: 50 }, create), 'a');
      }
      const feed = container.items.getChangeFeedIterator<Item>({
        changeFeedStartFrom: ChangeFeedStartFrom.Beginning(),
        maxItemCount: 1000,
      });
      const { result } = await feed.readNext();
      expect(result.map(({ id }) => Number(id))).toEqual(Array.from({ length: 250 }, (_, index) => index));
    },
  },
];
