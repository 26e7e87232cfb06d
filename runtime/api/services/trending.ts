import type { DeltaDocument, SignalDocument } from '../../contracts/documents.ts';
import { DecayedCounts, type DecayedCountsState } from '../../scoring/popularity.ts';
import type { ChangeFeed } from './changeFeed.ts';
import { FeedFollower } from './feedFollower.ts';

/** What the stream learner had counted of one hub partition when it wrote its snapshot. */
export interface PopularitySnapshot {
  /** `<hub>-<partition>`. */
  partition: string;
  /** Last sequence number that is counted. */
  cursor: number;
  counts: DecayedCountsState;
}

export interface TrendingOptions {
  /** The newest snapshot of each partition. */
  readSnapshots(): Promise<PopularitySnapshot[]>;
  /** Change feed of the signals, from the beginning. */
  openFeed(): ChangeFeed<SignalDocument>;
  /** Half-life of the counts, ms; that of the snapshots. */
  halfLifeMs: number;
  onError(error: unknown): void;
  now?: () => number;
}

const RETRY_MS = 1_000;
/** A gap that is still there after everything was read anew is not the learner's doing but one of the hub. */
const REREAD_MS = 60_000;

/**
 * Decayed counts of interactions per item: the learner's snapshots and every delta after them. The learner removes deltas
 * that are in a snapshot; where one is missing, a newer snapshot has it, and everything is read anew.
 */
export class Trending {
  readonly #options: TrendingOptions;
  readonly #now: () => number;
  #cursors = new Map<string, number>();
  #counts: DecayedCounts;
  #readAnewAt = -Infinity;
  #follower: FeedFollower<SignalDocument> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #version = 0;

  constructor(options: TrendingOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#counts = new DecayedCounts(options.halfLifeMs);
    void this.#start();
  }

  /** Grows with every change of a count. */
  get version(): number {
    return this.#version;
  }

  get lag(): number {
    return this.#follower?.age ?? 0;
  }

  /** Weighted count of an item as of `now` (ms); 0 for an unknown one. */
  value(itemId: string, now: number): number {
    return this.#counts.value(itemId, now);
  }

  /** The `limit` items with the highest counts that `accept` lets through, best first. */
  top(limit: number, accept?: (itemId: string) => boolean): string[] {
    return this.#counts.top(limit, accept).map(([itemId]) => itemId);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#follower?.stop();
  }

  async #start(): Promise<void> {
    const { readSnapshots, openFeed, onError } = this.#options;
    try {
      const snapshots = await readSnapshots();
      if (this.#closed) return;
      this.#takeOver(snapshots);
      this.#follower = new FeedFollower({
        feed: openFeed(),
        apply: (documents) => this.#apply(documents),
        activeMs: 250,
        idleMs: 1_000,
        onError,
      });
    } catch (error) {
      onError(error);
      this.#timer = setTimeout(() => void this.#start(), RETRY_MS);
      this.#timer.unref();
    }
  }

  #takeOver(snapshots: readonly PopularitySnapshot[]): void {
    const merged = new DecayedCounts(this.#options.halfLifeMs);
    for (const { counts } of snapshots) merged.merge(DecayedCounts.fromJSON(counts));
    this.#counts = merged;
    this.#cursors = new Map(snapshots.map(({ partition, cursor }) => [partition, cursor]));
    this.#version += 1;
  }

  #apply(documents: readonly SignalDocument[]): void {
    for (const document of documents) {
      if (document.kind !== 'delta') continue;
      const cursor = this.#cursors.get(document.partition) ?? -1;
      if (document.to <= cursor) continue;
      if (document.from > cursor + 1 && this.#now() - this.#readAnewAt >= REREAD_MS) return this.#readAnew();
      this.#count(document);
    }
  }

  #readAnew(): void {
    this.#readAnewAt = this.#now();
    this.#follower?.stop();
    void this.#start();
  }

  #count({ partition, to, time, popularity }: DeltaDocument): void {
    this.#cursors.set(partition, to);
    for (const [itemId, weight] of Object.entries(popularity)) this.#counts.add(itemId, weight, time);
    this.#version += 1;
  }
}
