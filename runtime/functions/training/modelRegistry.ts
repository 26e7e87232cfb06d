import type { ContainerClient } from '@azure/storage-blob';
import { STABLE_CHANNEL, type ModelChannel, type ModelManifest } from '../../contracts/model.ts';
import type { ModelArtefacts } from '../../scoring/recommender.ts';
import { readBlob } from '../stores/readBlob.ts';

/** What a channel serves, with its ETag. */
export interface ServedModel {
  channel: ModelChannel;
  manifest: ModelManifest;
  etag: string;
}

/** The model registry: versions that never change, and channels that point at one. */
export interface ModelRegistry {
  /** What the stable channel serves; undefined before the first model. */
  stable(): Promise<ServedModel | undefined>;
  /**
   * Stores a version, its manifest last, and then points the stable channel at it. Throws, with the channel as it was,
   * when anything fails or another run has moved the channel since `served` was read.
   */
  publish(artefacts: ModelArtefacts, served: ServedModel | undefined): Promise<void>;
}

/** The registry in the blob container `models`. */
export function blobModelRegistry(container: ContainerClient): ModelRegistry {
  const put = (path: string, content: Uint8Array, contentType: string) =>
    container.getBlockBlobClient(path).uploadData(Buffer.from(content), {
      blobHTTPHeaders: { blobContentType: contentType },
      conditions: { ifNoneMatch: '*' },
    });
  return {
    async stable() {
      const channel = await readJson<ModelChannel>(container, STABLE_CHANNEL);
      if (!channel) return undefined;
      const manifest = await readJson<ModelManifest>(container, channel.value.manifest);
      if (!manifest) throw new Error(`The stable channel names ${channel.value.manifest}, which does not exist.`);
      return { channel: channel.value, manifest: manifest.value, etag: channel.etag };
    },

    async publish({ manifest, graph, vocabulary, popularity }, served) {
      const manifestPath = `recommender/${manifest.version}/manifest.json`;
      await Promise.all([
        put(manifest.graph.path, graph, 'application/octet-stream'),
        put(manifest.vocabulary.path, vocabulary, 'application/json'),
        put(manifest.popularity.path, popularity, 'application/octet-stream'),
      ]);
      await put(manifestPath, json(manifest), 'application/json');
      const channel: ModelChannel = {
        version: manifest.version,
        manifest: manifestPath,
        publishedAt: new Date().toISOString(),
        previous: served?.channel.version,
      };
      await container.getBlockBlobClient(STABLE_CHANNEL).uploadData(json(channel), {
        blobHTTPHeaders: { blobContentType: 'application/json' },
        conditions: served ? { ifMatch: served.etag } : { ifNoneMatch: '*' },
      });
    },
  };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

async function readJson<T>(container: ContainerClient, path: string): Promise<{ value: T; etag: string } | undefined> {
  const blob = await readBlob(container, path);
  return blob && { value: JSON.parse(blob.content.toString('utf8')) as T, etag: blob.etag };
}
