import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChangeFeedStartFrom, CosmosClient, type Container, type OperationInput } from '@azure/cosmos';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CosmosService } from './service.ts';

interface Item {
  id: string;
  pk: string;
  value: number;
  _etag: string;
  _lsn?: number;
}

type Target = { pk: string; id: string };
type Write = { kind: 'create' | 'upsert' | 'replace' | 'delete' | 'incr'; target: Target; value: number };
type Command =
  | Write
  | { kind: 'stale-replace'; target: Target }
  | { kind: 'batch'; pk: string; writes: Omit<Write, 'target'>[]; ids: string[] }
  | { kind: 'restart' }
  | { kind: 'query'; pk: string; atLeast: number }
  | { kind: 'read-feed'; pageSize: number };

const pk = fc.constantFrom('a', 'b', 'c');
const id = fc.constantFrom('1', '2', '3', '4');
const target = fc.record({ pk, id });
const value = fc.integer({ min: 0, max: 9 });
const writeKind = fc.constantFrom('create', 'upsert', 'replace', 'delete', 'incr');
const write = fc.record({ kind: writeKind, target, value }) as fc.Arbitrary<Write>;
const batch = fc.array(fc.record({ kind: writeKind, value }), { minLength: 1, maxLength: 5 }).chain((writes) =>
  fc.record({
    kind: fc.constant('batch'),
    pk,
    writes: fc.constant(writes),
    ids: fc.array(id, { minLength: writes.length, maxLength: writes.length }),
  }),
) as fc.Arbitrary<Command>;
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 12, arbitrary: write },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('stale-replace' as const), target }) },
  { weight: 3, arbitrary: batch },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('query' as const), pk, atLeast: value }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('read-feed' as const), pageSize: fc.integer({ min: 1, max: 5 }) }),
  },
);

/** What must be stored, kept in the simplest way. */
class Model {
  items = new Map<string, { pk: string; id: string; value: number }>();

  /** Applies a write and gives the status that the service must answer with. */
  apply({ kind, target, value }: Write): number {
    const key = JSON.stringify(target);
    const before = this.items.get(key);
    if (kind === 'create' && before) return 409;
    if (!before && kind !== 'create' && kind !== 'upsert') return 404;
    if (kind === 'delete') {
      this.items.delete(key);
      return 204;
    }
    this.items.set(key, { ...target, value: kind === 'incr' ? (before?.value ?? 0) + value : value });
    return before ? 200 : 201;
  }
}

/** Follows the change feed and remembers the latest version that it saw of each item. */
class Follower {
  seen = new Map<string, Item>();
  continuation: string | undefined;
  lastSequence = 0;

  async read(container: Container, maxItemCount: number): Promise<void> {
    const changeFeedStartFrom =
      this.continuation === undefined
        ? ChangeFeedStartFrom.Beginning()
        : ChangeFeedStartFrom.Continuation(this.continuation);
    const iterator = container.items.getChangeFeedIterator<Item>({ changeFeedStartFrom, maxItemCount });
    for (;;) {
      const { statusCode, result, continuationToken } = await iterator.readNext();
      this.continuation = continuationToken;
      if (statusCode === 304) return;
      expect(result.length).toBeLessThanOrEqual(maxItemCount);
      for (const item of result) {
        expect(item._lsn).toBeGreaterThan(this.lastSequence);
        this.lastSequence = item._lsn ?? 0;
        this.seen.set(JSON.stringify({ pk: item.pk, id: item.id }), item);
      }
    }
  }
}

const dataDir = mkdtempSync(join(tmpdir(), 'cosmos-model-'));
let service: CosmosService;
let client: CosmosClient;

async function start(): Promise<void> {
  service = await CosmosService.start({ dataDir });
  client = new CosmosClient({ endpoint: service.endpoint, key: 'a2V5' });
}

async function stop(): Promise<void> {
  client.dispose();
  await service.stop();
}

beforeAll(start);
afterAll(async () => {
  await stop();
  rmSync(dataDir, { recursive: true });
});

function operation({ kind, target: { pk, id }, value }: Write): OperationInput {
  const resourceBody = { pk, id, value };
  if (kind === 'create') return { operationType: 'Create', resourceBody };
  if (kind === 'upsert') return { operationType: 'Upsert', resourceBody };
  if (kind === 'replace') return { operationType: 'Replace', id, resourceBody };
  if (kind === 'delete') return { operationType: 'Delete', id };
  return { operationType: 'Patch', id, resourceBody: [{ op: 'incr', path: '/value', value }] };
}

async function perform(container: Container, { kind, target: { pk, id }, value }: Write): Promise<number> {
  const item = container.item(id, pk);
  const body = { id, pk, value };
  const calls = {
    create: () => container.items.create(body),
    upsert: () => container.items.upsert(body),
    replace: () => item.replace(body),
    delete: () => item.delete(),
    incr: () => item.patch([{ op: 'incr', path: '/value', value }]),
  };
  try {
    return (await calls[kind]()).statusCode;
  } catch (error) {
    return (error as { code: number }).code;
  }
}

async function performBatch(container: Container, model: Model, writes: Write[]): Promise<void> {
  const attempt = new Model();
  attempt.items = new Map(model.items);
  const statuses = writes.map((write) => attempt.apply(write));
  const failed = statuses.findIndex((status) => status >= 400);
  const { code, result } = await container.items.batch(writes.map(operation), writes[0]?.target.pk);
  const expected = failed < 0 ? statuses : statuses.map((status, index) => (index === failed ? status : 424));
  expect(code).toBe(failed < 0 ? 200 : 207);
  expect(result?.map(({ statusCode }) => statusCode)).toEqual(expected);
  if (failed < 0) model.items = attempt.items;
}

async function requireSame(container: Container, model: Model, follower: Follower): Promise<void> {
  const { resources } = await container.items.query<Item>('SELECT * FROM c').fetchAll();
  const stored = new Map(resources.map((item) => [JSON.stringify({ pk: item.pk, id: item.id }), item]));
  expect([...stored.keys()].sort()).toEqual([...model.items.keys()].sort());
  await follower.read(container, 3);
  for (const [key, item] of stored) {
    expect(item).toMatchObject(model.items.get(key) ?? {});
    // No change was missed: the follower's latest version is the stored one.
    expect(follower.seen.get(key)?._etag).toBe(item._etag);
  }
}

let containers = 0;

test('answers, contents and change feed are those of a simple model, over restarts', async () => {
  await client.databases.create({ id: 'model' });
  const property = fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 40 }), async (commands) => {
    containers += 1;
    const name = `container-${containers}`;
    await client.database('model').containers.create({ id: name, partitionKey: '/pk' });
    const container = () => client.database('model').container(name);
    const model = new Model();
    const follower = new Follower();
    for (const command of commands) {
      switch (command.kind) {
        case 'restart':
          await stop();
          await start();
          break;
        case 'read-feed':
          await follower.read(container(), command.pageSize);
          break;
        case 'batch': {
          const { pk, ids, writes } = command;
          const targeted = writes.map((write, index) => ({ ...write, target: { pk, id: ids[index] as string } }));
          await performBatch(container(), model, targeted);
          break;
        }
        case 'query': {
          const { pk, atLeast } = command;
          const query = {
            query: 'SELECT VALUE c.id FROM c WHERE c["value"] >= @n',
            parameters: [{ name: '@n', value: atLeast }],
          };
          const { resources } = await container().items.query<string>(query, { partitionKey: pk }).fetchAll();
          const wanted = [...model.items.values()].filter((item) => item.pk === pk && item.value >= atLeast);
          expect(resources.sort()).toEqual(wanted.map((item) => item.id).sort());
          break;
        }
        case 'stale-replace': {
          const { id, pk } = command.target;
          const condition = { accessCondition: { type: 'IfMatch', condition: '"stale"' } };
          const call = container().item(id, pk).replace({ id, pk, value: -1 }, condition);
          const status = await call.then(
            ({ statusCode }) => statusCode,
            (error: { code: number }) => error.code,
          );
          expect(status).toBe(model.items.has(JSON.stringify(command.target)) ? 412 : 404);
          break;
        }
        default:
          expect(await perform(container(), command)).toBe(model.apply(command));
      }
    }
    await requireSame(container(), model, follower);
  });
  await fc.assert(property, { numRuns: 40 });
}, 60_000);
