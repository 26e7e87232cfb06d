import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StackClients } from '../clients/stackClients.ts';
import type { ModelManifest } from '../../runtime/contracts/model.ts';
import { ApiClient } from '../replay/apiClient.ts';
import { deadLetteredTotal, Ledger } from '../replay/ledger.ts';
import { stableModel, trainAndWait } from '../replay/training.ts';
import { makeShop } from '../shop/shop.ts';

export const SHOP_SEED = 7;
const EVENTS_PER_REQUEST = 1_000;

/**
 * Loads the seeded shop into an empty stack, its events through the API like anybody's, and trains. A marker in the data
 * folder keeps the time the shop was made for, so that a start that was interrupted repeats the same events and a later
 * one adds nothing. Returns the model that is served then.
 */
export async function seedShop(
  clients: StackClients,
  { dataDir, now, signal }: { dataDir: string; now: number; signal: AbortSignal },
): Promise<ModelManifest> {
  const marker = join(dataDir, 'shop-loaded');
  const known = await stableModel(clients);
  if (known && existsSync(marker)) return known;

  const shop = makeShop({ seed: SHOP_SEED, now: now - (now % 86_400_000) });
  const api = new ApiClient(clients);
  await api.putItems(shop.items);
  for (let from = 0; from < shop.events.length; from += EVENTS_PER_REQUEST) {
    await api.sendEvents(shop.events.slice(from, from + EVENTS_PER_REQUEST));
  }
  const ledger = new Ledger(clients);
  for (;;) {
    const totals = await ledger.totals();
    if (totals.applied + totals.duplicates + deadLetteredTotal(totals) >= shop.events.length) break;
    await sleep(50, undefined, { signal });
  }
  const model = await trainAndWait(clients, 'first start', signal);
  writeFileSync(marker, '');
  return model;
}
