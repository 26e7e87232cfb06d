import type { Container } from '@azure/cosmos';
import { expect } from 'vitest';
import { failure, type Check, type Stage } from './check.ts';

type Condition = 'none' | 'present' | 'stale' | 'any';
type Operation = (container: Container, id: string, options: object) => Promise<{ statusCode: number }>;

const OPERATIONS: Record<string, Operation> = {
  upsert: (container, id, options) => container.items.upsert({ id, pk: 'a', changed: true }, options),
  replace: (container, id, options) => container.item(id, 'a').replace({ id, pk: 'a', changed: true }, options),
  patch: (container, id, options) =>
    container.item(id, 'a').patch([{ op: 'add', path: '/changed', value: true }], options),
  delete: (container, id, options) => container.item(id, 'a').delete(options),
  read: (container, id, options) => container.item(id, 'a').read(options),
};

/** The status of an operation under a condition, on an item with two versions or on none. */
async function statusOf(
  stage: Stage,
  type: 'IfMatch' | 'IfNoneMatch',
  operation: Operation,
  condition: Condition,
  exists: boolean,
): Promise<number> {
  const container = await stage.container();
  const first = await container.items.create({ id: '1', pk: 'a' });
  const second = await container.items.upsert({ id: '1', pk: 'a' });
  const tags: Record<Condition, string> = { none: '', present: second.etag, stale: first.etag, any: '*' };
  const options = condition === 'none' ? {} : { accessCondition: { type, condition: tags[condition] } };
  const call = operation(container, exists ? '1' : 'missing', options);
  const status = await call.then(
    ({ statusCode }) => statusCode,
    (error: { code: number }) => error.code,
  );
  const { resource } = await container.item('1', 'a').read<{ changed?: boolean }>();
  // Refused means untouched.
  if (status >= 400) expect(resource).toMatchObject({ _etag: second.etag });
  return status;
}

/** Status by operation: with no condition, the present tag, a stale one, `*`; then the present tag on a missing item. */
const IF_MATCH: Record<string, number[]> = {
  upsert: [200, 200, 412, 200, 201],
  replace: [200, 200, 412, 200, 404],
  patch: [200, 200, 412, 200, 404],
  delete: [204, 204, 412, 204, 404],
  read: [200, 200, 200, 200, 404],
};

export const etagMatrixChecks: Check[] = [
  ...Object.entries(IF_MATCH).map(([name, expected]): Check => ({
    id: `etag-if-match-${name}`,
    name: `If-Match on ${name}: ${expected.slice(0, 4).join(', ')} for none, the present tag, a stale one and *; ${expected[4]} without an item`,
    async run(stage) {
      const operation = OPERATIONS[name] as Operation;
      const conditions: Condition[] = ['none', 'present', 'stale', 'any'];
      const statuses = [];
      for (const condition of conditions) statuses.push(await statusOf(stage, 'IfMatch', operation, condition, true));
      statuses.push(await statusOf(stage, 'IfMatch', operation, 'present', false));
      expect(statuses).toEqual(expected);
    },
  })),
  {
    id: 'etag-if-none-match-read',
    name: 'If-None-Match on a read: 304 for the present tag and *, else the item',
    async run(stage) {
      const { read } = OPERATIONS;
      const statuses = [];
      for (const condition of ['none', 'present', 'stale', 'any'] as const) {
        statuses.push(await statusOf(stage, 'IfNoneMatch', read as Operation, condition, true));
      }
      expect(statuses).toEqual([200, 304, 200, 304]);
    },
  },
  {
    id: 'etag-in-batch',
    name: 'a stale If-Match in a batch takes the whole batch back',
    async run(stage) {
      const container = await stage.container();
      const first = await container.items.create({ id: '1', pk: 'a', n: 1 });
      await container.items.upsert({ id: '1', pk: 'a', n: 2 });
      const { code, result } = await container.items.batch(
        [
          { operationType: 'Create', resourceBody: { id: '2', pk: 'a' } },
          { operationType: 'Replace', id: '1', resourceBody: { id: '1', pk: 'a', n: 3 }, ifMatch: first.etag },
        ],
        'a',
      );
      expect(code).toBe(207);
      expect(result?.map(({ statusCode }) => statusCode)).toEqual([424, 412]);
      expect((await container.item('1', 'a').read()).resource).toMatchObject({ n: 2 });
      expect((await container.item('2', 'a').read()).statusCode).toBe(404);
    },
  },
  {
    id: 'etag-in-bulk',
    name: 'a stale If-Match in a bulk request refuses that operation alone',
    async run(stage) {
      const container = await stage.container();
      const first = await container.items.create({ id: '1', pk: 'a' });
      await container.items.upsert({ id: '1', pk: 'a' });
      const outcomes = await container.items.bulk([
        { operationType: 'Upsert', resourceBody: { id: '1', pk: 'a' }, ifMatch: first.etag },
        { operationType: 'Upsert', resourceBody: { id: '2', pk: 'a' } },
      ]);
      expect(outcomes.map(({ statusCode }) => statusCode)).toEqual([412, 201]);
    },
  },
  {
    id: 'etag-patch-condition-and-tag',
    name: 'a patch needs both its condition and its tag to hold',
    async run(stage) {
      const container = await stage.container();
      const first = await container.items.create({ id: '1', pk: 'a', n: 1 });
      const patch = (condition: string, tag: string) =>
        container
          .item('1', 'a')
          .patch(
            { condition, operations: [{ op: 'incr', path: '/n', value: 1 }] },
            { accessCondition: { type: 'IfMatch', condition: tag } },
          );
      expect(await failure(patch('from c where c.n > 5', first.etag))).toMatchObject({ code: 412 });
      expect(await failure(patch('from c where c.n = 1', '"stale"'))).toMatchObject({ code: 412 });
      expect((await patch('from c where c.n = 1', first.etag)).resource).toMatchObject({ n: 2 });
    },
  },
];
