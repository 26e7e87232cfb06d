import type { ContainerClient } from '@azure/storage-blob';
import type { ModelRegistry } from '../services/modelStore.ts';
import type { PopularitySnapshot } from '../services/trending.ts';

/** The client itself waits without end for an answer. */
const POLL_TIMEOUT_MS = 10_000;
const READ_TIMEOUT_MS = 120_000;

/** The model registry in a blob container. */
export function blobRegistry(container: ContainerClient): ModelRegistry {
  return {
    async poll(path, etag) {
      try {
        const response = await container.getBlobClient(path).download(0, undefined, {
          abortSignal: AbortSignal.timeout(POLL_TIMEOUT_MS),
          conditions: etag === undefined ? {} : { ifNoneMatch: etag },
        });
        return { etag: response.etag ?? '', body: await collect(response.readableStreamBody) };
      } catch (error) {
        const status = (error as { statusCode?: number }).statusCode;
        if (status === 304) return 'unchanged';
        if (status === 404) return undefined;
        throw error;
      }
    },
    read: (path) =>
      container
        .getBlobClient(path)
        .downloadToBuffer(0, undefined, { abortSignal: AbortSignal.timeout(READ_TIMEOUT_MS) }),
  };
}

const SNAPSHOTS = 'popularity/';

/** The learner's newest popularity snapshots: blobs `popularity/<partition>.json` in its container. */
export async function readPopularitySnapshots(container: ContainerClient): Promise<PopularitySnapshot[]> {
  const snapshots: PopularitySnapshot[] = [];
  for await (const { name } of container.listBlobsFlat({ prefix: SNAPSHOTS })) {
    if (!name.endsWith('.json')) continue;
    const text = (await container.getBlobClient(name).downloadToBuffer()).toString('utf8');
    const partition = name.slice(SNAPSHOTS.length, -'.json'.length);
    snapshots.push({ ...(JSON.parse(text) as Omit<PopularitySnapshot, 'partition'>), partition });
  }
  return snapshots;
}

async function collect(stream: NodeJS.ReadableStream | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
