import type { Container, PatchRequestBody } from '@azure/cosmos';
import { expect } from 'vitest';
import { failure, type Check, type Stage } from './check.ts';

interface Item {
  id: string;
  pk: string;
  value: number;
  _etag: string;
}

/** An item with the entity tag of its first version, which is not the latest any more. */
async function staleItem(stage: Stage): Promise<{ container: Container; stale: string }> {
  const container = await stage.container();
  const { resource } = await container.items.create({ id: '1', pk: 'a', value: 1 });
  await container.items.upsert({ id: '1', pk: 'a', value: 2 });
  return { container, stale: resource?._etag ?? '' };
}

function ifMatch(condition: string): { accessCondition: { type: string; condition: string } } {
  return { accessCondition: { type: 'IfMatch', condition } };
}

async function requireUntouched(container: Container): Promise<void> {
  const { resource } = await container.item('1', 'a').read<Item>();
  expect(resource?.value).toBe(2);
}

export const etagChecks: Check[] = [
  {
    id: 'etag-replace-stale-412',
    name: 'a replace with a stale If-Match is refused with 412',
    async run(stage) {
      const { container, stale } = await staleItem(stage);
      const replace = (etag: string) => container.item('1', 'a').replace({ id: '1', pk: 'a', value: 3 }, ifMatch(etag));
      expect(await failure(replace(stale))).toMatchObject({ code: 412 });
      await requireUntouched(container);
      const { resource } = await container.item('1', 'a').read<Item>();
      expect((await replace(resource?._etag ?? '')).statusCode).toBe(200);
    },
  },
  {
    id: 'etag-upsert-stale-412',
    name: 'an upsert with a stale If-Match is refused with 412',
    async run(stage) {
      const { container, stale } = await staleItem(stage);
      const upsert = container.items.upsert({ id: '1', pk: 'a', value: 3 }, ifMatch(stale));
      expect(await failure(upsert)).toMatchObject({ code: 412 });
      await requireUntouched(container);
    },
  },
  {
    id: 'etag-delete-stale-412',
    name: 'a delete with a stale If-Match is refused with 412',
    async run(stage) {
      const { container, stale } = await staleItem(stage);
      expect(await failure(container.item('1', 'a').delete(ifMatch(stale)))).toMatchObject({ code: 412 });
      await requireUntouched(container);
    },
  },
  {
    id: 'etag-read-if-none-match-304',
    name: 'a read with If-None-Match answers 304 while the item is unchanged',
    async run(stage) {
      const container = await stage.container();
      const { etag } = await container.items.create({ id: '1', pk: 'a', value: 1 });
      const unlessSame = { accessCondition: { type: 'IfNoneMatch', condition: etag } };
      expect((await container.item('1', 'a').read({ ...unlessSame })).statusCode).toBe(304);
      await container.items.upsert({ id: '1', pk: 'a', value: 2 });
      const changed = await container.item('1', 'a').read<Item>({ ...unlessSame });
      expect(changed.statusCode).toBe(200);
      expect(changed.resource?.value).toBe(2);
    },
  },
];

async function patched(stage: Stage, before: object, patch: PatchRequestBody): Promise<object | undefined> {
  const container = await stage.container();
  await container.items.create({ id: '1', pk: 'a', ...before });
  const { resource } = await container.item('1', 'a').patch(patch);
  const read = await container.item('1', 'a').read();
  expect(read.resource).toEqual(resource);
  return resource;
}

/** The client's types do not know the operation yet. */
const move = (from: string, path: string) => ({ op: 'move', from, path }) as unknown as { op: 'remove'; path: string };

export const patchChecks: Check[] = [
  {
    id: 'patch-set',
    name: 'patch set writes members and array elements',
    async run(stage) {
      const after = await patched(stage, { value: 1, list: [1, 2] }, [
        { op: 'set', path: '/value', value: { deep: [] } },
        { op: 'set', path: '/value/deeper', value: 2 },
        { op: 'set', path: '/list/1', value: 'two' },
      ]);
      expect(after).toMatchObject({ value: { deep: [], deeper: 2 }, list: [1, 'two'] });
    },
  },
  {
    id: 'patch-incr',
    name: 'patch incr adds to a number and makes one that is missing',
    async run(stage) {
      const after = await patched(stage, { count: 1.5 }, [
        { op: 'incr', path: '/count', value: -2 },
        { op: 'incr', path: '/fresh', value: 3 },
      ]);
      expect(after).toMatchObject({ count: -0.5, fresh: 3 });
    },
  },
  {
    id: 'patch-add',
    name: 'patch add inserts into arrays and sets members',
    async run(stage) {
      const after = await patched(stage, { list: ['a', 'c'] }, [
        { op: 'add', path: '/list/1', value: 'b' },
        { op: 'add', path: '/list/-', value: 'd' },
        { op: 'add', path: '/new', value: null },
      ]);
      expect(after).toMatchObject({ list: ['a', 'b', 'c', 'd'], new: null });
    },
  },
  {
    id: 'patch-remove',
    name: 'patch remove takes members and array elements out',
    async run(stage) {
      const after = await patched(stage, { old: 1, list: [1, 2, 3] }, [
        { op: 'remove', path: '/old' },
        { op: 'remove', path: '/list/0' },
      ]);
      expect(after).not.toHaveProperty('old');
      expect(after).toMatchObject({ list: [2, 3] });
    },
  },
  {
    id: 'patch-move',
    name: 'patch move takes a value from one place to another',
    async run(stage) {
      const after = await patched(stage, { from: { value: 5 }, to: {} }, [move('/from/value', '/to/value')]);
      expect(after).toMatchObject({ from: {}, to: { value: 5 } });
    },
  },
  {
    id: 'patch-condition',
    name: 'a patch is applied when its condition holds, else refused with 412',
    async run(stage) {
      const container = await stage.container();
      await container.items.create({ id: '1', pk: 'a', stock: 1 });
      const take = {
        condition: 'from c where c.stock > 0',
        operations: [{ op: 'incr' as const, path: '/stock', value: -1 }],
      };
      expect((await container.item('1', 'a').patch(take)).resource).toMatchObject({ stock: 0 });
      expect(await failure(container.item('1', 'a').patch(take))).toMatchObject({ code: 412 });
      expect((await container.item('1', 'a').read()).resource).toMatchObject({ stock: 0 });
    },
  },
];
