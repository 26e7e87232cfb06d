import type { CapturedEvent } from './capturedEvent.ts';
import { avroFile } from './avroFile.ts';
import type { CaptureSettings } from './captureSettings.ts';

const BLOCK_BYTES = 4 * 1024 * 1024;
const PARALLEL_BLOCKS = 2;

/** Writes files of events to the container of a hub's capture. */
export interface ArchiveWriter {
  /** Writes a block blob, which is there wholly or not at all, in place of one with the same name. */
  write(name: string, events: AsyncIterable<CapturedEvent>, signal: AbortSignal): Promise<void>;
}

/** The client of Blob Storage is loaded when the first hub is captured, for most brokers capture nothing. */
export async function blobArchiveWriter(settings: CaptureSettings): Promise<ArchiveWriter> {
  const { BlobServiceClient } = await import('@azure/storage-blob');
  const { connectionString, container, encoding } = settings;
  const containerClient = BlobServiceClient.fromConnectionString(connectionString).getContainerClient(container);
  return {
    async write(name, events, abortSignal) {
      const file = avroFile(events, encoding);
      try {
        const blob = containerClient.getBlockBlobClient(name);
        await blob.uploadStream(file, BLOCK_BYTES, PARALLEL_BLOCKS, { abortSignal });
      } finally {
        file.destroy();
      }
    },
  };
}
