import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TailCache } from './tailCache.ts';

const BLOCK = 256 * 1024;

describe('TailCache', () => {
  it('gives back exactly the newest bytes of every log, whatever was written in which order', () => {
    const write = fc.record({ log: fc.nat(2), size: fc.integer({ min: 1, max: BLOCK + 1_000 }) });
    fc.assert(
      fc.property(fc.array(write, { maxLength: 40 }), (writes) => {
        const cache = new TailCache(4 * BLOCK);
        const logs = [0, 1, 2].map(() => ({ tail: cache.partition(), content: Buffer.alloc(0) }));
        for (const [index, { log, size }] of writes.entries()) {
          const bytes = Buffer.alloc(size, index + 1);
          const { tail, content } = logs[log];
          tail.add(bytes, content.length);
          logs[log].content = Buffer.concat([content, bytes]);
        }
        let cached = 0;
        for (const { tail, content } of logs) {
          const target = Buffer.alloc(content.length);
          const begin = firstCached(tail, content.length);
          const copied = tail.read(begin, target);
          expect(copied).toBe(content.length - begin);
          expect(target.subarray(0, copied).equals(content.subarray(begin))).toBe(true);
          cached += copied;
        }
        expect(cached).toBeLessThanOrEqual(4 * BLOCK);
      }),
      { numRuns: 50 },
    );
  });

  it('starts anew after a gap', () => {
    const tail = new TailCache(4 * BLOCK).partition();
    tail.add(Buffer.from('abc'), 0);
    tail.add(Buffer.from('xyz'), 100);
    const target = Buffer.alloc(3);
    expect(tail.read(0, target)).toBe(0);
    expect(tail.read(101, target)).toBe(2);
    expect(target.toString('latin1', 0, 2)).toBe('yz');
  });
});

/** Lowest offset that is cached, or `end`; found by halving, since what is cached reaches up to the end. */
function firstCached(tail: { read(offset: number, target: Buffer): number }, end: number): number {
  const probe = Buffer.alloc(1);
  let low = 0;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (tail.read(middle, probe) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}
