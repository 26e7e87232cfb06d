import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JsonObject } from '../json.ts';
import { documentInput } from '../operations/items.ts';
import { partitionKey } from '../partitionKey.ts';
import { Catalog } from './catalog.ts';
import type { Container } from './container.ts';
import { openDatabase } from './database.ts';
import { systemTail } from './documentText.ts';
import { GroupCommit } from '../../storage/groupCommit.ts';

let folder: string;
let database: DatabaseSync;
let group: GroupCommit;
let catalog: Catalog;
let now: number;

function open(): void {
  database = openDatabase(folder);
  group = new GroupCommit(database);
  catalog = new Catalog({ database, group, now: () => now });
}

function close(): void {
  group.flush();
  database.close();
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cosmos-container-'));
  now = 1_000_000;
  open();
  catalog.createDatabase({ id: 'db' });
});

afterEach(() => {
  close();
  rmSync(folder, { recursive: true });
});

function create(definition: JsonObject = {}): Container {
  return catalog.createContainer('db', { id: 'c', partitionKey: { paths: ['/pk'] }, ...definition });
}

const KEY = partitionKey(['a']);

function put(container: Container, document: JsonObject): JsonObject {
  const bytes = Buffer.from(JSON.stringify(document));
  const { body } = container.write(KEY, documentInput(bytes), container.find(KEY, document.id as string));
  return JSON.parse(body.toString()) as JsonObject;
}

function get(container: Container, id: string): JsonObject | undefined {
  const found = container.read(KEY, id);
  return found && (JSON.parse(Buffer.from(found.body).toString()) as JsonObject);
}

test('keeps the bytes of a document and puts the system properties behind them', () => {
  const container = create();
  const bytes = Buffer.from('{ "id":"1",\n "pk":"a", "n": 1.50 }\n');
  const { body, etag } = container.write(KEY, documentInput(bytes), undefined);
  const { _rid: rid, _self: self, _ts: seconds } = JSON.parse(body.toString()) as Record<string, never>;
  expect(body.toString()).toBe(`{ "id":"1",\n "pk":"a", "n": 1.50 ${systemTail({ rid, self, etag, seconds })}`);
});

test('replaces the system properties that a client sends back, wherever they are', () => {
  const container = create();
  const first = put(container, { id: '1', pk: 'a', n: 1 });
  const changed = put(container, { ...first, n: 2 });
  expect(Object.keys(changed)).toEqual(Object.keys(first));
  const reordered = put(container, { _etag: 'mine', n: 3, _ts: 5, id: '1', pk: 'a', more: true });
  expect(reordered).toMatchObject({ n: 3, more: true, _rid: first._rid, _ts: 1000 });
  expect(reordered._etag).not.toBe('mine');
  expect(JSON.stringify(reordered).match(/_ts/g)).toHaveLength(1);
});

test('changing the default time to live changes the end of what is stored', () => {
  const container = create();
  put(container, { id: 'plain', pk: 'a' });
  put(container, { id: 'own', pk: 'a', ttl: 50 });
  const define = (defaultTtl?: number) =>
    catalog.replaceContainer(container, {
      id: 'c',
      partitionKey: { paths: ['/pk'] },
      ...(defaultTtl === undefined ? {} : { defaultTtl }),
    });
  now += 60_000;
  expect([get(container, 'plain'), get(container, 'own')].map(Boolean)).toEqual([true, true]);
  define(-1);
  expect([get(container, 'plain'), get(container, 'own')].map(Boolean)).toEqual([true, false]);
  define(30);
  expect([get(container, 'plain'), get(container, 'own')].map(Boolean)).toEqual([false, false]);
  define();
  expect([get(container, 'plain'), get(container, 'own')].map(Boolean)).toEqual([true, true]);
  define(30);
  expect(container.purge(10)).toBe(2);
  expect(container.purge(10)).toBe(0);
});

test('unique keys hold within a partition and are given back by deletion', () => {
  const container = create({ uniqueKeyPolicy: { uniqueKeys: [{ paths: ['/email', '/type'] }] } });
  put(container, { id: '1', pk: 'a', email: 'x', type: 1 });
  expect(() => put(container, { id: '2', pk: 'a', email: 'x', type: 1 })).toThrow('Unique index constraint violation.');
  put(container, { id: '2', pk: 'a', email: 'x', type: 2 });
  put(container, { id: '1', pk: 'a', email: 'x', type: 1, n: 2 });
  put(container, { id: '3', pk: 'a' });
  expect(() => put(container, { id: '4', pk: 'a', n: 1 })).toThrow('Unique index constraint violation.');
  const other = { id: '1', pk: 'b', email: 'x', type: 1 };
  container.write(partitionKey(['b']), { document: other }, undefined);
  container.remove(container.find(KEY, '1') ?? { number: -1 });
  expect(put(container, { id: '5', pk: 'a', email: 'x', type: 1 })).toMatchObject({ id: '5' });
});

test('sequence numbers are never given twice: not after a deletion, a rollback or a restart', () => {
  let container = create();
  const given = new Set<number>();
  const write = (id: string) => {
    const { sequence } = container.write(KEY, { document: { id, pk: 'a' } }, container.find(KEY, id));
    expect(given.has(sequence)).toBe(false);
    given.add(sequence);
  };
  for (let round = 0; round < 3; round += 1) {
    write('1');
    write('2');
    container.remove(container.find(KEY, '2') ?? { number: -1 });
    expect(() =>
      container.atomically(() => {
        write('3');
        throw new Error('refused');
      }),
    ).toThrow('refused');
    close();
    open();
    container = catalog.container('db', 'c');
    expect(container.sequence).toBeGreaterThanOrEqual(Math.max(...given));
  }
});

test('a container of the same name has another resource id', () => {
  const { rid } = create();
  catalog.deleteContainer('db', 'c');
  expect(create().rid).not.toBe(rid);
});
