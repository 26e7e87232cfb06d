import { describe, expect, it } from 'vitest';
import { makeShop } from './shop.ts';

const NOW = Date.parse('2026-01-31T00:00:00Z');

describe('makeShop', () => {
  it('is the same for the same seed and another for another seed', () => {
    expect(makeShop({ seed: 7, now: NOW }).events).toEqual(makeShop({ seed: 7, now: NOW }).events);
    expect(makeShop({ seed: 8, now: NOW }).events).not.toEqual(makeShop({ seed: 7, now: NOW }).events);
  });

  it('has the ground truth it states: the follower comes next in about four of five steps', () => {
    const { events, follower } = makeShop({ seed: 7, now: NOW });
    const last = new Map<string, string>();
    let steps = 0;
    let followed = 0;
    for (const { data } of events) {
      const before = last.get(data.userId ?? '');
      if (before) {
        steps += 1;
        if (follower(before) === data.itemId) followed += 1;
      }
      last.set(data.userId ?? '', data.itemId ?? '');
    }
    expect(steps).toBeGreaterThan(3_000);
    expect(followed / steps).toBeGreaterThan(0.77);
    expect(followed / steps).toBeLessThan(0.87);
  });

  it('has unique ids, times in order before now, and only items of its catalogue', () => {
    const { events, items } = makeShop({ seed: 7, now: NOW });
    const ids = new Set(items.map(({ itemId }) => itemId));
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    expect(events.every(({ data }) => ids.has(data.itemId ?? ''))).toBe(true);
    const times = events.map(({ time }) => Date.parse(time ?? ''));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.at(-1)).toBeLessThan(NOW);
  });
});
