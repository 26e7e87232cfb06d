import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GroupCommit } from './groupCommit.ts';

let database: DatabaseSync;
let commit: GroupCommit;

beforeEach(() => {
  database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE t (x INTEGER)');
  commit = new GroupCommit({ database });
});
afterEach(() => database.close());

const rows = () =>
  database
    .prepare('SELECT x FROM t ORDER BY x')
    .all()
    .map(({ x }) => x);
const insert = (x: number) => database.prepare('INSERT INTO t VALUES (?)').run(x);

describe('GroupCommit', () => {
  it('commits the writes of one turn together and hands back their results', async () => {
    const results = await Promise.all(
      [1, 2, 3].map((x) => commit.run(() => (insert(x), database.isTransaction && x * 10))),
    );
    expect(results).toEqual([10, 20, 30]);
    expect(rows()).toEqual([1, 2, 3]);
    expect(database.isTransaction).toBe(false);
  });

  it('takes back only the changes of a write that throws', async () => {
    const settled = await Promise.allSettled([
      commit.run(() => insert(1)),
      commit.run(() => {
        insert(2);
        throw new Error('no');
      }),
      commit.run(() => insert(3)),
    ]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(rows()).toEqual([1, 3]);
  });

  it('rejects every write of a transaction that cannot be made, and works again afterwards', async () => {
    database.exec('BEGIN');
    const refused = await Promise.allSettled([commit.run(() => insert(1)), commit.run(() => insert(2))]);
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await commit.run(() => insert(3));
    expect(rows()).toEqual([3]);
  });
});
