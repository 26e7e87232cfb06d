import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { claimedSize, isIntact, MIN_RECORD_BYTES, readU64, sequenceAt, writeU64, type LogSlice } from './record.ts';
import type { SparseIndex } from './sparseIndex.ts';

export const SEGMENT_SUFFIX = '.log';
export const HEADER_BYTES = 64;
const MAGIC = 'ATTUNELG';
const VERSION = 1;

/** State of the partition in front of a segment; its file header, so that an emptied partition still knows it. */
export interface SegmentBase {
  /** Log offset and sequence number of the first record. */
  offset: number;
  sequence: number;
  /** Offset and time of the record before it; -1 and 0 when there never was one. */
  previousOffset: number;
  previousTime: number;
  /**
   * Offsets and sequence numbers in front of it that are given to no event again: a damaged tail was cut off there, and
   * its events may have been delivered.
   */
  skippedBytes: number;
  skippedEvents: number;
}

export const ORIGIN: SegmentBase = {
  offset: 0,
  sequence: 0,
  previousOffset: -1,
  previousTime: 0,
  skippedBytes: 0,
  skippedEvents: 0,
};

/** What is known of a segment file. Offsets are positions in the log without the file headers. */
export interface Segment {
  path: string;
  base: SegmentBase;
  /** Offset and sequence number that follow its last record. */
  endOffset: number;
  endSequence: number;
  lastOffset: number;
  lastTime: number;
  index: SparseIndex;
}

/** Bytes that are not what was written. The message names the file and the position; nothing of it is served. */
export class CorruptLogError extends Error {
  override readonly name = 'CorruptLogError';

  constructor({ path, position, what }: { path: string; position: number; what: string }) {
    super(
      `Segment ${path} is damaged at byte ${position}: ${what}. Restore the file, or delete the hub to start anew.`,
    );
  }
}

export function segmentPath(directory: string, baseOffset: number): string {
  return join(directory, `${String(baseOffset).padStart(20, '0')}${SEGMENT_SUFFIX}`);
}

export function encodeHeader(base: SegmentBase): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(MAGIC, 'latin1');
  header.writeUInt32LE(VERSION, 8);
  writeU64(header, 16, base.offset);
  writeU64(header, 24, base.sequence);
  writeU64(header, 32, base.previousOffset + 1);
  writeU64(header, 40, base.previousTime);
  writeU64(header, 48, base.skippedBytes);
  writeU64(header, 56, base.skippedEvents);
  header.writeUInt32LE(crc32(header.subarray(16)), 12);
  return header;
}

/** The base that a header holds, or undefined when the header is not whole. */
export function decodeHeader(header: Buffer): SegmentBase | undefined {
  if (header.length < HEADER_BYTES || header.toString('latin1', 0, 8) !== MAGIC) return undefined;
  if (header.readUInt32LE(8) !== VERSION || header.readUInt32LE(12) !== crc32(header.subarray(16, HEADER_BYTES))) {
    return undefined;
  }
  return {
    offset: readU64(header, 16),
    sequence: readU64(header, 24),
    previousOffset: readU64(header, 32) - 1,
    previousTime: readU64(header, 40),
    skippedBytes: readU64(header, 48),
    skippedEvents: readU64(header, 56),
  };
}

/** Reads into all of `buffer`, or as much as the file has behind `position`; returns the filled part. */
export async function readFully(handle: FileHandle, buffer: Buffer, position: number): Promise<Buffer> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

export interface ReadRequest {
  segment: Segment;
  /** Where a record starts. */
  offset: number;
  /** Where what may be read ends: the committed end of the segment. */
  end: number;
  /** Is filled as far as there is something to read; a single larger record gets a buffer of its own. */
  buffer: Buffer;
}

/**
 * Reads whole records from a segment file and checks them.
 * @throws {CorruptLogError} when the first of them is damaged.
 */
export async function readSlice({ segment, offset, end, buffer: target }: ReadRequest): Promise<LogSlice> {
  const handle = await open(segment.path, 'r');
  try {
    const position = HEADER_BYTES + offset - segment.base.offset;
    let buffer = await readFully(handle, target.subarray(0, end - offset), position);
    const first = buffer.length < MIN_RECORD_BYTES ? 0 : claimedSize(buffer, 0);
    if (first > buffer.length && first <= end - offset) {
      buffer = await readFully(handle, Buffer.allocUnsafe(first), position);
    }
    const intact = intactBytes(buffer, end - offset);
    if (intact === 0)
      throw new CorruptLogError({
        path: segment.path,
        position,
        what: 'no whole record with a valid checksum is there',
      });
    return { buffer, start: 0, end: intact, offset };
  } finally {
    await handle.close();
  }
}

/** Length of the run of whole, intact records with consecutive sequence numbers at the start of `buffer`. */
function intactBytes(buffer: Buffer, available: number): number {
  let at = 0;
  let sequence = -1;
  while (buffer.length - at >= MIN_RECORD_BYTES) {
    const size = claimedSize(buffer, at);
    if (size === 0 || at + size > Math.min(buffer.length, available) || !isIntact(buffer, at, size)) break;
    const next = sequenceAt(buffer, at);
    if (sequence >= 0 && next !== sequence + 1) break;
    sequence = next;
    at += size;
  }
  return at;
}
