import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from './database.ts';
import { GroupCommit, isStorageError } from './groupCommit.ts';

let folder: string;
let database: DatabaseSync;
let group: GroupCommit;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cosmos-group-'));
  database = openDatabase(folder);
  database.exec('CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT)');
  group = new GroupCommit(database);
});

afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

const insert = (n: number, text = '') => database.prepare('INSERT INTO t VALUES (?, ?)').run(n, text);
const stored = () => (database.prepare('SELECT n FROM t').all() as { n: number }[]).map(({ n }) => n);
const committed = () => new Promise<Error | undefined>((resolve) => group.afterCommit(resolve));

test('the writes of one turn share a transaction; nobody is told before it is committed', async () => {
  group.write(() => insert(1));
  group.write(() => insert(2));
  expect(database.isTransaction).toBe(true);
  expect(await committed()).toBeUndefined();
  expect(database.isTransaction).toBe(false);
  expect(stored()).toEqual([1, 2]);
});

test('without open writes the answer is immediate', () => {
  let told = false;
  group.afterCommit(() => {
    told = true;
  });
  expect(told).toBe(true);
});

test('a refusal takes back only what belongs together', async () => {
  group.write(() => insert(1));
  const refusal = new Error('refused');
  expect(() =>
    group.atomically(() => {
      group.write(() => insert(2));
      throw refusal;
    }),
  ).toThrow(refusal);
  group.write(() => insert(3));
  expect(await committed()).toBeUndefined();
  expect(stored()).toEqual([1, 3]);
});

test('a fault of the storage takes the whole group back and tells everybody', async () => {
  database.exec('PRAGMA max_page_count = 30');
  group.write(() => insert(1));
  const told = committed();
  let fault: unknown;
  try {
    for (let n = 2; n < 100; n += 1) group.write(() => insert(n, 'x'.repeat(4000)));
  } catch (error) {
    fault = error;
  }
  expect(isStorageError(fault)).toBe(true);
  expect(await told).toBe(fault);
  expect(stored()).toEqual([]);
  database.exec('PRAGMA max_page_count = 1000');
  group.write(() => insert(5));
  expect(await committed()).toBeUndefined();
  expect(stored()).toEqual([5]);
});

test('writes alone are committed on return, after what was open', () => {
  group.write(() => insert(1));
  group.alone(() => insert(2));
  expect(database.isTransaction).toBe(false);
  expect(stored()).toEqual([1, 2]);
  expect(() =>
    group.alone(() => {
      insert(3);
      throw new Error('refused');
    }),
  ).toThrow('refused');
  expect(stored()).toEqual([1, 2]);
});
