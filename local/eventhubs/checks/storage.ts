import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { collect, Listener } from '../testing/receiving.ts';
import type { TestBroker } from '../testing/testBroker.ts';
import { bodies, refusalOf, type Check } from './check.ts';

/** Segment files of a partition of the only hub, oldest first. */
function segments(test: TestBroker, partition = '0'): string[] {
  const [hub] = readdirSync(join(test.dataDir, 'hubs'));
  const directory = join(test.dataDir, 'hubs', hub, partition);
  const files = readdirSync(directory).filter((name) => name.endsWith('.log'));
  return files.sort().map((name) => join(directory, name));
}

async function restart(test: TestBroker, between: () => void): Promise<void> {
  await test.broker.stop();
  between();
  await test.restart();
}

/** Changes bits of the byte at `at`, counted from the end when it is negative. */
function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  const index = at < 0 ? bytes.length + at : at;
  bytes[index] ^= 1;
  writeFileSync(path, bytes);
}

async function hubWith(test: TestBroker, numbers: number[], partitionCount = 1): Promise<string> {
  const hub = await test.hub({ partitionCount });
  const producer = test.producer(hub);
  for (let partition = 0; partition < partitionCount; partition += 1) {
    for (const body of numbers) await producer.sendBatch([{ body }], { partitionId: String(partition) });
  }
  return hub;
}

export const storageChecks: Check[] = [
  {
    name: 'events, offsets and sequence numbers are the same after a restart, so that checkpoints stay valid',
    async run(stage) {
      const test = await stage.broker();
      const hub = await hubWith(test, [0, 1, 2]);
      const before = await collect(test.consumer(hub), { count: 3 });
      await restart(test, () => undefined);
      const [, second] = before;
      await test.producer(hub).sendBatch([{ body: 3 }]);
      const after = await collect(test.consumer(hub), { count: 2, partition: '0', start: { offset: second.offset } });
      expect(bodies(after)).toEqual([2, 3]);
      expect(after.map(({ sequenceNumber }) => sequenceNumber)).toEqual([2, 3]);
      expect(after[0].offset).toBe(before[2].offset);
    },
  },
  {
    name: 'a torn tail is cut off: the events before it are served, new ones follow with numbers nobody had',
    async run(stage) {
      const test = await stage.broker();
      const hub = await hubWith(test, [0, 1, 2]);
      await restart(test, () => {
        const [path] = segments(test);
        truncateSync(path, readFileSync(path).length - 5);
      });
      await test.producer(hub).sendBatch([{ body: 'new' }]);
      const events = await collect(test.consumer(hub), { count: 3 });
      expect(bodies(events)).toEqual([0, 1, 'new']);
      expect(events[2].sequenceNumber).toBeGreaterThan(2);
    },
  },
  {
    name: 'a consumer whose checkpoint is at a torn event goes on with the next one that is stored',
    async run(stage) {
      const test = await stage.broker();
      const hub = await hubWith(test, [0, 1, 2]);
      const [, , last] = await collect(test.consumer(hub), { count: 3 });
      await restart(test, () => flip(segments(test)[0], -1));
      const start = { offset: last.offset };
      const listener = new Listener(test.consumer(hub), '0', { startPosition: start });
      await test.producer(hub).sendBatch([{ body: 'new' }]);
      await listener.until(({ events }) => events.length === 1);
      expect(bodies(listener.events)).toEqual(['new']);
      expect(listener.errors).toEqual([]);
      await listener.close();
    },
  },
  {
    name: 'a changed bit in the last event makes it a torn tail, which is never served',
    async run(stage) {
      const test = await stage.broker();
      const hub = await hubWith(test, [0, 1, 2]);
      await restart(test, () => flip(segments(test)[0], -1));
      expect((await test.producer(hub).getPartitionProperties('0')).lastEnqueuedSequenceNumber).toBe(1);
      expect(bodies(await collect(test.consumer(hub), { count: 2 }))).toEqual([0, 1]);
    },
  },
  {
    name: 'a changed bit before intact events makes the partition refuse all use by the name of the file',
    async run(stage) {
      const test = await stage.broker();
      const hub = await hubWith(test, [0, 1, 2], 2);
      await restart(test, () => flip(segments(test)[0], 100));
      const [path] = segments(test);
      expect(test.broker.describe().hubs[0].partitions[0].damage).toContain(path);
      const read = await refusalOf(collect(test.consumer(hub), { count: 1, partition: '0' }));
      expect(read).toMatchObject({ code: 'InternalServerError', message: expect.stringContaining(path) as string });
      const write = await refusalOf(test.producer(hub).sendBatch([{ body: 3 }], { partitionId: '0' }));
      expect(write.message).toContain(path);
      expect(await collect(test.consumer(hub), { count: 3, partition: '1' })).toHaveLength(3);
    },
  },
  {
    name: 'events without a key go to the partitions that are not damaged',
    async run(stage) {
      const test = await stage.broker();
      const hub = await hubWith(test, [0, 1, 2], 2);
      await restart(test, () => flip(segments(test)[0], 100));
      for (let number = 3; number < 6; number += 1) await test.producer(hub).sendBatch([{ body: number }]);
      const events = await collect(test.consumer(hub), { count: 6, partition: '1' });
      expect(bodies(events)).toEqual([0, 1, 2, 3, 4, 5]);
    },
  },
  {
    name: 'damage that is found while reading ends the receiver, which gets nothing of it',
    async run(stage) {
      const test = await stage.broker({ cacheBytes: 1, segmentBytes: 1_000 });
      const hub = await hubWith(test, []);
      const producer = test.producer(hub);
      for (let number = 0; number < 20; number += 1) await producer.sendBatch([{ body: 'x'.repeat(200) }]);
      // Large enough to drive the others out of the cache.
      await producer.sendBatch([{ body: Buffer.alloc(600_000) }]);
      const [, second] = segments(test);
      truncateSync(second, 80);
      const listener = new Listener(test.consumer(hub), '0');
      await listener.until(({ errors }) => errors.length > 0);
      const { errors } = listener.errors[0] as unknown as AggregateError;
      expect(errors[0]).toMatchObject({ code: 'InternalServerError' });
      expect((errors[0] as Error).message).toContain(second);
      expect(listener.events.length).toBeGreaterThan(0);
      const damagedFrom = Number(/(\d+)\.log$/.exec(second)?.[1]);
      for (const { offset } of listener.events) expect(Number(offset)).toBeLessThan(damagedFrom);
      await listener.close();
    },
  },
  {
    name: 'retention drops events by age, and the partition tells where it begins',
    async run(stage) {
      const test = await stage.broker({ segmentBytes: 1_000 });
      const hub = await hubWith(test, []);
      const producer = test.producer(hub);
      for (let number = 0; number < 20; number += 1) await producer.sendBatch([{ body: `${number}`.padEnd(200) }]);
      const log = test.broker.hubs.hub(hub).partition(0).log;
      // Everything written so far is older than nothing.
      await new Promise((resolve) => setTimeout(resolve, 5));
      await log.applyRetention(1);
      await producer.sendBatch([{ body: 'young' }]);
      const { beginningSequenceNumber, isEmpty } = await producer.getPartitionProperties('0');
      expect([beginningSequenceNumber, isEmpty]).toEqual([20, false]);
      expect(bodies(await collect(test.consumer(hub), { count: 1 }))).toEqual(['young']);
    },
  },
];
