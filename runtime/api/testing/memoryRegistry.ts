import { STABLE_CHANNEL, type ModelChannel } from '../../contracts/model.ts';
import type { ModelArtefacts } from '../../scoring/artefacts.ts';
import type { ModelRegistry } from '../services/modelStore.ts';

/** A model registry in memory. */
export class MemoryRegistry implements ModelRegistry {
  readonly blobs = new Map<string, Uint8Array>();
  away = false;
  #publications = 0;

  /** Stores a model and points the stable channel at it. */
  publish({ manifest, graph, vocabulary, popularity }: ModelArtefacts): void {
    this.blobs.set(manifest.graph.path, graph);
    this.blobs.set(manifest.vocabulary.path, vocabulary);
    this.blobs.set(manifest.popularity.path, popularity);
    const manifestPath = `recommender/${manifest.version}/manifest.json`;
    this.blobs.set(manifestPath, Buffer.from(JSON.stringify(manifest)));
    this.point({ version: manifest.version, manifest: manifestPath, publishedAt: manifest.createdAt });
  }

  point(channel: ModelChannel): void {
    this.#publications += 1;
    this.blobs.set(STABLE_CHANNEL, Buffer.from(JSON.stringify(channel)));
  }

  async poll(path: string, etag: string | undefined): ReturnType<ModelRegistry['poll']> {
    const body = this.#find(path);
    if (!body) return undefined;
    const current = String(this.#publications);
    return etag === current ? 'unchanged' : { etag: current, body };
  }

  async read(path: string): Promise<Uint8Array> {
    const body = this.#find(path);
    if (!body) throw Object.assign(new Error(`The blob ${path} does not exist.`), { statusCode: 404 });
    return body;
  }

  #find(path: string): Uint8Array | undefined {
    if (this.away) throw new Error('registry away');
    return this.blobs.get(path);
  }
}
