import type { CursorDocument } from '../../runtime/contracts/documents.ts';
import { CONTAINERS } from '../../runtime/contracts/names.ts';
import type { StackClients } from '../clients/stackClients.ts';

/** What the stream processor says it has done, summed over the partitions of hub `interactions`. */
export interface Totals {
  applied: number;
  duplicates: number;
  deadLettered: Record<string, number>;
}

/** Reads the processor's own accounts from Cosmos, as any client of the stack could. */
export class Ledger {
  readonly #database;

  constructor(clients: StackClients) {
    this.#database = clients.cosmosDatabase();
  }

  async totals(): Promise<Totals> {
    const query = "SELECT * FROM c WHERE c.kind = 'cursor'";
    const { resources } = await this.#database
      .container(CONTAINERS.signals.name)
      .items.query<CursorDocument>(query)
      .fetchAll();
    return sumTotals(resources);
  }

  async users(): Promise<number> {
    const query = "SELECT VALUE COUNT(1) FROM c WHERE c.kind = 'user'";
    const { resources } = await this.#database
      .container(CONTAINERS.profiles.name)
      .items.query<number>(query)
      .fetchAll();
    return resources.reduce((sum, count) => sum + count, 0);
  }
}

export function sumTotals(cursors: readonly Pick<CursorDocument, 'applied' | 'duplicates' | 'deadLettered'>[]): Totals {
  const totals: Totals = { applied: 0, duplicates: 0, deadLettered: {} };
  for (const cursor of cursors) {
    totals.applied += cursor.applied;
    totals.duplicates += cursor.duplicates;
    for (const [reason, count] of Object.entries(cursor.deadLettered)) {
      totals.deadLettered[reason] = (totals.deadLettered[reason] ?? 0) + count;
    }
  }
  return totals;
}

/** What happened since `before`. */
export function difference(now: Totals, before: Totals): Totals {
  const deadLettered: Record<string, number> = {};
  for (const [reason, count] of Object.entries(now.deadLettered)) {
    const since = count - (before.deadLettered[reason] ?? 0);
    if (since > 0) deadLettered[reason] = since;
  }
  return { applied: now.applied - before.applied, duplicates: now.duplicates - before.duplicates, deadLettered };
}

export function deadLetteredTotal(totals: Totals): number {
  return Object.values(totals.deadLettered).reduce((sum, count) => sum + count, 0);
}
