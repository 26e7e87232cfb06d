import { ChangeFeedStartFrom, type Container, type JSONObject } from '@azure/cosmos';
import { expect } from 'vitest';
import type { Check } from './check.ts';

/** An item whose JSON has just so many bytes and four terms: id, key, text and time of change. */
function item(id: string, bytes: number): JSONObject & { id: string } {
  const bare = { id, pk: 'a', text: '' };
  return { ...bare, text: 'x'.repeat(bytes - JSON.stringify(bare).length) };
}

async function queryCharge(container: Container, query: string): Promise<number> {
  return (await container.items.query(query, { partitionKey: 'a', maxItemCount: -1 }).fetchNext()).requestCharge;
}

export const chargeChecks: Check[] = [
  {
    id: 'charge-point-read',
    name: 'a point read of 1 KB costs 1 RU, of 64 KB 4.76 RU',
    async run(stage) {
      const container = await stage.container();
      for (const [bytes, units] of [
        [1024, 1],
        [64 * 1024, 4.76],
      ] as const) {
        await container.items.create(item(String(bytes), bytes));
        expect((await container.item(String(bytes), 'a').read()).requestCharge).toBeCloseTo(units, 1);
      }
    },
  },
  {
    id: 'charge-create',
    name: 'creating an item costs by its size and 0.2 RU for each term of the index',
    async run(stage) {
      const container = await stage.container();
      const plain = await container.items.create(item('1', 1024));
      expect(plain.requestCharge).toBeCloseTo(4.95 + 0.2 * 4, 1);
      const large = await container.items.create(item('2', 128 * 1024));
      expect(large.requestCharge).toBeCloseTo(48.19 + 0.2 * 4, 0);
      const indexed = await container.items.create({ id: '3', pk: 'a', list: Array.from({ length: 50 }, (_, n) => n) });
      expect(indexed.requestCharge).toBeCloseTo(4.95 + 0.2 * 53, 1);
    },
  },
  {
    id: 'charge-excluded-paths',
    name: 'what the indexing policy excludes makes a write cheaper',
    async run(stage) {
      const excluding = await stage.container({
        indexingPolicy: { includedPaths: [{ path: '/*' }], excludedPaths: [{ path: '/list/*' }] },
      });
      const none = await stage.container({ indexingPolicy: { indexingMode: 'none', automatic: false } });
      const list = Array.from({ length: 50 }, (_, n) => n);
      const charge = async (container: Container) =>
        (await container.items.create({ id: '1', pk: 'a', list })).requestCharge;
      expect(await charge(excluding)).toBeCloseTo(4.95 + 0.2 * 3, 1);
      expect(await charge(none)).toBeCloseTo(4.95, 1);
    },
  },
  {
    id: 'charge-replace-and-patch',
    name: 'a replace costs about twice a create, a patch 0.4 RU more per operation',
    async run(stage) {
      const container = await stage.container();
      await container.items.create(item('1', 1024));
      const replaced = await container.item('1', 'a').replace(item('1', 1024));
      expect(replaced.requestCharge).toBeCloseTo(10.7, 1);
      const patched = await container.item('1', 'a').patch([
        { op: 'set', path: '/a', value: 1 },
        { op: 'set', path: '/b', value: 2 },
      ]);
      expect(patched.requestCharge).toBeCloseTo(11.5, 1);
    },
  },
  {
    id: 'charge-delete',
    name: 'a delete costs what the create did',
    async run(stage) {
      const container = await stage.container();
      const created = await container.items.create({ ...item('1', 3000), list: [1, 2, 3] });
      const deleted = await container.item('1', 'a').delete();
      expect(deleted.requestCharge).toBeCloseTo(created.requestCharge, 1);
    },
  },
  {
    id: 'charge-batch',
    name: 'a batch costs the sum of its operations',
    async run(stage) {
      const container = await stage.container();
      const single = await container.items.create(item('0', 1024));
      const answer = await container.items.batch(
        ['1', '2'].map((id) => ({ operationType: 'Create' as const, resourceBody: item(id, 1024) })),
        'a',
      );
      const charges = answer.result?.map(({ requestCharge }) => requestCharge) ?? [];
      expect(charges).toEqual([single.requestCharge, single.requestCharge]);
      expect(Number(answer.headers['x-ms-request-charge'])).toBeCloseTo(2 * single.requestCharge, 2);
    },
  },
  {
    id: 'charge-query',
    name: 'a query costs an estimate: by the items it has to load and the bytes it gives',
    fidelity: 'differs',
    async run(stage) {
      const container = await stage.container({
        indexingPolicy: { includedPaths: [{ path: '/*' }], excludedPaths: [{ path: '/hidden/?' }] },
      });
      for (let n = 0; n < 40; n += 1) await container.items.create({ ...item(String(n), 2048), n, hidden: n });
      const one = await queryCharge(container, 'SELECT VALUE c.n FROM c WHERE c.n = 1');
      const scan = await queryCharge(container, 'SELECT VALUE c.n FROM c WHERE c.hidden = 1');
      const all = await queryCharge(container, 'SELECT * FROM c');
      expect(one).toBeGreaterThan(2);
      expect(one).toBeLessThan(3);
      expect(scan).toBeGreaterThan(one + 2);
      expect(all).toBeGreaterThan(scan);
    },
  },
  {
    id: 'charge-change-feed',
    name: 'a page of the change feed costs a point read for each of its items',
    async run(stage) {
      const container = await stage.container();
      for (let n = 0; n < 5; n += 1) await container.items.create(item(String(n), 1024));
      const feed = container.items.getChangeFeedIterator({
        changeFeedStartFrom: ChangeFeedStartFrom.Beginning(),
        maxItemCount: 5,
      });
      expect((await feed.readNext()).requestCharge).toBeCloseTo(5, 1);
    },
  },
];
