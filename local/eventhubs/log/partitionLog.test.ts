import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { logEvent, openLog, readAll } from '../testing/openLog.ts';
import { failNextWrite, spyOnFiles } from '../testing/spyOnFiles.ts';
import { temporaryFolder } from '../testing/temporaryFolder.ts';
import type { Durability, PartitionLog } from './partitionLog.ts';
import { TailCache } from './tailCache.ts';

const texts = (events: { message: string }[]) => events.map(({ message }) => message);

async function filledLog(directory: string, count: number) {
  const log = await openLog(directory);
  for (let index = 0; index < count; index += 1) await log.append([logEvent(`event ${index} ${'x'.repeat(100)}`)]);
  return log;
}

/** Takes note of the files of a folder; the returned function puts them back and removes all others. */
function filesToRestore(directory: string): () => void {
  const paths = () => readdirSync(directory).map((name) => join(directory, name));
  const originals = new Map(paths().map((path) => [path, readFileSync(path)]));
  return () => {
    for (const path of paths()) if (!originals.has(path)) rmSync(path);
    for (const [path, content] of originals) writeFileSync(path, content);
  };
}

describe('PartitionLog', () => {
  it('keeps events, keys, sequence numbers and offsets over any series of batches and restarts', async () => {
    const batch = fc.array(fc.tuple(fc.string({ maxLength: 300 }), fc.option(fc.string({ minLength: 1 }))), {
      minLength: 1,
      maxLength: 20,
    });
    const step = fc.oneof({ weight: 4, arbitrary: batch }, { weight: 1, arbitrary: fc.constant('restart' as const) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const directory = temporaryFolder();
        let log = await openLog(directory);
        const expected: { message: string; partitionKey: string }[] = [];
        for (const current of steps) {
          if (current === 'restart') {
            await log.close();
            log = await openLog(directory);
            continue;
          }
          const events = current.map(([message, key]) =>
            logEvent(message, { partitionKey: key === null ? undefined : Buffer.from(key) }),
          );
          await log.append(events);
          expected.push(...current.map(([message, key]) => ({ message, partitionKey: key ?? '' })));
        }
        for (const fromDisk of [false, true]) {
          const stored = await readAll(log, { fromDisk });
          expect(stored.map(({ message, partitionKey }) => ({ message, partitionKey }))).toEqual(expected);
          expect(stored.map(({ sequence }) => sequence)).toEqual(expected.map((_, index) => index));
        }
        const offsets = (await readAll(log)).map(({ offset }) => offset);
        expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
        expect(log.end).toMatchObject({ sequence: expected.length, lastOffset: offsets.at(-1) ?? -1 });
        await log.close();
      }),
      { numRuns: 30 },
    );
  });

  it('groups what is appended while a write is in flight and keeps its order', async () => {
    const log = await openLog(temporaryFolder());
    const commits = vi.fn();
    log.onCommit(commits);
    const numbers = Array.from({ length: 50 }, (_, index) => String(index));
    await Promise.all(numbers.map((number) => log.append([logEvent(number)])));
    expect(texts(await readAll(log))).toEqual(numbers);
    expect(commits.mock.calls.length).toBeLessThan(5);
    await log.close();
  });

  it('finds the first event by offset, sequence number and time, above or from a value on', async () => {
    let now = 1_000;
    const log = await openLog(temporaryFolder(), { now: () => now });
    for (let index = 0; index < 200; index += 1) {
      now += index % 3 === 0 ? 10 : 0;
      await log.append([logEvent(`event ${index} ${'x'.repeat(index * 7)}`)]);
    }
    const events = await readAll(log);
    for (const column of ['offset', 'sequence', 'time'] as const) {
      for (const inclusive of [true, false]) {
        for (const value of [
          -1,
          0,
          ...[3, 57, 199].flatMap((at) => [events[at][column] - 1, events[at][column]]),
          1e9,
        ]) {
          const match = events.find((event) => (inclusive ? event[column] >= value : event[column] > value));
          const expected = match?.offset ?? log.end.offset;
          expect(await log.locate(column, value, inclusive), `${column} ${value} ${inclusive}`).toBe(expected);
        }
      }
    }
    await log.close();
  });

  it('cuts off the tail of a write that was interrupted anywhere, and nothing else', async () => {
    const directory = temporaryFolder();
    const log = await filledLog(directory, 20);
    const whole = await readAll(log);
    await log.append([logEvent('the last one')]);
    await log.close();
    const path = lastSegment(directory);
    const restore = filesToRestore(directory);
    const bytes = readFileSync(path);
    const recordBytes = 28 + 'the last one'.length;
    for (let missing = 1; missing < recordBytes; missing += 1) {
      writeFileSync(path, bytes.subarray(0, bytes.length - missing));
      const reopened = await openLog(directory);
      expect(reopened.tornBytes).toBe(recordBytes - missing);
      expect(await readAll(reopened, { fromDisk: true })).toEqual(whole);
      await reopened.append([logEvent('after')]);
      expect((await readAll(reopened, { fromDisk: true })).map(({ message }) => message).slice(20)).toEqual(['after']);
      await reopened.close();
      restore();
    }
  });

  it('gives no offset and no sequence number out again that a damaged tail may have had', async () => {
    const directory = temporaryFolder();
    const log = await filledLog(directory, 20);
    const [lost, ...others] = (await readAll(log)).reverse();
    await log.close();
    const path = lastSegment(directory);
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] ^= 1;
    writeFileSync(path, bytes);

    let reopened = await openLog(directory);
    const { end } = reopened;
    expect(end).toMatchObject({ lastSequence: 18, lastOffset: others[0].offset });
    // A reader that had the lost event goes on behind it: neither refused nor served anything else.
    expect(end.highestOffset).toBeGreaterThanOrEqual(lost.offset);
    expect(end.sequence).toBeGreaterThan(lost.sequence);
    expect(await reopened.locate('offset', lost.offset, false)).toBe(end.offset);
    expect(await reopened.locate('sequence', lost.sequence, false)).toBe(end.offset);

    await reopened.append([logEvent('new')]);
    const found = async () => {
      const offset = await reopened.locate('sequence', lost.sequence, false);
      return (await readAll(reopened, { fromDisk: true })).filter((event) => event.offset >= offset);
    };
    expect(await found()).toEqual([expect.objectContaining({ message: 'new', sequence: end.sequence })]);
    expect(reopened.end.lastSequence).toBe(end.sequence);
    await reopened.close();

    reopened = await openLog(directory);
    expect(await found()).toHaveLength(1);
    expect(await readAll(reopened)).toHaveLength(20);
    await reopened.close();
  });

  it('cuts the tail off at the next start when a crash came between the new segment and the cut', async () => {
    const directory = temporaryFolder();
    const log = await filledLog(directory, 20);
    await log.close();
    const path = lastSegment(directory);
    const torn = Buffer.concat([readFileSync(path), Buffer.from('torn')]);
    writeFileSync(path, torn);
    const first = await openLog(directory);
    await first.append([logEvent('after')]);
    await first.close();
    writeFileSync(path, torn);
    const second = await openLog(directory);
    expect(texts(await readAll(second, { fromDisk: true })).slice(20)).toEqual(['after']);
    await second.close();
    // Anything else that is missing or added in a full segment is damage.
    writeFileSync(path, Buffer.concat([torn, Buffer.from('more')]));
    await expect(openLog(directory)).rejects.toThrow(path);
  });

  it('takes a tail of zeros, as a loss of power leaves it, for torn', async () => {
    const directory = temporaryFolder();
    const log = await filledLog(directory, 5);
    await log.close();
    const path = lastSegment(directory);
    writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(5_000)]));
    const reopened = await openLog(directory);
    expect(reopened.tornBytes).toBe(5_000);
    expect(await readAll(reopened)).toHaveLength(5);
    await reopened.close();
  });

  it('never serves a flipped bit: names the file, or cuts off the last record when that is the damaged one', async () => {
    const directory = temporaryFolder();
    const log = await filledLog(directory, 60);
    const whole = await readAll(log);
    await log.close();
    const files = readdirSync(directory).map((name) => join(directory, name));
    const restore = filesToRestore(directory);
    const last = lastSegment(directory);
    expect(files.filter((path) => path.endsWith('.log')).length).toBeGreaterThan(2);

    const flip = fc.record({ file: fc.nat(files.length - 1), at: fc.nat(), bit: fc.nat(7) });
    await fc.assert(
      fc.asyncProperty(flip, async ({ file, at, bit }) => {
        const path = files[file];
        const damaged = readFileSync(path);
        damaged[at % damaged.length] ^= 1 << bit;
        writeFileSync(path, damaged);
        let reopened: PartitionLog | undefined;
        try {
          reopened = await openLog(directory);
          const served = await readAll(reopened, { fromDisk: true });
          const cut = path === last ? 1 : 0;
          expect(whole.length - served.length).toBeLessThanOrEqual(cut);
          expect(served).toEqual(whole.slice(0, served.length));
        } catch (error) {
          expect((error as Error).message).toContain(path);
        } finally {
          await reopened?.close();
          restore();
        }
      }),
      { numRuns: 120 },
    );
  });

  it('refuses to open when a segment is missing', async () => {
    const directory = temporaryFolder();
    await (await filledLog(directory, 60)).close();
    const [, second, third] = segments(directory);
    rmSync(join(directory, second));
    await expect(openLog(directory)).rejects.toThrow(third);
  });

  it('rebuilds the index of a full segment when it is missing', async () => {
    const directory = temporaryFolder();
    const log = await filledLog(directory, 60);
    const whole = await readAll(log);
    await log.close();
    for (const name of readdirSync(directory)) if (name.endsWith('.index')) rmSync(join(directory, name));
    const reopened = await openLog(directory);
    expect(await readAll(reopened)).toEqual(whole);
    expect(readdirSync(directory).filter((name) => name.endsWith('.index'))).toHaveLength(
      segments(directory).length - 1,
    );
    await reopened.close();
  });

  it('drops whole segments that retention has passed and goes on counting, also after a restart', async () => {
    const directory = temporaryFolder();
    let now = 0;
    let log = await openLog(directory, { now: () => now });
    for (let index = 0; index < 60; index += 1) {
      now += 1_000;
      await log.append([logEvent(`event ${index} ${'x'.repeat(100)}`)]);
    }
    expect(await log.applyRetention(30_000)).toBeGreaterThan(0);
    const kept = await readAll(log);
    expect(kept[0].sequence).toBe(log.begin.sequence);
    expect(kept[0].sequence).toBeGreaterThan(0);
    expect(kept.filter(({ time }) => time >= now - 30_000)).toHaveLength(31);

    now += 1_000_000;
    await log.applyRetention(30_000);
    expect(await readAll(log)).toEqual([]);
    const end = log.end;
    expect(end.sequence).toBe(60);
    await log.close();
    log = await openLog(directory, { now: () => now });
    expect(log.end).toEqual(end);
    await log.append([logEvent('next')]);
    expect(await readAll(log)).toMatchObject([{ message: 'next', sequence: 60, offset: end.offset }]);
    await log.close();
  });

  it('continues at the first kept event when the one asked for was dropped', async () => {
    let now = 0;
    const log = await openLog(temporaryFolder(), { now: () => (now += 1_000) });
    for (let index = 0; index < 60; index += 1) await log.append([logEvent(`event ${'x'.repeat(100)}`)]);
    await log.applyRetention(20_000);
    const slice = await log.read(0, Buffer.alloc(1024));
    expect(slice.offset).toBe(log.begin.offset);
    await log.close();
  });

  it.each<[Durability, number]>([
    ['none', 0],
    ['interval', 0],
    ['batch', 2],
  ])(
    'with durability %s forces two appends to the device %d times before they are accepted',
    async (durability, times) => {
      const directory = temporaryFolder();
      const log = await openLog(directory, { durability });
      const datasync = await spyOnFiles(directory, 'datasync');
      await log.append([logEvent('a')]);
      await log.append([logEvent('b')]);
      expect(datasync).toHaveBeenCalledTimes(times);
      await log.sync();
      await log.sync();
      expect(datasync).toHaveBeenCalledTimes(times === 0 ? 1 : times);
      await log.close();
    },
  );

  it.each([
    ['small', 'lost'],
    ['large', 'lost'.repeat(20_000)],
  ] as const)(
    'stores none of the events whose %s write failed, and the next ones in their place',
    async (size, lost) => {
      const directory = temporaryFolder();
      const log = await openLog(directory);
      await log.append([logEvent('before')]);
      await failNextWrite(directory, size);
      const first = log.append([logEvent(lost)]);
      await expect(first).rejects.toThrow('ENOSPC');
      await log.append([logEvent('after')]);
      expect(await readAll(log, { fromDisk: true })).toMatchObject([
        { message: 'before', sequence: 0 },
        { message: 'after', sequence: 1 },
      ]);
      await log.close();
      const reopened = await openLog(directory);
      expect(texts(await readAll(reopened))).toEqual(['before', 'after']);
      await reopened.close();
    },
  );

  it('serves records larger than the read buffer, from the cache and from disk', async () => {
    const log = await openLog(temporaryFolder(), { tail: new TailCache(4 * 1024 * 1024).partition() });
    const large = 'y'.repeat(1_000_000);
    await log.append([logEvent('small'), logEvent(large), logEvent('small again')]);
    for (const fromDisk of [false, true]) {
      expect(texts(await readAll(log, { fromDisk }))).toEqual(['small', large, 'small again']);
    }
    await log.close();
  });

  it('remembers the numbers of idempotent producers over restarts and full segments', async () => {
    const directory = temporaryFolder();
    let log = await openLog(directory);
    for (let sequence = 1; sequence <= 60; sequence += 1) {
      const producer = { id: 2 ** 45 + 7, epoch: 3, sequence };
      await log.append([logEvent('x'.repeat(100), { producer })]);
    }
    await log.close();
    log = await openLog(directory);
    expect(log.producers.get(2 ** 45 + 7)).toEqual({ epoch: 3, sequence: 60 });
    expect((await readAll(log))[0].message).toBe('x'.repeat(100));
    await log.close();
  });
});

function segments(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.log'))
    .sort();
}

function lastSegment(directory: string): string {
  return join(directory, segments(directory).at(-1) ?? '');
}
