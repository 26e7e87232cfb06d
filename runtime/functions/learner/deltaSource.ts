import { BulkOperationType, type Container } from '@azure/cosmos';
import type { CursorDocument, DeltaDocument } from '../../contracts/documents.ts';
import { deltaId } from '../ingest/delta.ts';
import { groupsOf } from '../stores/inParallel.ts';
import { isTransientStatus, storeCall, TransientStoreError } from '../stores/transientError.ts';

const PAGE = 100;

/** The deltas that ingest wrote. */
export interface DeltaSource {
  /** How far ingest has come in each hub partition. */
  cursors(): Promise<CursorDocument[]>;
  /** Deltas of a partition that begin after a sequence number, in order. */
  after(partition: string, sequence: number): AsyncIterable<DeltaDocument>;
  /** Removes the deltas of a partition that end at or before a sequence number. */
  removeUpTo(partition: string, sequence: number): Promise<void>;
}

/** Deltas in the Cosmos container `signals`. */
export function cosmosDeltaSource(container: Container): DeltaSource {
  return {
    async cursors() {
      const query = "SELECT * FROM c WHERE c.kind = 'cursor'";
      const { resources } = await storeCall('Reading the cursors', () =>
        container.items.query<CursorDocument>(query).fetchAll(),
      );
      return resources;
    },

    async *after(partition, sequence) {
      const query = {
        query: "SELECT * FROM c WHERE c.kind = 'delta' AND c.id > @id ORDER BY c.id",
        parameters: [{ name: '@id', value: deltaId(sequence) }],
      };
      const pages = container.items.query<DeltaDocument>(query, { partitionKey: partition, maxItemCount: PAGE });
      while (pages.hasMoreResults()) {
        const { resources } = await storeCall('Reading deltas', () => pages.fetchNext());
        yield* resources ?? [];
      }
    },

    async removeUpTo(partition, sequence) {
      const query = {
        query: "SELECT VALUE c.id FROM c WHERE c.kind = 'delta' AND c.to <= @sequence",
        parameters: [{ name: '@sequence', value: sequence }],
      };
      const { resources: ids } = await storeCall('Finding old deltas', () =>
        container.items.query<string>(query, { partitionKey: partition }).fetchAll(),
      );
      for (const group of groupsOf(ids, PAGE)) await remove(container, partition, group);
    },
  };
}

/** One that is already gone is as good as removed. */
async function remove(container: Container, partition: string, ids: readonly string[]): Promise<void> {
  const operations = ids.map((id) => ({ operationType: BulkOperationType.Delete, id, partitionKey: partition }));
  const answers = await storeCall('Removing old deltas', () => container.items.bulk(operations));
  const failed = answers.find(({ statusCode }) => statusCode >= 300 && statusCode !== 404);
  if (!failed) return;
  const message = `Old deltas of ${partition} could not be removed: status ${failed.statusCode}.`;
  throw isTransientStatus(failed.statusCode) ? new TransientStoreError(message) : new Error(message);
}
