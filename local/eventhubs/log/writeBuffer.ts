import { BufferPool } from '../bufferPool.ts';
import { recordSize, writeRecord, type LogEvent } from './record.ts';
import type { Segment } from './segment.ts';
import { INDEX_INTERVAL_BYTES } from './sparseIndex.ts';

const LARGE_BYTES = 64 * 1024;
const LARGE_CHUNKS = new BufferPool({ size: 2 * 1024 * 1024, maxSpares: 8 });

/** Encoded events of one `append` on their way to disk. */
export interface PendingWrite {
  /** The records; not to be used any more once the write is resolved or rejected. */
  chunk: Buffer;
  count: number;
  time: number;
  lastOffset: number;
  /** Records that the index may take. */
  marks: { offset: number; sequence: number }[];
  resolve(): void;
  reject(error: unknown): void;
}

/** Gives appended events their place in the log (offset, sequence number, time) and holds them until they are written. */
export class WriteBuffer {
  #offset: number;
  #sequence: number;
  #time: number;
  #pending: PendingWrite[] = [];

  /** Goes on behind the committed end of `segment`. */
  constructor({ endOffset, endSequence, lastTime }: Segment) {
    this.#offset = endOffset;
    this.#sequence = endSequence;
    this.#time = lastTime;
  }

  get isEmpty(): boolean {
    return this.#pending.length === 0;
  }

  add(events: readonly LogEvent[], now: number): Promise<void> {
    let size = 0;
    for (const event of events) size += recordSize(event);
    const memory = size < LARGE_BYTES ? Buffer.allocUnsafe(size) : LARGE_CHUNKS.take(size);
    const chunk = memory.subarray(0, size);
    // Times never go back within a partition, so that a position can be searched by time.
    this.#time = Math.max(this.#time, now);
    const marks: PendingWrite['marks'] = [];
    let marked = -INDEX_INTERVAL_BYTES;
    let last = 0;
    let at = 0;
    for (const event of events) {
      if (at - marked >= INDEX_INTERVAL_BYTES) {
        marks.push({ offset: this.#offset + at, sequence: this.#sequence });
        marked = at;
      }
      last = at;
      at = writeRecord(chunk, at, this.#sequence, this.#time, event);
      this.#sequence += 1;
    }
    const lastOffset = this.#offset + last;
    this.#offset += size;
    const written = new Promise<void>((resolve, reject) => {
      this.#pending.push({ chunk, count: events.length, time: this.#time, lastOffset, marks, resolve, reject });
    });
    return written.finally(() => LARGE_CHUNKS.give(memory));
  }

  /** All that wait; they are the caller's from now on. */
  take(): PendingWrite[] {
    const pending = this.#pending;
    this.#pending = [];
    return pending;
  }
}
