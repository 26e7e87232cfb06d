import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newRunId } from '../engine/runId.ts';
import { compose } from '../testing/definitions.ts';
import { endOfRun, startRunner, workflowOf } from '../testing/testProject.ts';
import { RunStore } from './runStore.ts';
import { MIGRATIONS } from './schema.ts';

const DEFINITION = { triggers: {}, actions: {} };
const ALL = { limit: 100, after: '' };
const LATER = '9999-01-01T00:00:00.000Z';
const EARLIER = '2000-01-01T00:00:00.000Z';

let folder: string;
let store: RunStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'workflow-store-'));
  store = new RunStore({ file: join(folder, 'runs.sqlite') });
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

async function addRuns(count: number, { ended = true } = {}): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const id = newRunId(1000 * n);
    ids.unshift(id);
    await store.createRun({ id, workflow: 'flow', definition: DEFINITION, trigger: { name: 't', n } });
    const times = { startTime: EARLIER, endTime: EARLIER };
    await store.saveAction(id, { name: 'A', path: '', status: 'Succeeded', code: 'OK', ...times }, { v: n });
    if (ended) await store.finishRun(id, 'Succeeded', undefined);
  }
  return ids;
}

const rows = (sql: string) => {
  const database = new DatabaseSync(join(folder, 'runs.sqlite'));
  const found = database.prepare(sql).all();
  database.close();
  return found;
};

describe('the history of a workflow', () => {
  it('keeps the newest runs, with their actions, and nothing of the others', async () => {
    const ids = await addRuns(5);
    await store.trim('flow', { before: EARLIER, most: 2 });
    expect(store.runs('flow', ALL).map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect(store.actions(ids[0]!)).toHaveLength(1);
    expect(store.actions(ids[4]!)).toEqual([]);
  });

  it('keeps no run that ended and began before the bound, and every one that has not ended', async () => {
    await addRuns(3);
    await store.trim('flow', { before: LATER, most: 100 });
    expect(store.runs('flow', ALL)).toEqual([]);
    expect(rows('SELECT * FROM definitions')).toEqual([]);
    const open = await addRuns(3, { ended: false });
    await store.trim('flow', { before: LATER, most: 0 });
    expect(store.runs('flow', ALL).map(({ id }) => id)).toEqual(open);
    expect(store.openRuns('flow').map(({ id }) => id)).toEqual(open.toReversed());
    expect(rows('SELECT * FROM definitions')).toHaveLength(1);
  });

  it('bounds the firings without a run as well', async () => {
    for (let n = 0; n < 4; n++) await store.saveUnfired({ id: newRunId(n), workflow: 'flow', trigger: { n } });
    await store.trim('flow', { before: EARLIER, most: 3 });
    expect(store.firings('flow', ALL).map(({ trigger }) => trigger.n)).toEqual([3, 2, 1]);
    await store.trim('flow', { before: LATER, most: 3 });
    expect(store.firings('flow', ALL)).toEqual([]);
  });

  it('is that of one workflow alone', async () => {
    await store.createRun({ id: newRunId(1), workflow: 'other', definition: DEFINITION, trigger: {} });
    await store.finishRun(store.runs('other', ALL)[0]!.id, 'Failed', { code: 'X', message: 'y' });
    await store.trim('flow', { before: LATER, most: 0 });
    expect(store.runs('other', ALL)).toMatchObject([{ status: 'Failed', error: { code: 'X', message: 'y' } }]);
  });
});

describe('a data folder', () => {
  it('of an earlier runner is taken over with its runs', async () => {
    store.close();
    const file = join(folder, 'runs.sqlite');
    rmSync(file);
    const old = new DatabaseSync(file);
    old.exec(MIGRATIONS[0]!);
    old.exec(`INSERT INTO definitions VALUES ('h', '${JSON.stringify(DEFINITION)}')`);
    const insert = old.prepare(`INSERT INTO runs VALUES (?, 'flow', 'h', ?, ?, ?, '{"name":"t"}', NULL, NULL)`);
    insert.run('2', 'Succeeded', EARLIER, EARLIER);
    insert.run('1', 'Running', EARLIER, null);
    old.close();
    for (let times = 0; times < 2; times++) {
      store = new RunStore({ file });
      expect(store.runs('flow', ALL)).toMatchObject([
        { id: '1', status: 'Running' },
        { id: '2', endTime: EARLIER },
      ]);
      expect(store.openRuns('flow')).toMatchObject([{ id: '1', definition: DEFINITION }]);
      if (times === 0) store.close();
    }
    await store.saveUnfired({ id: '0', workflow: 'flow', trigger: {} });
    expect(store.firings('flow', ALL)).toHaveLength(3);
  });

  it('does not grow without bound: a runner keeps so many runs of each workflow', async () => {
    const files = { workflows: { flow: workflowOf({ A: compose(1) }) } };
    const first = await startRunner(files, { mostRuns: 3 });
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.unshift((await first.run('flow')).id);
    await first.runner.stop();
    const second = await startRunner(files, { mostRuns: 3, dataDir: first.dataDir });
    expect((second.runner.runs({ workflow: 'flow' }).value as { name: string }[]).map(({ name }) => name)).toEqual(
      ids.slice(0, 3),
    );
    expect(await endOfRun(second.runner, 'flow', ids[0]!)).toMatchObject({ actions: { A: { outputs: 1 } } });
    await second.end();
    rmSync(first.projectDir, { recursive: true });
  });
});
