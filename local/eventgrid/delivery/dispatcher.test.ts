import { mkdtempSync, rmSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../clock.ts';
import type { SubscriptionDefinition } from '../model.ts';
import { openDatabase } from '../store/database.ts';
import { DefinitionStore } from '../store/definitions.ts';
import { DeliveryStore } from '../store/deliveries.ts';
import { GroupCommit } from '../../storage/groupCommit.ts';
import { Disorder } from './disorder.ts';
import { Dispatcher } from './dispatcher.ts';
import type { OutgoingEvent } from './outgoing.ts';

const SUBSCRIPTION: SubscriptionDefinition = {
  topic: 'orders',
  name: 'hook',
  destination: { type: 'AzureFunction', url: 'http://localhost/' },
};

let folder: string;
let database: DatabaseSync;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'eventgrid-dispatcher-'));
  database = openDatabase(folder);
});
afterEach(() => {
  vi.restoreAllMocks();
  database.close();
  rmSync(folder, { recursive: true });
});

describe('Dispatcher', () => {
  it('sends again after a while when it could not write down that an event was delivered', async () => {
    const log = vi.spyOn(console, 'error').mockReturnValue();
    const definitions = new DefinitionStore({ database });
    definitions.putTopic({ name: 'orders', inputSchema: 'CloudEventSchemaV1_0', key: 'k' });
    const { id } = definitions.putSubscription(SUBSCRIPTION, true);
    const store = new DeliveryStore({ database });
    const event = { schema: 'CloudEventSchemaV1_0' as const, body: { id: '1' } };
    const now = Date.now();
    store.accept('orders', [{ event, subscriptions: [{ id, due: now }] }], now);

    const clock = systemClock(1);
    const sent: OutgoingEvent[] = [];
    const dispatcher = new Dispatcher({
      id,
      subscription: SUBSCRIPTION,
      schema: 'CloudEventSchemaV1_0',
      destination: {
        maxEvents: 1,
        maxBytes: 1024,
        batchKey: () => '',
        send: async (batch) => {
          sent.push(...batch);
          return { delivered: true };
        },
        close: async () => undefined,
      },
      deadLetters: undefined,
      store,
      commit: new GroupCommit(database),
      concurrency: 2,
      clock,
      disorder: new Disorder(clock),
      random: () => 0,
    });
    database.exec('PRAGMA query_only = ON');
    dispatcher.open();
    await vi.waitFor(() => expect(dispatcher.lastFailure).toMatch(/readonly database/));
    expect(sent).toHaveLength(1);
    expect(log).toHaveBeenCalledTimes(1);
    expect(store.counts(id)).toMatchObject({ pending: 1, delivered: 0 });

    database.exec('PRAGMA query_only = OFF');
    await vi.waitFor(() => expect(store.counts(id)).toMatchObject({ pending: 0, delivered: 1 }), { timeout: 10_000 });
    expect(sent).toHaveLength(2);
    await dispatcher.stop();
  });
});
