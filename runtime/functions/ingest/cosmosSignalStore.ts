import { BulkOperationType, type Container, type OperationInput } from '@azure/cosmos';
import type { CursorDocument, DeltaDocument } from '../../contracts/documents.ts';
import { documentBody, type OperationAnswer } from '../stores/cosmosDocuments.ts';
import { isTransientStatus, storeCall, TransientStoreError } from '../stores/transientError.ts';
import type { SignalStore } from './ports.ts';

/** Cursors and deltas in the Cosmos container `signals`, whose partition key is the hub partition. */
export function cosmosSignalStore(container: Container): SignalStore {
  return {
    async cursor(partition) {
      const { resource } = await storeCall('Reading the cursor', () =>
        container.item('cursor', partition).read<CursorDocument>(),
      );
      return resource;
    },

    async commit(cursor, delta) {
      const operations = [cursorOperation(cursor), ...(delta ? [createOperation(delta)] : [])];
      const { code, result } = await storeCall('Writing cursor and delta', () =>
        container.items.batch(operations, cursor.partition),
      );
      const answers = (result ?? []) as OperationAnswer[];
      const etag = answers[0]?.eTag;
      if (code === 200 && etag !== undefined) return { etag };
      return conflictOrThrow(cursor.partition, answers);
    },
  };
}

function cursorOperation(cursor: CursorDocument): OperationInput {
  const { id, _etag } = cursor;
  const resourceBody = documentBody(cursor);
  return _etag === undefined
    ? { operationType: BulkOperationType.Create, resourceBody }
    : { operationType: BulkOperationType.Replace, resourceBody, id, ifMatch: _etag };
}

function createOperation(delta: DeltaDocument): OperationInput {
  return { operationType: BulkOperationType.Create, resourceBody: documentBody(delta) };
}

/** In a failed transaction one operation has the status that failed it, the others 424. */
function conflictOrThrow(partition: string, answers: readonly OperationAnswer[]): 'conflict' {
  const failed = answers.find(({ statusCode }) => statusCode >= 400 && statusCode !== 424);
  if (failed && [404, 409, 412].includes(failed.statusCode)) return 'conflict';
  const message = `Writing cursor and delta of ${partition} failed with status ${failed?.statusCode ?? 'unknown'}.`;
  if (failed && !isTransientStatus(failed.statusCode)) throw new Error(message);
  throw new TransientStoreError(message, { retryAfterMs: failed?.retryAfterMilliseconds });
}
