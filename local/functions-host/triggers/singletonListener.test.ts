import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SingletonListener } from './singletonListener.ts';

const PERIOD_MS = 60_000;
const POLL_MS = 10_000;

/** A lock whose answers a test decides; what the listener under it went through is in `events`. */
function setUp({ free = true } = {}) {
  const events: string[] = [];
  const lock = { free, held: true, down: false };
  const answer = (value: boolean) => {
    if (lock.down) throw new Error('the storage is down');
    return value;
  };
  let made = 0;
  const listener = new SingletonListener({
    create: () => {
      const name = `listener ${++made}`;
      return {
        start: async () => void events.push(`${name} starts`),
        stop: async () => void events.push(`${name} stops`),
        describe: async () => ({ name }),
        fire: async () => void events.push(`${name} fires`),
      };
    },
    lock: {
      acquire: async () => answer(lock.free),
      renew: async () => answer(lock.held),
      release: async () => void events.push('released'),
    },
    pollMs: POLL_MS,
    periodMs: PERIOD_MS,
    functionName: 'tick',
    log: (level, _category, message) => void (level === 'information' || events.push(`${level}: ${message}`)),
  });
  return { listener, lock, events };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('SingletonListener', () => {
  it('runs while it holds the lock, and gives it up after the listener has stopped', async () => {
    const { listener, events } = setUp();
    await listener.start();
    expect(await listener.describe()).toEqual({ lock: 'held', name: 'listener 1' });
    await vi.advanceTimersByTimeAsync(10 * PERIOD_MS);
    await listener.stop();
    expect(events).toEqual(['listener 1 starts', 'listener 1 stops', 'released']);
  });

  it('asks again while another instance holds the lock; on demand it runs all the same', async () => {
    const { listener, lock, events } = setUp({ free: false });
    await listener.start();
    await vi.advanceTimersByTimeAsync(3 * POLL_MS);
    expect(await listener.describe()).toEqual({ lock: 'not held' });
    await listener.fire();
    lock.free = true;
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(events).toEqual(['listener 1 fires', 'listener 2 starts']);
  });

  it('stops when the lock was lost, and runs again when it gets it back', async () => {
    const { listener, lock, events } = setUp();
    await listener.start();
    Object.assign(lock, { free: false, held: false });
    await vi.advanceTimersByTimeAsync(PERIOD_MS / 2);
    expect(events.slice(1)).toEqual(['warning: The lock of tick was lost to another instance', 'listener 1 stops']);
    Object.assign(lock, { free: true, held: true });
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(events.at(-1)).toBe('listener 2 starts');
  });

  it('goes on through a short failure of the storage, and stops when the lock must have expired', async () => {
    const { listener, lock, events } = setUp();
    await listener.start();
    lock.down = true;
    await vi.advanceTimersByTimeAsync(PERIOD_MS / 2 + 2_000);
    lock.down = false;
    await vi.advanceTimersByTimeAsync(PERIOD_MS);
    expect(events.filter((event) => event.includes('stops'))).toEqual([]);
    lock.down = true;
    await vi.advanceTimersByTimeAsync(PERIOD_MS + 2_000);
    expect(events.filter((event) => event.includes('stops'))).toEqual(['listener 1 stops']);
    Object.assign(lock, { down: false });
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(events.at(-1)).toBe('listener 2 starts');
    await listener.stop();
  });

  it('does not take the lock any more once it was stopped', async () => {
    const { listener, lock, events } = setUp({ free: false });
    await listener.start();
    await listener.stop();
    lock.free = true;
    await vi.advanceTimersByTimeAsync(10 * POLL_MS);
    expect(events).toEqual([]);
  });
});
