import { describe, expect, it } from 'vitest';
import { BackgroundBuffer, type BufferOptions } from './backgroundBuffer.ts';

function buffer(options: Partial<BufferOptions<number>>) {
  const sent: number[][] = [];
  const dropped: [count: number, error: unknown][] = [];
  const entries = new BackgroundBuffer<number>({
    send: async (batch) => void sent.push(batch),
    capacity: 100,
    batch: 10,
    lingerMs: 60_000,
    attempts: 2,
    retryMs: 1,
    onDropped: (count, error) => void dropped.push([count, error]),
    ...options,
  });
  return { entries, sent, dropped };
}

describe('BackgroundBuffer', () => {
  it('sends a batch as soon as it is full, and the rest when flushed', async () => {
    const { entries, sent } = buffer({ batch: 3 });
    for (let entry = 0; entry < 7; entry += 1) entries.add(entry);
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    await entries.flush();
    expect(sent.at(-1)).toEqual([6]);
  });

  it('sends what waits after the linger time', async () => {
    let done = () => {};
    const finished = new Promise<void>((resolve) => (done = resolve));
    const { entries, sent } = buffer({ lingerMs: 5, send: async (batch) => (sent.push(batch), done()) });
    entries.add(1);
    entries.add(2);
    await finished;
    expect(sent).toEqual([[1, 2]]);
  });

  it('repeats a failed batch and drops it with its error after the last attempt', async () => {
    const failure = new Error('hub away');
    let failures = 3;
    const { entries, sent, dropped } = buffer({
      batch: 2,
      send: async (batch) => {
        if (failures-- > 0) throw failure;
        sent.push(batch);
      },
    });
    for (const entry of [1, 2, 3, 4]) entries.add(entry);
    await entries.flush();
    expect(dropped).toEqual([[2, failure]]);
    expect(sent).toEqual([[3, 4]]);
  });

  it('keeps no more than its capacity', async () => {
    let release = () => {};
    const blocked = new Promise<void>((resolve) => (release = resolve));
    const { entries, sent, dropped } = buffer({
      capacity: 3,
      batch: 1,
      send: async (batch) => {
        await blocked;
        sent.push(batch);
      },
    });
    for (let entry = 0; entry < 10; entry += 1) entries.add(entry);
    expect(dropped).toEqual(Array.from({ length: 6 }, () => [1, undefined]));
    release();
    await entries.flush();
    expect(sent).toEqual([[0], [1], [2], [3]]);
  });
});
