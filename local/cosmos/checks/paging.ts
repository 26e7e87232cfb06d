import type { Container, FeedOptions, SqlQuerySpec } from '@azure/cosmos';
import { expect } from 'vitest';
import { failure, type Check, type Stage } from './check.ts';

const IDS = Array.from({ length: 23 }, (_, index) => `item-${String(index).padStart(2, '0')}`);

async function filled(stage: Stage): Promise<Container> {
  const container = await stage.container();
  for (const [index, id] of IDS.entries())
    await container.items.create({ id, pk: `p${index % 4}`, index, numbers: [index, -1, index + 1] });
  return container;
}

interface Row {
  id: string;
}

/** Reads page by page, each with a new iterator that goes on from the token of the one before. */
async function pages(container: Container, query: string | SqlQuerySpec, options: FeedOptions): Promise<string[][]> {
  const result: string[][] = [];
  let continuationToken: string | undefined;
  do {
    const response = await container.items.query<Row>(query, { ...options, continuationToken }).fetchNext();
    result.push(response.resources.map(({ id }) => id));
    continuationToken = response.continuationToken;
  } while (continuationToken);
  return result;
}

const ofPartition = (partition: number) => IDS.filter((_, index) => index % 4 === partition);

export const pagingChecks: Check[] = [
  {
    id: 'cross-partition-query',
    name: 'a query gives the rows of all partitions',
    async run(stage) {
      const { resources } = await (
        await filled(stage)
      ).items
        .query<Row>('SELECT c.id FROM c WHERE c.index > 2')
        .fetchAll();
      expect(resources.map(({ id }) => id).sort()).toEqual(IDS.slice(3));
    },
  },
  {
    id: 'cross-partition-read-all',
    name: 'readAll gives the items of all partitions',
    async run(stage) {
      const { resources } = await (await filled(stage)).items.readAll<Row>({ maxItemCount: 5 }).fetchAll();
      expect(resources.map(({ id }) => id).sort()).toEqual(IDS);
    },
  },
  {
    id: 'cross-partition-query-control',
    name: 'enableQueryControl and forceQueryPlan give the same rows',
    async run(stage) {
      const container = await filled(stage);
      for (const options of [{ enableQueryControl: true }, { forceQueryPlan: true }, {}]) {
        for (const query of ['SELECT c.id FROM c', 'SELECT c.id FROM c ORDER BY c.index']) {
          const { resources } = await container.items.query<Row>(query, { ...options, maxItemCount: 6 }).fetchAll();
          expect(resources.map(({ id }) => id).sort()).toEqual(IDS);
        }
        const count = container.items.query('SELECT VALUE COUNT(1) FROM c', options);
        expect((await count.fetchAll()).resources).toEqual([IDS.length]);
      }
    },
  },
  {
    id: 'cross-partition-aggregate-without-value',
    name: 'an aggregate over partitions without VALUE is refused by the client',
    async run(stage) {
      const container = await filled(stage);
      const query = 'SELECT COUNT(1) AS n FROM c';
      const refusal = await failure(container.items.query(query).fetchAll());
      expect(refusal.message).toBe('Aggregate queries must use the VALUE keyword');
      const inOne = container.items.query(query, { partitionKey: 'p0' });
      expect((await inOne.fetchAll()).resources).toEqual([{ n: 6 }]);
    },
  },
  {
    id: 'continuation-one-partition',
    name: 'a continuation token goes on in one partition without loss or repetition',
    async run(stage) {
      const container = await filled(stage);
      const read = await pages(container, 'SELECT * FROM c', { partitionKey: 'p1', maxItemCount: 4 });
      expect(read).toEqual([ofPartition(1).slice(0, 4), ofPartition(1).slice(4)]);
      const ordered = await pages(container, 'SELECT c.id FROM c ORDER BY c.index DESC', {
        partitionKey: 'p1',
        maxItemCount: 4,
      });
      expect(ordered.flat()).toEqual(ofPartition(1).toReversed());
    },
  },
  {
    id: 'continuation-many-partitions',
    name: 'a continuation token goes on over all partitions without loss or repetition',
    async run(stage) {
      const container = await filled(stage);
      const queries = [
        'SELECT c.id FROM c',
        'SELECT c.id FROM c ORDER BY c.index',
        'SELECT c.id FROM c WHERE c.pk IN ("p0", "p1", "p2", "p3")',
        'SELECT DISTINCT c.id FROM c',
        'SELECT c.id FROM c JOIN (SELECT VALUE n FROM n IN c.numbers WHERE n >= 0) AS n WHERE n = c.index',
      ];
      for (const query of queries) {
        const read = await pages(container, query, { maxItemCount: 5 });
        expect(read.flat().sort()).toEqual(IDS);
        expect(read.map(({ length }) => length)).toEqual([5, 5, 5, 5, 3]);
      }
      const window = await pages(container, 'SELECT c.id FROM c ORDER BY c.index OFFSET 3 LIMIT 12', {
        maxItemCount: 5,
      });
      expect(window.flat()).toEqual(IDS.slice(3, 15));
      const top = await pages(container, 'SELECT TOP 7 c.id FROM c', { maxItemCount: 5 });
      expect(top.map(({ length }) => length)).toEqual([5, 2]);
    },
  },
  {
    id: 'continuation-fetch-next-loop',
    name: 'fetchNext gives pages of the wanted size until there are no more',
    async run(stage) {
      const iterator = (await filled(stage)).items.query<Row>('SELECT c.id FROM c', { maxItemCount: 7 });
      const sizes: number[] = [];
      const ids: string[] = [];
      while (iterator.hasMoreResults()) {
        const { resources } = await iterator.fetchNext();
        sizes.push(resources.length);
        ids.push(...resources.map(({ id }) => id));
      }
      expect(sizes).toEqual([7, 7, 7, 2]);
      expect(ids.sort()).toEqual(IDS);
    },
  },
  {
    id: 'continuation-page-of-4-mb',
    name: 'a page ends at 4 MB, whatever number of items was asked for',
    async run(stage) {
      const container = await stage.container();
      for (let index = 0; index < 6; index += 1) {
        await container.items.create({ id: String(index), pk: 'a', text: 'x'.repeat(1_000_000) });
      }
      const pages = container.items.query<Row>('SELECT * FROM c', { maxItemCount: -1 });
      const first = await pages.fetchNext();
      expect(first.resources).toHaveLength(5);
      expect(first.continuationToken).toBeDefined();
      expect((await pages.fetchNext()).resources.map(({ id }) => id)).toEqual(['5']);
    },
  },
  {
    id: 'continuation-ordered-items',
    name: 'an ordered query gives whole items page by page, without those deleted meanwhile',
    async run(stage) {
      const container = await stage.container();
      for (const n of [3, 1, 2, 5, 4]) await container.items.create({ id: String(n), pk: 'a', n });
      const pages = container.items.query<Row>('SELECT * FROM c ORDER BY c.n DESC', { maxItemCount: 2 });
      const first = await pages.fetchNext();
      expect(first.resources.map(({ id }) => id)).toEqual(['5', '4']);
      expect((await container.item('5', 'a').read()).resource).toEqual(first.resources[0]);
      await container.item('2', 'a').delete();
      expect((await pages.fetchNext()).resources.map(({ id }) => id)).toEqual(['3', '1']);
      expect(pages.hasMoreResults()).toBe(false);
    },
  },
];
