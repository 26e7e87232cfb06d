import { ChangeFeedStartFrom, type Container } from '@azure/cosmos';
import { expect } from 'vitest';
import type { Check } from './check.ts';
import { KillableService, type Place } from './killable.ts';

interface Version {
  id: string;
  pk: string;
  version: number;
}

const ROUNDS = 2;
const PARTS = 6;

const newPlaces = (count: number): Place[] =>
  Array.from({ length: count }, (_, index) => ({ name: `place-${index}`, acknowledged: 0 }));

/** What is stored must be what was acknowledged, or the write after it that nobody heard of. */
function requireAcknowledged(places: Place[], versionOf: (place: Place) => number): void {
  for (const place of places) {
    const version = versionOf(place);
    expect([place.acknowledged, place.acknowledged + 1]).toContain(version);
    place.acknowledged = version;
  }
}

async function versions(container: Container): Promise<Version[]> {
  return (await container.items.query<Version>('SELECT c.id, c.pk, c.version FROM c').fetchAll()).resources;
}

export const crashChecks: Check[] = [
  {
    id: 'crash-acknowledged-writes',
    name: 'every acknowledged write is there after kill -9, and the change feed goes on where its reader stood',
    async run() {
      const service = await KillableService.start();
      const places = newPlaces(8);
      const seen = new Map<string, number>();
      let continuation: string | undefined;
      for (let round = 0; round < ROUNDS; round += 1) {
        const { items } = service.container();
        const text = 'x'.repeat(5000);
        await service.killDuringWrites(places, ({ name }, version) =>
          items.upsert({ id: name, pk: name, version, text }),
        );
        const container = service.container();
        const stored = new Map((await versions(container)).map(({ id, version }) => [id, version]));
        requireAcknowledged(places, ({ name }) => stored.get(name) ?? 0);

        const from =
          continuation === undefined ? ChangeFeedStartFrom.Beginning() : ChangeFeedStartFrom.Continuation(continuation);
        const feed = container.items.getChangeFeedIterator<Version>({ changeFeedStartFrom: from, maxItemCount: 3 });
        for (;;) {
          const { statusCode, result, continuationToken } = await feed.readNext();
          continuation = continuationToken;
          if (statusCode === 304) break;
          for (const { id, version } of result) seen.set(id, version);
        }
        expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(stored));
      }
    },
  },
  {
    id: 'crash-no-half-batch',
    name: 'a batch is there as a whole or not at all after kill -9',
    async run() {
      const service = await KillableService.start();
      const places = newPlaces(6);
      for (let round = 0; round < ROUNDS; round += 1) {
        const { items } = service.container();
        await service.killDuringWrites(places, async ({ name }, version) => {
          const operations = Array.from({ length: PARTS }, (_, part) => ({
            operationType: 'Upsert' as const,
            resourceBody: { id: String(part), pk: name, version },
          }));
          const { code } = await items.batch(operations, name);
          if (code !== 200) throw new Error(`the batch was answered with ${code}`);
        });
        const stored = await versions(service.container());
        requireAcknowledged(places, ({ name }) => {
          const parts = stored.filter(({ pk }) => pk === name).map(({ version }) => version);
          expect(parts).toEqual(Array(PARTS).fill(parts[0]));
          return parts[0] ?? 0;
        });
      }
    },
  },
  {
    id: 'crash-continuations',
    name: 'continuation tokens of queries and change feeds go on after kill -9',
    async run() {
      const service = await KillableService.start();
      const before = service.container();
      for (let n = 0; n < 12; n += 1) await before.items.create({ id: `i${String(n).padStart(2, '0')}`, pk: 'a', n });
      const queries = [
        'SELECT VALUE c.n FROM c',
        'SELECT VALUE c.n FROM c ORDER BY c.n',
        'SELECT DISTINCT VALUE c.n FROM c',
      ];
      const options = { partitionKey: 'a', maxItemCount: 5 };
      const firsts = await Promise.all(queries.map((query) => before.items.query<number>(query, options).fetchNext()));
      const feed = before.items.getChangeFeedIterator<{ n: number }>({
        changeFeedStartFrom: ChangeFeedStartFrom.Beginning('a'),
        maxItemCount: 5,
      });
      const position = await feed.readNext();
      await service.kill();
      const after = service.container();
      for (const [index, query] of queries.entries()) {
        const { resources, continuationToken } = firsts[index] ?? {};
        const rest = await after.items.query<number>(query, { ...options, continuationToken }).fetchAll();
        expect([...(resources ?? []), ...rest.resources]).toEqual(Array.from({ length: 12 }, (_, n) => n));
      }
      const changeFeedStartFrom = ChangeFeedStartFrom.Continuation(position.continuationToken);
      const { result } = await after.items
        .getChangeFeedIterator<{ n: number }>({ changeFeedStartFrom, maxItemCount: 100 })
        .readNext();
      expect([...position.result, ...result].map(({ n }) => n)).toEqual(Array.from({ length: 12 }, (_, n) => n));
    },
  },
];
