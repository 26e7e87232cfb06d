import type { Container, JSONObject } from '@azure/cosmos';
import { expect } from 'vitest';
import { failure, type Check, type Stage } from './check.ts';

function unique(stage: Stage, ...keys: string[][]): Promise<Container> {
  return stage.container({ uniqueKeyPolicy: { uniqueKeys: keys.map((paths) => ({ paths })) } });
}

async function status(call: Promise<{ statusCode: number }>): Promise<number> {
  return call.then(
    ({ statusCode }) => statusCode,
    (error: { code: number }) => error.code,
  );
}

export const uniqueKeyChecks: Check[] = [
  {
    id: 'unique-key-409',
    name: 'a value of a unique key occurs once in a logical partition: a second one is refused with 409',
    async run(stage) {
      const container = await unique(stage, ['/email']);
      await container.items.create({ id: '1', pk: 'a', email: 'x' });
      expect(await failure(container.items.create({ id: '2', pk: 'a', email: 'x' }))).toMatchObject({ code: 409 });
      expect(await status(container.items.create({ id: '2', pk: 'b', email: 'x' }))).toBe(201);
      expect(await status(container.items.create({ id: '3', pk: 'a', email: 'X' }))).toBe(201);
    },
  },
  {
    id: 'unique-key-every-write',
    name: 'upserts, replaces, patches and batches hold to unique keys, and leave the item as it was',
    async run(stage) {
      const container = await unique(stage, ['/email']);
      await container.items.create({ id: '1', pk: 'a', email: 'x' });
      await container.items.create({ id: '2', pk: 'a', email: 'y' });
      const taken: JSONObject = { id: '2', pk: 'a', email: 'x' };
      const item = container.item('2', 'a');
      expect(await status(container.items.upsert(taken))).toBe(409);
      expect(await status(item.replace({ ...taken, id: '2' }))).toBe(409);
      expect(await status(item.patch([{ op: 'set', path: '/email', value: 'x' }]))).toBe(409);
      const { result } = await container.items.batch(
        [{ operationType: 'Replace', id: '2', resourceBody: { ...taken, id: '2' } }],
        'a',
      );
      expect(result?.map(({ statusCode }) => statusCode)).toEqual([409]);
      expect((await item.read()).resource).toMatchObject({ email: 'y' });
      expect(
        await status(item.replace({ id: '2', pk: 'a', email: 'y', more: true } as JSONObject & { id: string })),
      ).toBe(200);
    },
  },
  {
    id: 'unique-key-freed',
    name: 'a deleted, changed or ended item frees its unique keys, within a batch as well',
    async run(stage) {
      const container = await stage.container({
        uniqueKeyPolicy: { uniqueKeys: [{ paths: ['/email'] }] },
        defaultTtl: -1,
      });
      const { result } = await container.items.batch(
        [
          { operationType: 'Create', resourceBody: { id: '1', pk: 'a', email: 'x' } },
          { operationType: 'Delete', id: '1' },
          { operationType: 'Create', resourceBody: { id: '2', pk: 'a', email: 'x' } },
        ],
        'a',
      );
      expect(result?.map(({ statusCode }) => statusCode)).toEqual([201, 204, 201]);
      await container.item('2', 'a').patch([{ op: 'set', path: '/email', value: 'y' }]);
      expect(await status(container.items.create({ id: '3', pk: 'a', email: 'x', ttl: 5 }))).toBe(201);
      stage.advance(6);
      expect(await status(container.items.create({ id: '4', pk: 'a', email: 'x' }))).toBe(201);
    },
  },
  {
    id: 'unique-key-missing-is-null',
    name: 'a missing property counts as null: one item of a partition may lack it',
    async run(stage) {
      const container = await unique(stage, ['/email']);
      expect(await status(container.items.create({ id: '1', pk: 'a' }))).toBe(201);
      expect(await status(container.items.create({ id: '2', pk: 'a', Email: 'x' }))).toBe(409);
      expect(await status(container.items.create({ id: '3', pk: 'a', email: null }))).toBe(409);
    },
  },
  {
    id: 'unique-key-composite',
    name: 'a unique key of several paths is about the combination, and each key is for itself',
    async run(stage) {
      const container = await unique(stage, ['/first', '/name/last'], ['/number']);
      const person = (id: string, first: string, last: string, number: number) =>
        status(container.items.create({ id, pk: 'a', first, name: { last }, number }));
      expect(await person('1', 'Ada', 'L', 1)).toBe(201);
      expect(await person('2', 'Ada', 'M', 2)).toBe(201);
      expect(await person('3', 'Ada', 'L', 3)).toBe(409);
      expect(await person('4', 'Eva', 'N', 1)).toBe(409);
    },
  },
  {
    id: 'unique-key-policy-limits',
    name: 'a policy has at most 10 keys of at most 16 paths and cannot be changed',
    async run(stage) {
      const paths = (count: number) => Array.from({ length: count }, (_, index) => `/p${index}`);
      expect(await failure(unique(stage, paths(17)))).toMatchObject({ code: 400 });
      expect(await failure(unique(stage, ...paths(11).map((path) => [path])))).toMatchObject({ code: 400 });
      const container = await unique(stage, paths(16));
      const { resource } = await container.read();
      const changed = container.replace({
        id: container.id,
        partitionKey: resource?.partitionKey,
        uniqueKeyPolicy: { uniqueKeys: [{ paths: ['/other'] }] },
      });
      expect(await failure(changed)).toMatchObject({ code: 400 });
    },
  },
];
