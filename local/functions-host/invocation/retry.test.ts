import type { InvocationContext } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { inProcessApp } from '../testing/inProcessApp.ts';
import { invokeWithRetry, retryDelayMs } from './retry.ts';

const fixed = (maxRetryCount: number, seconds = 1) =>
  ({ strategy: 'fixedDelay', maxRetryCount, delayInterval: { seconds } }) as const;

async function setUp({ retry, failures }: { retry?: ReturnType<typeof fixed>; failures: number }) {
  const seen: (InvocationContext['retryContext'] | undefined)[] = [];
  const app = await inProcessApp(({ app }) =>
    app.eventHub('f', {
      connection: 'C',
      eventHubName: 'h',
      retry,
      handler: (_event, context) => {
        seen.push(context.retryContext);
        if (seen.length <= failures) throw new Error(`failure ${seen.length}`);
      },
    }),
  );
  const stop = new AbortController();
  const run = () =>
    invokeWithRetry({
      runner: app.runner('f'),
      input: { data: { string: 'x' } },
      clock: { timeScale: 0.001 },
      log: () => undefined,
      stopped: stop.signal,
    });
  return { seen, run, stop };
}

describe('invokeWithRetry', () => {
  it('calls once without a policy', async () => {
    const { run, seen } = await setUp({ failures: 5 });
    expect(await run()).toBe('failed');
    expect(seen).toEqual([undefined]);
  });

  it('tries until the function succeeds, telling it the try and the error before', async () => {
    const { run, seen } = await setUp({ retry: fixed(3), failures: 2 });
    expect(await run()).toBe('succeeded');
    expect(seen).toEqual([
      { retryCount: 0, maxRetryCount: 3 },
      { retryCount: 1, maxRetryCount: 3, exception: { message: 'failure 1', stackTrace: expect.any(String) } },
      { retryCount: 2, maxRetryCount: 3, exception: { message: 'failure 2', stackTrace: expect.any(String) } },
    ]);
  });

  it('gives up after the last try', async () => {
    const { run, seen } = await setUp({ retry: fixed(2), failures: 9 });
    expect(await run()).toBe('failed');
    expect(seen).toHaveLength(3);
  });

  it('is cut off while it waits for the next try', async () => {
    const { run, seen, stop } = await setUp({ retry: fixed(-1, 3600_000), failures: 9 });
    const outcome = run();
    while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    expect(await outcome).toBe('cut off');
    expect(seen).toHaveLength(1);
  });
});

describe('retryDelayMs', () => {
  it('doubles from the minimum to the maximum, with 20 % of jitter', () => {
    const policy = {
      retryStrategy: 'exponentialBackoff',
      maxRetryCount: -1,
      minimumInterval: { seconds: 2 },
      maximumInterval: { seconds: 60 },
    } as const;
    const delays = (random: number) => [0, 1, 2, 3, 10].map((count) => retryDelayMs(policy, count, () => random));
    expect(delays(0.5)).toEqual([2000, 4000, 8000, 16_000, 60_000]);
    expect(delays(0)).toEqual([2000, 3600, 6800, 13_200, 60_000]);
  });
});
