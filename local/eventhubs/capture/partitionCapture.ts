import { setTimeout as sleep } from 'node:timers/promises';
import { READ_BUFFERS, type PartitionLog } from '../log/partitionLog.ts';
import { RecordCursor } from '../log/record.ts';
import type { ArchiveWriter } from './archiveWriter.ts';
import { capturedEvent, type CapturedEvent } from './capturedEvent.ts';
import { archiveName, type CaptureSettings } from './captureSettings.ts';
import { loadCaptureState, saveCaptureState, SWITCHED_OFF, type CaptureState } from './captureState.ts';

const SECOND_MS = 1_000;
/** Time until a failed write is tried again; it doubles up to the second. */
const RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;

export interface PartitionCaptureOptions {
  hub: string;
  partition: number;
  log: PartitionLog;
  /** Folder of the partition. */
  directory: string;
  settings: CaptureSettings;
  writer: ArchiveWriter;
  /** Milliseconds since 1970; default: the clock of the machine. */
  now?: () => number;
}

/**
 * Writes the events of one partition to files: a window ends when its time is over or enough bytes wait, whichever
 * comes first. What a file will hold is written down before it is written, and a file that may not be complete is
 * written again under the same name: so every event is in exactly one file, whenever the broker ends.
 */
export class PartitionCapture {
  readonly #options: PartitionCaptureOptions;
  readonly #now: () => number;
  readonly #stopped = new AbortController();
  #state: CaptureState;
  #running: Promise<void> = Promise.resolve();

  private constructor(options: PartitionCaptureOptions, state: CaptureState) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#state = state;
  }

  /** Goes on where it was, or begins with what arrives from now on; that is on disk when the call returns. */
  static async start(options: PartitionCaptureOptions): Promise<PartitionCapture> {
    const { directory, log } = options;
    const known = await loadCaptureState(directory);
    const isOn = known !== undefined && known.offset !== SWITCHED_OFF;
    const capture = new PartitionCapture(options, isOn ? known : { ...known, offset: log.end.offset });
    if (!isOn) await capture.#save(capture.#state);
    capture.#running = capture.#run();
    return capture;
  }

  /** A file that is being written is given up; the next start writes it. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    let retryMs = RETRY_MS;
    while (!signal.aborted) {
      try {
        if (!this.#state.planned) await this.#windowEnd();
        if (!signal.aborted) await this.#finishWindow();
        retryMs = RETRY_MS;
      } catch (error) {
        if (signal.aborted) return;
        const { hub, partition } = this.#options;
        const [reason] = (error as Error).message.split('\n');
        console.error(`Capture of ${hub}/${partition} tries again in ${retryMs} ms: ${reason}`);
        await sleep(retryMs, undefined, { signal }).catch(() => undefined);
        retryMs = Math.min(2 * retryMs, MAX_RETRY_MS);
      }
    }
  }

  /** Resolves when the window is over, or when the capture is stopped. */
  async #windowEnd(): Promise<void> {
    const { log, settings } = this.#options;
    const waiting = () => log.end.offset - this.#state.offset;
    await this.#until(() => this.#state.windowStart !== undefined || waiting() > 0);
    if (this.#stopped.signal.aborted) return;
    const windowStart = this.#state.windowStart ?? this.#now();
    if (this.#state.windowStart === undefined) await this.#save({ ...this.#state, windowStart });
    const deadline = windowStart + settings.intervalSeconds * SECOND_MS;
    await this.#until(() => waiting() >= settings.sizeLimitBytes, deadline);
  }

  /** Resolves when the condition holds after a commit, at the deadline or when the capture is stopped. */
  #until(condition: () => boolean, deadline?: number): Promise<void> {
    const { signal } = this.#stopped;
    if (condition() || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        unsubscribe();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = deadline === undefined ? undefined : setTimeout(done, Math.max(0, deadline - this.#now())).unref();
      const unsubscribe = this.#options.log.onCommit(() => condition() && done());
      signal.addEventListener('abort', done);
    });
  }

  async #finishWindow(): Promise<void> {
    const { log, settings, writer } = this.#options;
    if (!this.#state.planned) {
      const { end } = await this.#nextFile();
      if (end === this.#state.offset && settings.skipEmptyArchives) {
        return this.#save({ ...this.#state, windowStart: this.#now() });
      }
      const time = Math.max(this.#now(), (this.#state.lastName ?? 0) + SECOND_MS);
      const blob = archiveName(settings, this.#options.hub, this.#options.partition, time);
      await this.#save({ ...this.#state, lastName: time, planned: { blob, end } });
    }
    const { planned, offset, lastName } = this.#state;
    if (!planned) return;
    await writer.write(planned.blob, eventsBetween(log, offset, planned.end), this.#stopped.signal);
    await this.#save({ offset: planned.end, windowStart: this.#now(), lastName });
  }

  /** Where the next file ends: at the size limit, or at the end of the log. */
  async #nextFile(): Promise<{ end: number }> {
    const { log, settings, hub, partition } = this.#options;
    const { begin } = log;
    if (begin.offset > this.#state.offset) {
      const lost = begin.offset - this.#state.offset;
      console.error(`Capture of ${hub}/${partition}: retention has dropped ${lost} bytes that were not captured.`);
      await this.#save({ ...this.#state, offset: begin.offset });
    }
    const limit = this.#state.offset + settings.sizeLimitBytes;
    const end = log.end.offset <= limit ? log.end.offset : await log.locate('offset', limit, true);
    return { end };
  }

  async #save(state: CaptureState): Promise<void> {
    await saveCaptureState(this.#options.directory, state);
    this.#state = state;
  }
}

async function* eventsBetween(log: PartitionLog, start: number, end: number): AsyncGenerator<CapturedEvent> {
  const buffer = READ_BUFFERS.take();
  const cursor = new RecordCursor();
  try {
    let at = start;
    while (at < end) {
      cursor.open(log.readCached(at, buffer) ?? (await log.read(at, buffer)));
      while (cursor.nextOffset < end && cursor.next()) yield capturedEvent(cursor);
      at = cursor.nextOffset;
    }
  } finally {
    READ_BUFFERS.give(buffer);
  }
}
