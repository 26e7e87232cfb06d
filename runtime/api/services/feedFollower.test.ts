import { describe, expect, it, vi } from 'vitest';
import { FeedFollower } from './feedFollower.ts';

/** A feed whose pages the test hands out; a missing page is one without changes. */
function scriptedFeed(pages: (number[] | Error)[]) {
  let reads = 0;
  return {
    reads: () => reads,
    async read(): Promise<number[]> {
      reads += 1;
      const page = pages.shift() ?? [];
      if (page instanceof Error) throw page;
      return page;
    },
  };
}

describe('FeedFollower', () => {
  it('applies every page in order, through failures, until it is stopped', async () => {
    vi.useFakeTimers();
    try {
      const applied: number[] = [];
      const errors: unknown[] = [];
      const failure = new Error('store away');
      const feed = scriptedFeed([[1, 2], failure, [3], []]);
      const follower = new FeedFollower<number>({
        feed,
        apply: (documents) => applied.push(...documents),
        activeMs: 50,
        idleMs: 250,
        onError: (error) => errors.push(error),
      });
      await vi.advanceTimersByTimeAsync(1_000);
      await follower.caughtUp;
      expect(applied).toEqual([1, 2, 3]);
      expect(errors).toEqual([failure]);
      follower.stop();
      const reads = feed.reads();
      await vi.advanceTimersByTimeAsync(10_000);
      expect(feed.reads()).toBe(reads);
    } finally {
      vi.useRealTimers();
    }
  });

  it('slows down in quiet times and speeds up with the next change', async () => {
    vi.useFakeTimers();
    try {
      const feed = scriptedFeed([]);
      const follower = new FeedFollower<number>({
        feed,
        apply: () => {},
        activeMs: 10,
        idleMs: 1_000,
        onError: () => {},
      });
      await vi.advanceTimersByTimeAsync(20_000);
      const before = feed.reads();
      await vi.advanceTimersByTimeAsync(10_000);
      expect(feed.reads() - before).toBe(10);
      follower.stop();
    } finally {
      vi.useRealTimers();
    }
  });

  it('says so when the store does not answer', async () => {
    let now = 0;
    const follower = new FeedFollower<number>({
      feed: { read: () => new Promise(() => {}) },
      apply: () => {},
      activeMs: 50,
      idleMs: 250,
      onError: () => {},
      now: () => now,
    });
    expect(follower.failing).toBe(false);
    now = 10_000;
    expect(follower.failing).toBe(true);
    expect(follower.age).toBe(10_000);
    follower.stop();
  });
});
