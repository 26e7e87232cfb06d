import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RequestQueue } from './requestQueue.ts';

describe('RequestQueue', () => {
  it('never runs more than it may, takes calls in order, and loses no place', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.record({ turns: fc.nat(4), fails: fc.boolean() }), { maxLength: 20 }),
        async (maxConcurrentRequests, maxOutstandingRequests, calls) => {
          const queue = new RequestQueue({ maxConcurrentRequests, maxOutstandingRequests });
          let running = 0;
          let most = 0;
          const started: number[] = [];
          const outcomes = await Promise.allSettled(
            calls.map(({ turns, fails }, index) =>
              queue.run(async () => {
                started.push(index);
                most = Math.max(most, ++running);
                for (let turn = 0; turn < turns; turn++) await Promise.resolve();
                running -= 1;
                if (fails) throw new Error('broken');
              }),
            ),
          );
          expect(most).toBeLessThanOrEqual(maxConcurrentRequests);
          expect(started).toEqual(started.toSorted((a, b) => a - b));
          const refused = outcomes.filter((outcome) => outcome.status === 'fulfilled' && !outcome.value).length;
          // All arrive at once, so those beyond the bound are refused and no others.
          expect(refused).toBe(Math.max(0, calls.length - maxOutstandingRequests));
          expect(await queue.run(async () => undefined)).toBe(true);
        },
      ),
    );
  });

  it('has no bound by default', async () => {
    const queue = new RequestQueue({ maxConcurrentRequests: -1, maxOutstandingRequests: -1 });
    const gate = Promise.withResolvers<void>();
    let running = 0;
    const calls = Array.from({ length: 500 }, () =>
      queue.run(() => {
        running += 1;
        return gate.promise;
      }),
    );
    expect(running).toBe(500);
    gate.resolve();
    expect(await Promise.all(calls)).toEqual(Array(500).fill(true));
  });
});
