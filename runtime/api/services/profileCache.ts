import { LRUCache } from 'lru-cache';
import type { ProfileDocument } from '../../contracts/documents.ts';
import type { ChangeFeed } from './changeFeed.ts';
import { FeedFollower } from './feedFollower.ts';
import { toProfile, type Profile } from './profile.ts';
import { within } from './within.ts';

/** `absent`: the store has no such profile. `unavailable`: the store did not answer in time. */
export type Lookup = Profile | 'absent' | 'unavailable';

export interface ProfileCacheOptions {
  /** Point read of a profile document by subject. */
  read(subject: string): Promise<ProfileDocument | undefined>;
  /** Change feed of the profiles, starting now. */
  openFeed(): ChangeFeed<ProfileDocument>;
  onError(error: unknown): void;
  onLookup?(hit: boolean): void;
  now?: () => number;
}

/** Bound of the cache in remembered items over all profiles; some 100 bytes each. */
const CAPACITY = 1_000_000;
const READ_TIMEOUT_MS = 1_000;
/** After a failed read one request in this time tries again; the others get their degraded answer at once. */
const PROBE_MS = 1_000;
/** Nobody asked for this long: the cache is emptied and the change feed left alone. */
const IDLE_MS = 10 * 60_000;

/**
 * Profiles of the subjects that are being asked for, kept fresh by the change feed. The feed is followed only while
 * there is something to keep fresh, and a profile is read only once the feed's position is known, so no change is missed.
 */
export class ProfileCache {
  readonly #options: ProfileCacheOptions;
  readonly #now: () => number;
  readonly #profiles = new LRUCache<string, Profile | 'absent'>({
    maxSize: CAPACITY,
    sizeCalculation: (profile) => (profile === 'absent' ? 1 : 1 + profile.history.length + profile.seen.length),
  });
  /** Reads under way, with what the feed brought for the same subject meanwhile. */
  readonly #reading = new Map<string, { result: Promise<Lookup>; newer?: Profile }>();
  #follower: FeedFollower<ProfileDocument> | undefined;
  /** After a failed read: when the next one may be tried. */
  #probeAt: number | undefined;
  #usedAt = 0;
  readonly #idleCheck: NodeJS.Timeout;

  constructor(options: ProfileCacheOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#idleCheck = setInterval(() => this.rest(), 60_000);
    this.#idleCheck.unref();
  }

  /** Whether cached profiles may be out of date because the store does not answer. */
  get stale(): boolean {
    return this.#follower?.failing ?? false;
  }

  /** Milliseconds since the change feed was read last; 0 while it is not followed. */
  get lag(): number {
    return this.#follower?.age ?? 0;
  }

  get size(): number {
    return this.#profiles.size;
  }

  /** The profile of a subject: at once when it is cached, else read from the store. Never rejects. */
  get(subject: string): Lookup | Promise<Lookup> {
    this.#usedAt = this.#now();
    const cached = this.#profiles.get(subject);
    this.#options.onLookup?.(cached !== undefined);
    return cached ?? this.#load(subject);
  }

  /** Empties the cache when nobody has asked for a while. */
  rest(): void {
    if (this.#now() - this.#usedAt < IDLE_MS) return;
    this.#unfollow();
  }

  close(): void {
    clearInterval(this.#idleCheck);
    this.#unfollow();
  }

  #unfollow(): void {
    this.#follower?.stop();
    this.#follower = undefined;
    this.#profiles.clear();
  }

  #load(subject: string): Promise<Lookup> {
    const underWay = this.#reading.get(subject);
    if (underWay) return underWay.result;
    const reading: { result: Promise<Lookup>; newer?: Profile } = { result: Promise.resolve('unavailable') };
    if (this.#mayRead()) {
      reading.result = this.#read(subject, reading).finally(() => this.#reading.delete(subject));
      this.#reading.set(subject, reading);
    }
    return reading.result;
  }

  #mayRead(): boolean {
    if (this.#probeAt === undefined) return true;
    if (this.#now() < this.#probeAt) return false;
    this.#probeAt = this.#now() + PROBE_MS;
    return true;
  }

  async #read(subject: string, reading: { newer?: Profile }): Promise<Lookup> {
    const follower = (this.#follower ??= this.#follow());
    try {
      const document = await within(
        READ_TIMEOUT_MS,
        follower.positioned.then(() => this.#options.read(subject)),
      );
      this.#probeAt = undefined;
      const read = document ? toProfile(document) : 'absent';
      const { newer } = reading;
      const profile = newer && (read === 'absent' || newer.events > read.events) ? newer : read;
      if (this.#follower === follower) this.#profiles.set(subject, profile);
      return profile;
    } catch (error) {
      this.#probeAt = this.#now() + PROBE_MS;
      this.#options.onError(error);
      return 'unavailable';
    }
  }

  #follow(): FeedFollower<ProfileDocument> {
    return new FeedFollower({
      feed: this.#options.openFeed(),
      apply: (documents) => this.#apply(documents),
      activeMs: 50,
      idleMs: 250,
      onError: this.#options.onError,
      now: this.#now,
    });
  }

  #apply(documents: readonly ProfileDocument[]): void {
    for (const document of documents) {
      const reading = this.#reading.get(document.id);
      if (!reading && !this.#profiles.has(document.id)) continue;
      const profile = toProfile(document);
      if (reading) reading.newer = profile;
      else this.#profiles.set(document.id, profile);
    }
  }
}
