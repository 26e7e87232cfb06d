import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logEvent, openLog } from '../testing/openLog.ts';
import { temporaryFolder } from '../testing/temporaryFolder.ts';
import type { ArchiveWriter } from './archiveWriter.ts';
import type { CapturedEvent } from './capturedEvent.ts';
import { archiveName, requireCapture, type CaptureSettings } from './captureSettings.ts';
import { PartitionCapture } from './partitionCapture.ts';
import { dotNetTime } from './capturedEvent.ts';
import rhea from 'rhea';

const SETTINGS: CaptureSettings = {
  namespace: 'ns',
  encoding: 'Avro',
  intervalSeconds: 0.002,
  sizeLimitBytes: 400,
  skipEmptyArchives: true,
  archiveNameFormat: '{Namespace}/{EventHub}/{PartitionId}/{Year}/{Month}/{Day}/{Hour}/{Minute}/{Second}',
  container: 'c',
  connectionString: 'x',
};

/** A storage whose files are there wholly or not at all, and which may fail before or after it has stored one. */
class FlakyStorage implements ArchiveWriter {
  readonly files = new Map<string, number[]>();
  readonly #failures: ('before' | 'after' | 'none')[];
  onFailure: () => void = () => undefined;

  constructor(failures: ('before' | 'after' | 'none')[]) {
    this.#failures = failures;
  }

  async write(name: string, events: AsyncIterable<CapturedEvent>): Promise<void> {
    const failure = this.#failures.shift() ?? 'none';
    const numbers: number[] = [];
    for await (const { Body } of events) numbers.push(Number(Body));
    if (failure !== 'before') this.files.set(name, numbers);
    if (failure === 'none') return;
    this.onFailure();
    throw new Error('the storage failed, and with it the process');
  }

  get captured(): number[] {
    return [...this.files.values()].flat();
  }
}

function message(number: number): Buffer {
  return rhea.message.encode({ body: rhea.message.data_section(Buffer.from(String(number))) });
}

describe('the capture of a partition', () => {
  it('puts every event into exactly one file, in order, wherever the broker ends', async () => {
    const failures = fc.array(fc.constantFrom('before' as const, 'after' as const, 'none' as const), { maxLength: 6 });
    const sends = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(sends, failures, async (batches, failing) => {
        const directory = temporaryFolder();
        const log = await openLog(directory);
        const storage = new FlakyStorage(failing);
        // No two files can have the same name by chance.
        let time = 0;
        const now = () => (time += 1_000);
        const options = { hub: 'hub', partition: 0, log, directory, settings: SETTINGS, writer: storage, now };
        let capture = await PartitionCapture.start(options);
        let restart: Promise<void> | undefined;
        // Ends the capture in the middle of what it does, and begins another one.
        storage.onFailure = () => {
          restart = capture.stop().then(async () => void (capture = await PartitionCapture.start(options)));
        };
        let sent = 0;
        for (const count of batches) {
          await log.append(Array.from({ length: count }, () => logEvent(message(sent++))));
          await new Promise((resolve) => setTimeout(resolve, 3));
        }
        await expect.poll(() => storage.captured.length, { interval: 2, timeout: 5_000 }).toBeGreaterThanOrEqual(sent);
        await restart;
        await capture.stop();
        await log.close();
        expect(storage.captured).toEqual([...Array(sent).keys()]);
      }),
      { numRuns: 40 },
    );
  });

  it('says so when retention has dropped what was not captured, and goes on with the rest', async () => {
    const clock = { now: 1_000_000 };
    const directory = temporaryFolder();
    const log = await openLog(directory, { segmentBytes: 200, now: () => clock.now });
    const storage = new FlakyStorage([]);
    const options = { hub: 'hub', partition: 0, log, directory, settings: SETTINGS, writer: storage };
    await (await PartitionCapture.start(options)).stop();
    for (let number = 0; number < 10; number += 1) await log.append([logEvent(message(number))]);
    clock.now += 10_000;
    await log.append([logEvent(message(10))]);
    expect(await log.applyRetention(5_000)).toBeGreaterThan(0);
    const capture = await PartitionCapture.start(options);
    await expect.poll(() => storage.captured.at(-1)).toBe(10);
    await capture.stop();
    await log.close();
    expect(storage.captured.length).toBeLessThan(11);
    expect(readdirSync(directory)).toContain('capture.json');
  });
});

describe('capture settings', () => {
  it.each([
    ['an interval of nothing', { intervalSeconds: 0 }, 'intervalSeconds'],
    ['no container', { container: '' }, 'container'],
    ['another encoding', { encoding: 'Parquet' }, 'use Avro or AvroDeflate'],
    ['a name without the second', { archiveNameFormat: '{Namespace}/{EventHub}' }, '{Second}'],
  ])('with %s are refused by name', (_, change, text) => {
    expect(() => requireCapture({ ...SETTINGS, ...change })).toThrow(text);
  });

  it('make names as the service does: zeros in front, in UTC', () => {
    const time = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
    expect(archiveName(SETTINGS, 'hub', 7, time)).toBe('ns/hub/7/2026/01/02/03/04/05.avro');
  });
});

describe('times in captured events', () => {
  it.each([
    [Date.UTC(2026, 11, 31, 13, 2, 3), '12/31/2026 1:02:03 PM'],
    [Date.UTC(2026, 0, 1, 0, 0, 0), '1/1/2026 12:00:00 AM'],
    [Date.UTC(2026, 0, 1, 12, 0, 0), '1/1/2026 12:00:00 PM'],
  ])('are those of .NET: %s', (time, text) => {
    expect(dotNetTime(time)).toBe(text);
  });
});
