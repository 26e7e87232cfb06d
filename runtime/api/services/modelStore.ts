import type { ModelChannel, ModelManifest } from '../../contracts/model.ts';
import { STABLE_CHANNEL } from '../../contracts/model.ts';
import { loadRecommender, ModelError, type Recommender } from '../../scoring/recommender.ts';

/** Read access to the model registry. */
export interface ModelRegistry {
  /** A blob with its ETag; `unchanged` when it still has `etag`, undefined when there is none. */
  poll(path: string, etag: string | undefined): Promise<{ etag: string; body: Uint8Array } | 'unchanged' | undefined>;
  /** A blob that must exist. */
  read(path: string): Promise<Uint8Array>;
}

/** A model in use. `release` must be called once, after the last use. */
export interface ModelLease {
  readonly recommender: Recommender;
  release(): void;
}

export interface ModelStoreOptions {
  registry: ModelRegistry;
  /** A new model serves from now on. */
  onSwap(recommender: Recommender): void;
  /** The channel names a model that cannot be served, or the registry cannot be read. */
  onError(error: unknown): void;
  pollMs?: number;
}

interface Loaded {
  recommender: Recommender;
  uses: number;
  retired: boolean;
}

/**
 * Serves the model that the stable channel names, and follows the channel. A model that cannot be served leaves the last
 * good one in place. A replaced model is freed after its last use, so no request notices the swap.
 */
export class ModelStore {
  /** Resolves when the channel has been read once, whatever came of it. */
  readonly firstPoll: Promise<void>;
  readonly #options: ModelStoreOptions;
  readonly #pollMs: number;
  #current: Loaded | undefined;
  #etag: string | undefined;
  #refused = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: ModelStoreOptions) {
    this.#options = options;
    this.#pollMs = options.pollMs ?? 2_000;
    this.firstPoll = this.#pollForever();
  }

  /** Version in use; undefined while there is none. */
  get version(): string | undefined {
    return this.#current?.recommender.version;
  }

  /** Whether the channel names a newer model that cannot be served. */
  get stale(): boolean {
    return this.#refused;
  }

  get recommender(): Recommender | undefined {
    return this.#current?.recommender;
  }

  /** The current model, held until it is released; undefined while there is none. */
  acquire(): ModelLease | undefined {
    const loaded = this.#current;
    if (!loaded) return undefined;
    loaded.uses += 1;
    return {
      recommender: loaded.recommender,
      release: () => {
        loaded.uses -= 1;
        this.#freeIfUnused(loaded);
      },
    };
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#retire();
  }

  async #pollForever(): Promise<void> {
    await this.#poll();
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.#pollForever(), this.#pollMs);
    this.#timer.unref();
  }

  async #poll(): Promise<void> {
    try {
      const channel = await this.#options.registry.poll(STABLE_CHANNEL, this.#etag);
      if (channel !== undefined && channel !== 'unchanged') await this.#follow(channel);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  async #follow({ body, etag }: { body: Uint8Array; etag: string }): Promise<void> {
    try {
      await this.#load(parse<ModelChannel>(body, STABLE_CHANNEL));
      this.#refused = false;
      this.#etag = etag;
    } catch (error) {
      this.#refused = true;
      // What could not be read is tried again; a model that must not be served will not get better.
      if (error instanceof ModelError) this.#etag = etag;
      throw error;
    }
  }

  async #load(channel: ModelChannel): Promise<void> {
    const { registry, onSwap } = this.#options;
    if (channel.version === this.version) return;
    const manifest = parse<ModelManifest>(await registry.read(channel.manifest), channel.manifest);
    const paths = [manifest.graph?.path, manifest.vocabulary?.path, manifest.popularity?.path];
    if (paths.some((path) => typeof path !== 'string')) {
      throw new ModelError(`${channel.manifest} names no path for graph, vocabulary or popularity.`);
    }
    const [graph, vocabulary, popularity] = await Promise.all(paths.map((path) => registry.read(path)));
    const recommender = await loadRecommender({
      manifest,
      graph: graph!,
      vocabulary: vocabulary!,
      popularity: popularity!,
    });
    if (this.#closed) return recommender.release();
    this.#retire();
    this.#current = { recommender, uses: 0, retired: false };
    onSwap(recommender);
  }

  #retire(): void {
    const loaded = this.#current;
    this.#current = undefined;
    if (!loaded) return;
    loaded.retired = true;
    this.#freeIfUnused(loaded);
  }

  #freeIfUnused(loaded: Loaded): void {
    if (loaded.retired && loaded.uses === 0) loaded.recommender.release().catch(this.#options.onError);
  }
}

function parse<T>(bytes: Uint8Array, path: string): T {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as T;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new ModelError(`${path} is not a JSON object.`);
}
