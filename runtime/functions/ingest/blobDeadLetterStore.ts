import type { ContainerClient } from '@azure/storage-blob';
import { inParallel } from '../stores/inParallel.ts';
import { storeCall } from '../stores/transientError.ts';
import type { DeadLetterStore } from './ports.ts';

const UPLOADS_AT_ONCE = 8;

/** Dead letters as blobs `<hub>/<partition>/<sequence>.json`. */
export function blobDeadLetterStore(container: ContainerClient): DeadLetterStore {
  return {
    async put(letters) {
      await inParallel(letters, UPLOADS_AT_ONCE, async (letter) => {
        const name = `${letter.hub}/${letter.partition}/${letter.sequence}.json`;
        const body = Buffer.from(JSON.stringify(letter));
        await storeCall('Writing a dead letter', () =>
          container.getBlockBlobClient(name).uploadData(body, {
            blobHTTPHeaders: { blobContentType: 'application/json' },
            metadata: { reason: letter.reason },
          }),
        );
      });
    },
  };
}
