import { writevSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { encodeHeader, HEADER_BYTES, segmentPath, type Segment, type SegmentBase } from './segment.ts';
import { SparseIndex } from './sparseIndex.ts';

/** Up to this size a write into the page cache takes less time than handing it to another thread. */
const WRITTEN_AT_ONCE_BYTES = 64 * 1024;

/** Offset and sequence number of the next event, and the facts of the last one (-1 before the first). */
export interface LogEnd {
  offset: number;
  sequence: number;
  lastOffset: number;
  lastSequence: number;
  lastTime: number;
  /** Highest offset that may have been given to an event: above that of the last one when later ones were damaged. */
  highestOffset: number;
}

/** The segment at the end of a log: the only one that is written to. */
export class ActiveSegment {
  readonly segment: Segment;
  readonly #handle: FileHandle;
  #dirty = false;

  private constructor(segment: Segment, handle: FileHandle) {
    this.segment = segment;
    this.#handle = handle;
  }

  static async create(directory: string, base: SegmentBase): Promise<ActiveSegment> {
    const path = segmentPath(directory, base.offset);
    const handle = await open(path, 'w');
    await handle.write(encodeHeader(base), 0, HEADER_BYTES, 0);
    await handle.datasync();
    const segment: Segment = {
      path,
      base,
      endOffset: base.offset,
      endSequence: base.sequence,
      lastOffset: base.previousOffset,
      lastTime: base.previousTime,
      index: new SparseIndex(),
    };
    return new ActiveSegment(segment, handle);
  }

  /** Goes on behind the last record. */
  static async reopen(segment: Segment): Promise<ActiveSegment> {
    return new ActiveSegment(segment, await open(segment.path, 'r+'));
  }

  get end(): LogEnd {
    const { base, endOffset, endSequence, lastOffset, lastTime } = this.segment;
    const skips = endOffset === base.offset && base.skippedBytes > 0;
    return {
      offset: endOffset,
      sequence: endSequence,
      lastOffset,
      lastSequence: endSequence - 1 - (skips ? base.skippedEvents : 0),
      lastTime,
      highestOffset: skips ? endOffset - 1 : lastOffset,
    };
  }

  /** Bytes of records. */
  get size(): number {
    return this.segment.endOffset - this.segment.base.offset;
  }

  /** Writes records behind the committed end; they count only once the segment's end is moved behind them. */
  async write(chunks: readonly Buffer[]): Promise<void> {
    const total = chunks.reduce((bytes, chunk) => bytes + chunk.length, 0);
    const position = HEADER_BYTES + this.size;
    const bytesWritten =
      total <= WRITTEN_AT_ONCE_BYTES
        ? writevSync(this.#handle.fd, chunks, position)
        : (await this.#handle.writev([...chunks], position)).bytesWritten;
    if (bytesWritten !== total) throw new Error(`only ${bytesWritten} of ${total} bytes could be written`);
    this.#dirty = true;
  }

  /** Removes what a failed write left behind the committed end. */
  async cutTail(): Promise<void> {
    await this.#handle.truncate(HEADER_BYTES + this.size);
    await this.#handle.datasync();
  }

  /** Returns once everything written is on the device. */
  async sync(): Promise<void> {
    if (!this.#dirty) return;
    this.#dirty = false;
    await this.#handle.datasync();
  }

  async close(): Promise<void> {
    await this.sync();
    await this.#handle.close();
  }
}
