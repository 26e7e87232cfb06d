import { mkdir, rm } from 'node:fs/promises';
import { BufferPool } from '../bufferPool.ts';
import { ActiveSegment, type LogEnd } from './activeSegment.ts';
import { indexPath, saveIndex } from './indexFile.ts';
import { baseAfter, openSegments } from './openSegments.ts';
import { ProducerStates } from './producerStates.ts';
import { claimedSize, RecordCursor, wholeRecords, type LogEvent, type LogSlice } from './record.ts';
import { readSlice, type Segment } from './segment.ts';
import type { IndexEntry } from './sparseIndex.ts';
import type { PartitionTail } from './tailCache.ts';
import { WriteBuffer, type PendingWrite } from './writeBuffer.ts';

/** Buffers to read into; see `readCached` and `read`. */
export const READ_BUFFERS = new BufferPool({ size: 256 * 1024, maxSpares: 16 });

/**
 * When a send is accepted: `none` and `interval` once the operating system has it (it survives the end of the process;
 * `interval` also forces it to the device every second), `batch` once the device has it.
 */
export type Durability = 'none' | 'interval' | 'batch';

export interface PartitionLogOptions {
  directory: string;
  durability: Durability;
  /** Size from which on a new segment is begun. */
  segmentBytes: number;
  tail: PartitionTail;
  /** Milliseconds since 1970; default: the clock of the machine. */
  now?: () => number;
}

/**
 * The events of one partition in order, as append-only segment files. An event's offset is its byte position in the
 * log, the file headers left out. Writes are grouped while one is in flight; readers see committed events only.
 */
export class PartitionLog {
  readonly producers: ProducerStates;
  /** Bytes that a crash had left behind the last whole record, cut off when the log was opened. */
  readonly tornBytes: number;
  readonly #options: PartitionLogOptions;
  readonly #sealed: Segment[];
  readonly #listeners = new Set<() => void>();
  #active: ActiveSegment;
  #buffer: WriteBuffer;
  #tasks: Promise<unknown> = Promise.resolve();
  #tailDirty = false;

  private constructor(
    options: PartitionLogOptions,
    producers: ProducerStates,
    opened: Awaited<ReturnType<typeof openSegments>>,
  ) {
    this.#options = options;
    this.producers = producers;
    this.tornBytes = opened.tornBytes;
    this.#sealed = opened.sealed;
    this.#active = opened.active;
    this.#buffer = new WriteBuffer(this.#active.segment);
  }

  /** @throws {CorruptLogError} when committed events are damaged or missing. */
  static async open(options: PartitionLogOptions): Promise<PartitionLog> {
    await mkdir(options.directory, { recursive: true });
    const producers = new ProducerStates();
    return new PartitionLog(options, producers, await openSegments(options.directory, producers));
  }

  get begin(): { offset: number; sequence: number } {
    return (this.#sealed[0] ?? this.#active.segment).base;
  }

  get end(): LogEnd {
    return this.#active.end;
  }

  /** Calls `listener` after every commit, until the returned function is called. */
  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Stores the events in one piece. Their bytes are copied before the call returns; the promise resolves once they are
   * as durable as the policy asks for, and rejects when they could not be written: then none of them is stored.
   */
  append(events: readonly LogEvent[]): Promise<void> {
    const first = this.#buffer.isEmpty;
    const written = this.#buffer.add(events, this.#options.now?.() ?? Date.now());
    if (first) void this.#exclusive(() => this.#writePending());
    return written;
  }

  /** Resolves once everything appended so far is committed or has failed. */
  async settled(): Promise<void> {
    await this.#exclusive(() => Promise.resolve());
  }

  /**
   * Committed records from `offset` on out of memory, as many as fit into `buffer`, or undefined when they have to be
   * read from disk; from the first kept event on when retention has dropped that one. A single record that is larger
   * gets a buffer of its own.
   */
  readCached(offset: number, buffer: Buffer): LogSlice | undefined {
    const { tail } = this.#options;
    const from = Math.max(offset, this.begin.offset);
    const bytes = tail.read(from, buffer);
    if (bytes === 0) return undefined;
    const whole = wholeRecords(buffer, bytes);
    if (whole > 0) return { buffer, start: 0, end: whole, offset: from };
    const large = Buffer.allocUnsafe(claimedSize(buffer, 0));
    return { buffer: large, start: 0, end: tail.read(from, large), offset: from };
  }

  /**
   * The same as `readCached`, but from disk and checked. The slice is empty when there is no record.
   * @throws {CorruptLogError} when the record there is damaged.
   */
  async read(offset: number, buffer: Buffer): Promise<LogSlice> {
    for (;;) {
      const wanted = Math.max(offset, this.begin.offset);
      if (wanted >= this.end.offset) return { buffer, start: 0, end: 0, offset: wanted };
      const segment = this.#segments().find(({ base, endOffset }) => endOffset > Math.max(wanted, base.offset));
      // Behind a damaged tail nothing has been stored yet.
      if (!segment) return { buffer, start: 0, end: 0, offset: this.end.offset };
      const from = Math.max(wanted, segment.base.offset);
      try {
        return await readSlice({ segment, offset: from, end: segment.endOffset, buffer });
      } catch (error) {
        if (this.#segments().includes(segment)) throw error;
      }
    }
  }

  /** Offset of the first event whose `column` is above `value` (not below it with `inclusive`), or of the end. */
  async locate(column: keyof IndexEntry, value: number, inclusive: boolean): Promise<number> {
    let offset = this.begin.offset;
    for (const segment of this.#segments().reverse()) {
      // Of several events with the same time the first one counts, so the search starts in front of all of them.
      const floor = segment.index.floor(column, inclusive ? value - 1 : value);
      if (floor === undefined) continue;
      offset = floor;
      break;
    }
    const cursor = new RecordCursor();
    const buffer = READ_BUFFERS.take();
    try {
      while (offset < this.end.offset) {
        cursor.open(this.readCached(offset, buffer) ?? (await this.read(offset, buffer)));
        while (cursor.next()) if (inclusive ? cursor[column] >= value : cursor[column] > value) return cursor.offset;
        offset = cursor.nextOffset;
      }
      return offset;
    } finally {
      READ_BUFFERS.give(buffer);
    }
  }

  /** Bytes of all segments. */
  get bytes(): number {
    return this.end.offset - this.begin.offset;
  }

  /** Forces everything committed to the device. */
  async sync(): Promise<void> {
    await this.#exclusive(() => this.#active.sync());
  }

  /** Drops the segments that hold no event younger than `retentionMs`; returns how many. */
  async applyRetention(retentionMs: number): Promise<number> {
    return this.#exclusive(async () => {
      const now = this.#options.now?.() ?? Date.now();
      const firstTime = this.#active.segment.index.firstTime;
      // Small steps, so that a partition with little traffic does not keep its events for a whole segment more.
      if (firstTime !== undefined && firstTime < now - retentionMs / 8) await this.#roll();
      const expired = this.#sealed.filter((segment) => segment.lastTime < now - retentionMs);
      this.#sealed.splice(0, expired.length);
      for (const { path } of expired) {
        await rm(path, { force: true });
        await rm(indexPath(path), { force: true });
      }
      return expired.length;
    });
  }

  /** Commits what was appended and closes the files; nothing may be appended afterwards. */
  async close(): Promise<void> {
    await this.#exclusive(() => this.#active.close());
  }

  async #writePending(): Promise<void> {
    const group = this.#buffer.take();
    if (group.length === 0) return;
    try {
      if (this.#tailDirty) await this.#active.cutTail();
      this.#tailDirty = false;
      if (this.#active.size >= this.#options.segmentBytes) await this.#roll();
      await this.#active.write(group.map(({ chunk }) => chunk));
      if (this.#options.durability === 'batch') await this.#active.sync();
    } catch (error) {
      this.#tailDirty = true;
      const failed = [...group, ...this.#buffer.take()];
      this.#buffer = new WriteBuffer(this.#active.segment);
      for (const { reject } of failed) reject(error);
      return;
    }
    for (const write of group) this.#commit(write);
    for (const listener of this.#listeners) listener();
  }

  #commit(write: PendingWrite): void {
    const { segment } = this.#active;
    for (const { offset, sequence } of write.marks) segment.index.add(offset, sequence, write.time);
    this.#options.tail.add(write.chunk, segment.endOffset);
    segment.endOffset += write.chunk.length;
    segment.endSequence += write.count;
    segment.lastOffset = write.lastOffset;
    segment.lastTime = write.time;
    write.resolve();
  }

  async #roll(): Promise<void> {
    const full = this.#active;
    await full.sync();
    await saveIndex(full.segment, this.producers);
    this.#active = await ActiveSegment.create(this.#options.directory, baseAfter(full.segment));
    this.#sealed.push(full.segment);
    await full.close();
  }

  #segments(): Segment[] {
    return [...this.#sealed, this.#active.segment];
  }

  /** Runs `task` when all tasks before it have ended: files are changed by one task at a time. */
  #exclusive<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tasks.then(task);
    this.#tasks = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}
