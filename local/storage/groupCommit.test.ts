import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GroupCommit, isStorageError } from './groupCommit.ts';

let folder: string;
let database: DatabaseSync;
let group: GroupCommit;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'attune-group-'));
  database = new DatabaseSync(join(folder, 'data.sqlite'));
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT)');
  group = new GroupCommit(database);
});

afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

const insert = (n: number, text = '') => database.prepare('INSERT INTO t VALUES (?, ?)').run(n, text);
const stored = () => (database.prepare('SELECT n FROM t').all() as { n: number }[]).map(({ n }) => n);
const committed = () => new Promise<Error | undefined>((resolve) => group.afterCommit(resolve));

/** Leaves room for some pages only, as a full disk would. */
const limitPages = (count: number) => database.exec(`PRAGMA max_page_count = ${count}`);
const LARGE = 'x'.repeat(200_000);

describe('write', () => {
  it('shares a transaction with the other writes of the turn; nobody is told before it is committed', async () => {
    group.write(() => insert(1));
    group.write(() => insert(2));
    expect(database.isTransaction).toBe(true);
    expect(await committed()).toBeUndefined();
    expect(database.isTransaction).toBe(false);
    expect(stored()).toEqual([1, 2]);
  });

  it('has no one wait when nothing is open', () => {
    let told = false;
    group.afterCommit(() => {
      told = true;
    });
    expect(told).toBe(true);
  });

  it('fails alone when a statement breaks a constraint', async () => {
    group.write(() => insert(1));
    expect(() => group.write(() => insert(1))).toThrow('UNIQUE constraint failed');
    group.write(() => insert(2));
    expect(await committed()).toBeUndefined();
    expect(stored()).toEqual([1, 2]);
  });

  it('takes the whole group back when the storage fails, and tells everybody', async () => {
    limitPages(10);
    group.write(() => insert(1));
    const told = committed();
    let fault: unknown;
    try {
      group.write(() => insert(2, LARGE));
    } catch (error) {
      fault = error;
    }
    expect(isStorageError(fault)).toBe(true);
    expect(await told).toBe(fault);
    expect(stored()).toEqual([]);
    limitPages(1_000);
    group.write(() => insert(5));
    expect(await committed()).toBeUndefined();
    expect(stored()).toEqual([5]);
  });
});

describe('atomically', () => {
  it('takes back what belongs together, and nothing else', async () => {
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
});

describe('alone', () => {
  it('is committed on return, after what was open', () => {
    group.write(() => insert(1));
    group.alone(() => insert(2));
    expect(database.isTransaction).toBe(false);
    expect(stored()).toEqual([1, 2]);
    const refused = () => {
      insert(3);
      throw new Error('refused');
    };
    expect(() => group.alone(refused)).toThrow('refused');
    expect(stored()).toEqual([1, 2]);
  });
});

describe('run', () => {
  it('writes at the end of the turn, all in one transaction, and hands back the results', async () => {
    const runs = [1, 2, 3].map((n) => group.run(() => (insert(n), database.isTransaction && n * 10)));
    expect(stored()).toEqual([]);
    expect(await Promise.all(runs)).toEqual([10, 20, 30]);
    expect(stored()).toEqual([1, 2, 3]);
    expect(database.isTransaction).toBe(false);
  });

  it.each([
    ['throws', () => (insert(2), fail())],
    ['breaks a constraint', () => (insert(2), insert(1))],
  ])('takes back only the changes of a write that %s', async (_, write) => {
    const settled = await Promise.allSettled([
      group.run(() => insert(1)),
      group.run(write),
      group.run(() => insert(3)),
    ]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(stored()).toEqual([1, 3]);
  });

  it('rejects what a fault of the storage took back, and keeps what came after', async () => {
    limitPages(10);
    const settled = await Promise.allSettled([
      group.run(() => insert(1)),
      group.run(() => insert(2, LARGE)),
      group.run(() => insert(3)),
    ]);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(stored()).toEqual([3]);
  });

  it('rejects everything while no transaction can be made, and works again afterwards', async () => {
    const other = new DatabaseSync(join(folder, 'data.sqlite'));
    other.exec('BEGIN IMMEDIATE');
    const refused = await Promise.allSettled([group.run(() => insert(1)), group.run(() => insert(2))]);
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    other.exec('ROLLBACK');
    other.close();
    await group.run(() => insert(3));
    expect(stored()).toEqual([3]);
  });

  it('rejects everything when the commit fails', async () => {
    database.exec('PRAGMA foreign_keys = ON; CREATE TABLE child (n REFERENCES t (n) DEFERRABLE INITIALLY DEFERRED)');
    const orphan = () => database.exec('INSERT INTO child VALUES (99)');
    const settled = await Promise.allSettled([group.run(() => insert(1)), group.run(orphan)]);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(stored()).toEqual([]);
    await group.run(() => insert(4));
    expect(stored()).toEqual([4]);
  });
});

function fail(): never {
  throw new Error('no');
}
