import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SubscriptionDefinition } from '../model.ts';
import { openDatabase } from './database.ts';
import { DefinitionStore } from './definitions.ts';
import { DeliveryStore } from './deliveries.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'eventgrid-database-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const SUBSCRIPTION: SubscriptionDefinition = {
  topic: 'orders',
  name: 'hook',
  destination: { type: 'WebHook', url: 'http://localhost/' },
};

/** A database with one topic and one subscription, and the subscription's id. */
function open(): { database: DatabaseSync; definitions: DefinitionStore; id: number } {
  const database = openDatabase(folder);
  const definitions = new DefinitionStore({ database });
  definitions.putTopic({ name: 'orders', inputSchema: 'CloudEventSchemaV1_0', key: 'k' });
  return { database, definitions, id: definitions.putSubscription(SUBSCRIPTION, false).id };
}

describe('openDatabase', () => {
  it('takes the files of an earlier version, and does so once', () => {
    const first = open();
    first.database.exec('ALTER TABLE subscriptions DROP COLUMN allowed_rate; PRAGMA user_version = 0;');
    first.database.close();
    for (let time = 0; time < 2; time += 1) {
      const { database, definitions, id } = open();
      definitions.setValidated(id, 60);
      expect(definitions.subscriptions()).toMatchObject([{ id, validated: true, requestsPerMinute: 60 }]);
      database.close();
    }
  });

  it('gives the space of a backlog back at the next start', () => {
    const { database, id } = open();
    const store = new DeliveryStore({ database });
    const event = { schema: 'CloudEventSchemaV1_0' as const, body: { id: '1', data: 'x'.repeat(1_000_000) } };
    const backlog = Array.from({ length: 40 }, () => ({ event, subscriptions: [{ id, due: 0 }] }));
    database.exec('BEGIN');
    store.accept('orders', backlog, 0);
    database.exec('COMMIT');
    const due = store.due({ subscription: id, now: 1, publishedUntil: 1, underWay: [], limit: 100, bytes: Infinity });
    expect(due).toHaveLength(40);
    database.exec('BEGIN');
    store.end(id, due, 'delivered');
    database.exec('COMMIT');
    database.close();
    const size = () => statSync(join(folder, 'eventgrid.sqlite')).size;
    expect(size()).toBeGreaterThan(30_000_000);
    const again = open();
    again.database.close();
    expect(size()).toBeLessThan(1_000_000);
    expect(again.id).toBe(id);
  });
});
