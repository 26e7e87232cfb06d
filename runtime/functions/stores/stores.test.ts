import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CosmosClient, type Database } from '@azure/cosmos';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CosmosService } from '../../../local/cosmos/service.ts';
import type { CursorDocument, DeltaDocument, ProfileDocument } from '../../contracts/documents.ts';
import { CONTAINERS } from '../../contracts/names.ts';
import { cosmosProfileStore } from '../ingest/cosmosProfileStore.ts';
import { cosmosSignalStore } from '../ingest/cosmosSignalStore.ts';
import { deltaId } from '../ingest/delta.ts';
import { cosmosDeltaSource } from '../learner/deltaSource.ts';
import { readTrainingUsers } from '../training/trainingUsers.ts';
import { storeCall, TransientStoreError } from './transientError.ts';
import { groupsOf, inParallel } from './inParallel.ts';
import { backoffMs, withRetry } from './retry.ts';

let service: CosmosService;
let client: CosmosClient;
let database: Database;
let folder: string;
let count = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stores-'));
  service = await CosmosService.start({ dataDir: folder, port: 0 });
  // No retries by the client, so that a busy store is seen at once.
  const retryOptions = { maxRetryAttemptCount: 0 };
  client = new CosmosClient({ endpoint: service.endpoint, key: 'a2V5', connectionPolicy: { retryOptions } });
});

afterAll(async () => {
  client.dispose();
  await service.stop();
  rmSync(folder, { recursive: true });
});

beforeEach(async () => {
  ({ database } = await client.databases.create({ id: `db${++count}` }));
  for (const { name, partitionKey, defaultTtl } of Object.values(CONTAINERS)) {
    await database.containers.create({ id: name, partitionKey, defaultTtl });
  }
});

function throttle(container: string, requests = 1) {
  const params = { database: database.id, container, count: requests, retryAfterMs: 7 };
  return (service.methods.throttle as (params: unknown) => unknown)(params);
}

function profileOf(subject: string, over: Partial<ProfileDocument> = {}): ProfileDocument {
  const empty = { history: [], items: [], hidden: [], recentIds: '', events: 1 };
  return { id: subject, subject, kind: 'user', partition: '0', sequence: 1, ...empty, ...over };
}

describe('cosmosProfileStore', () => {
  const store = () => cosmosProfileStore(database.container(CONTAINERS.profiles.name));
  const etagOf = (answer: unknown) => (answer as { etag: string }).etag;

  it('creates, reads and replaces more profiles than one request takes', async () => {
    const subjects = Array.from({ length: 250 }, (_, index) => `user:${index}`);
    const created = await store().write(subjects.map((subject) => profileOf(subject)));
    const read = await store().read([...subjects, 'user:unknown']);
    expect([...read.keys()]).toEqual(subjects);
    expect(read.get('user:7')).toMatchObject({ ...profileOf('user:7'), _etag: etagOf(created[7]) });
    const replaced = await store().write([{ ...read.get('user:7')!, events: 2 }]);
    expect((await store().read(['user:7'])).get('user:7')).toMatchObject({ events: 2, _etag: etagOf(replaced[0]) });
  });

  it('answers each profile on its own when other writers were first', async () => {
    const [written] = await store().write([profileOf('user:a')]);
    const stale = profileOf('user:a', { _etag: '"stale"' });
    const gone = profileOf('user:gone', { _etag: '"any"' });
    const current = profileOf('user:a', { events: 5, _etag: etagOf(written) });
    expect(await store().write([stale, gone, profileOf('user:a'), profileOf('user:b'), current])).toEqual([
      { conflict: true },
      { conflict: true },
      { conflict: true },
      { etag: expect.any(String) as string },
      { etag: expect.any(String) as string },
    ]);
  });

  it('reports a busy store with the time it asked for', async () => {
    throttle(CONTAINERS.profiles.name);
    const writing = store().write([profileOf('user:a')]);
    await expect(writing).rejects.toMatchObject({ name: 'TransientStoreError', retryAfterMs: 7 });
    throttle(CONTAINERS.profiles.name);
    await expect(store().read(['user:a'])).rejects.toThrow(TransientStoreError);
  });

  it('says why a profile is refused for good', async () => {
    const huge = profileOf('user:huge', { lastQuery: 'x'.repeat(2_200_000) });
    // The refusal fails the request after the other profile was written, which then looks like another writer's.
    expect(await store().write([profileOf('user:a'), huge])).toEqual([
      { conflict: true },
      { refused: 'Cosmos refused the profile with status 413.' },
    ]);
    expect([...(await store().read(['user:a', 'user:huge'])).keys()]).toEqual(['user:a']);
  });

  it('feeds the training with users, not with sessions', async () => {
    const items: ProfileDocument['items'] = [['i', 2, 1, 5]];
    await store().write([
      profileOf('user:b', { items }),
      profileOf('user:a'),
      profileOf('session:s', { kind: 'session', items }),
    ]);
    expect(await readTrainingUsers(database.container(CONTAINERS.profiles.name))).toEqual([
      { id: 'user:a', items: [] },
      { id: 'user:b', items },
    ]);
  });
});

describe('cosmosSignalStore and cosmosDeltaSource', () => {
  const signals = () => cosmosSignalStore(database.container(CONTAINERS.signals.name));
  const source = () => cosmosDeltaSource(database.container(CONTAINERS.signals.name));
  const cursor = (sequence: number, _etag?: string): CursorDocument => {
    const totals = { applied: sequence + 1, duplicates: 0, deadLettered: {} };
    return { id: 'cursor', partition: 'hub-0', kind: 'cursor', sequence, ...totals, ...(_etag ? { _etag } : {}) };
  };
  const delta = (from: number): DeltaDocument => {
    const taught = { time: 1, popularity: { i: 1 }, transitions: { i: [['j', 1]] as [string, number][] } };
    return { id: deltaId(from), partition: 'hub-0', kind: 'delta', from, to: from, ...taught, ttl: 600 };
  };

  it('writes cursor and delta together, guarded by the ETag of the cursor', async () => {
    expect(await signals().cursor('hub-0')).toBeUndefined();
    const first = (await signals().commit(cursor(0), delta(0))) as { etag: string };
    expect(await signals().commit(cursor(1), delta(1))).toBe('conflict');
    expect(await signals().commit(cursor(1, first.etag), delta(1))).toEqual({ etag: expect.any(String) as string });
    expect(await signals().commit(cursor(2, first.etag), delta(2))).toBe('conflict');
    expect(await signals().cursor('hub-0')).toMatchObject({ sequence: 1, applied: 2 });
    expect(await source().cursors()).toMatchObject([{ partition: 'hub-0', sequence: 1 }]);
  });

  it('takes neither when the delta exists already', async () => {
    const { etag } = (await signals().commit(cursor(0), delta(0))) as { etag: string };
    expect(await signals().commit(cursor(5, etag), delta(0))).toBe('conflict');
    expect(await signals().cursor('hub-0')).toMatchObject({ sequence: 0 });
    expect(await signals().commit(cursor(6, etag), undefined)).toEqual({ etag: expect.any(String) as string });
  });

  it('reports a busy store', async () => {
    throttle(CONTAINERS.signals.name);
    await expect(signals().commit(cursor(0), delta(0))).rejects.toThrow(TransientStoreError);
    expect(await signals().cursor('hub-0')).toBeUndefined();
  });

  it('reads deltas in order, over pages, and removes them', async () => {
    const container = database.container(CONTAINERS.signals.name);
    const all = Array.from({ length: 230 }, (_, index) => delta(index * 10));
    await Promise.all(all.map((each) => container.items.create(each)));
    const after = async (sequence: number) => {
      const found: number[] = [];
      for await (const { from } of source().after('hub-0', sequence)) found.push(from);
      return found;
    };
    expect(await after(-1)).toEqual(all.map(({ from }) => from));
    expect(await after(1000)).toEqual(all.map(({ from }) => from).filter((from) => from > 1000));
    await source().removeUpTo('hub-0', 2000);
    await source().removeUpTo('hub-0', 2000);
    expect(await after(-1)).toEqual(all.map(({ from }) => from).filter((from) => from > 2000));
  });
});

describe('storeCall', () => {
  const failing = (error: object) => () => Promise.reject(Object.assign(new Error('text'), error));

  it.each([{ code: 429 }, { code: 449 }, { statusCode: 503 }, { code: 'ECONNREFUSED' }, { cause: { code: 503 } }])(
    'calls %j transient',
    async (error) => {
      await expect(storeCall('Reading', failing(error))).rejects.toThrow(TransientStoreError);
    },
  );

  it.each([{ code: 400 }, { code: 403 }, { statusCode: 404 }, { code: 'ERR_INVALID_URL' }, {}])(
    'leaves %j as it is',
    async (error) => {
      await expect(storeCall('Reading', failing(error))).rejects.toMatchObject({
        name: 'Error',
        message: 'text',
        ...error,
      });
    },
  );
});

describe('withRetry', () => {
  it('waits with jitter, at least as long as it was asked to, and at most so many times', async () => {
    const waits: number[] = [];
    const policy = {
      attempts: 4,
      baseMs: 100,
      maximumMs: 250,
      random: () => 0.5,
      sleep: async (ms: number) => void waits.push(ms),
    };
    const busy = () => Promise.reject(new TransientStoreError('busy', { retryAfterMs: 10 }));
    await expect(withRetry(policy, busy)).rejects.toThrow('busy');
    expect(waits).toEqual([60, 110, 135]);
    expect(backoffMs(policy, 1)).toBe(50);
    await expect(withRetry(policy, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(waits).toHaveLength(3);
  });
});

describe('inParallel', () => {
  it('keeps the order and the limit', async () => {
    let running = 0;
    let most = 0;
    const results = await inParallel([5, 1, 3, 2, 4], 2, async (value) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, value));
      running--;
      return value * 2;
    });
    expect(results).toEqual([10, 2, 6, 4, 8]);
    expect(most).toBe(2);
  });

  it('starts nothing more after an error and waits for what runs', async () => {
    const ended: number[] = [];
    const work = inParallel([1, 2, 3, 4], 2, async (value) => {
      await new Promise((resolve) => setTimeout(resolve, value * 5));
      ended.push(value);
      if (value === 1) throw new Error('one');
    });
    await expect(work).rejects.toThrow('one');
    expect(ended).toEqual([1, 2]);
  });

  it('groups', () => {
    expect(groupsOf([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  });
});
