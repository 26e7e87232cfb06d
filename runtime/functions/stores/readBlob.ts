import { buffer } from 'node:stream/consumers';
import { RestError, type ContainerClient } from '@azure/storage-blob';
import { storeCall } from './transientError.ts';

/** Content and ETag of a blob; undefined when there is none. Throws `TransientStoreError`. */
export async function readBlob(
  container: ContainerClient,
  name: string,
): Promise<{ content: Buffer; etag: string } | undefined> {
  try {
    return await storeCall(`Reading ${name}`, async () => {
      const { readableStreamBody, etag } = await container.getBlobClient(name).download();
      if (!readableStreamBody || !etag) throw new Error(`Blob ${name} came without content or without ETag.`);
      return { content: await buffer(readableStreamBody), etag };
    });
  } catch (error) {
    if (error instanceof RestError && error.statusCode === 404) return undefined;
    throw error;
  }
}
