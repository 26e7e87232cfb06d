import { open, type FileHandle } from 'node:fs/promises';
import { claimedSize, isIntact, MAX_RECORD_BYTES, MIN_RECORD_BYTES, producerAt, sequenceAt, timeAt } from './record.ts';
import { CorruptLogError, decodeHeader, HEADER_BYTES, readFully, type Segment } from './segment.ts';
import { SparseIndex } from './sparseIndex.ts';
import type { ProducerStates } from './producerStates.ts';

const WINDOW_BYTES = 1024 * 1024;

/** A segment as its file holds it; `tornBytes` behind its last whole record belong to no record. */
export interface ScannedSegment {
  segment: Segment;
  tornBytes: number;
}

/**
 * Reads a segment file from its header to its end, checks every record and collects index and producer states.
 * Returns undefined when it has no record and no whole header, as a crash while it was created leaves it.
 * @throws {CorruptLogError} when a damaged record has an intact one behind it: that is no torn tail.
 */
export async function scanSegment(path: string, producers: ProducerStates): Promise<ScannedSegment | undefined> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const header = await readFully(handle, Buffer.alloc(HEADER_BYTES), 0);
    const base = decodeHeader(header);
    if (!base) {
      if (size <= HEADER_BYTES) return undefined;
      throw new CorruptLogError({ path, position: 0, what: 'its header is not that of a segment' });
    }
    const segment: Segment = {
      path,
      base,
      endOffset: base.offset,
      endSequence: base.sequence,
      lastOffset: base.previousOffset,
      lastTime: base.previousTime,
      index: new SparseIndex(),
    };
    const end = await scanRecords(handle, size, segment, producers);
    if (end < size) await refuseIntactRecordBehind(handle, end, size, segment);
    return { segment, tornBytes: size - end };
  } finally {
    await handle.close();
  }
}

/** Takes records into `segment` up to the first one that is not intact; returns the file position there. */
async function scanRecords(
  handle: FileHandle,
  fileSize: number,
  segment: Segment,
  producers: ProducerStates,
): Promise<number> {
  let position = HEADER_BYTES;
  let windowBytes = WINDOW_BYTES;
  while (fileSize - position >= MIN_RECORD_BYTES) {
    const window = await readFully(handle, Buffer.allocUnsafe(Math.min(windowBytes, fileSize - position)), position);
    let at = 0;
    windowBytes = WINDOW_BYTES;
    while (window.length - at >= MIN_RECORD_BYTES) {
      const size = claimedSize(window, at);
      if (size === 0 || position + at + size > fileSize) return position + at;
      if (at + size > window.length) {
        windowBytes = Math.max(size, WINDOW_BYTES);
        break;
      }
      if (sequenceAt(window, at) !== segment.endSequence || !isIntact(window, at, size)) return position + at;
      takeRecord(window, at, size, segment, producers);
      at += size;
    }
    if (at === 0 && windowBytes === WINDOW_BYTES) return position;
    position += at;
  }
  return position;
}

function takeRecord(window: Buffer, at: number, size: number, segment: Segment, producers: ProducerStates): void {
  const time = timeAt(window, at);
  segment.index.add(segment.endOffset, segment.endSequence, time);
  segment.lastOffset = segment.endOffset;
  segment.lastTime = time;
  segment.endOffset += size;
  segment.endSequence += 1;
  const producer = producerAt(window, at);
  if (producer) producers.record(producer);
}

/**
 * A write that was cut short leaves nothing behind it that was written later, so an intact record behind damaged bytes
 * proves that accepted events were damaged afterwards. Looks for one at every byte, since lengths cannot be trusted.
 */
async function refuseIntactRecordBehind(
  handle: FileHandle,
  from: number,
  fileSize: number,
  segment: Segment,
): Promise<void> {
  const step = 2 * MAX_RECORD_BYTES;
  const highest = segment.endSequence + (fileSize - from) / MIN_RECORD_BYTES;
  for (let position = from + 1; fileSize - position >= MIN_RECORD_BYTES; position += step) {
    const length = Math.min(step + MAX_RECORD_BYTES, fileSize - position);
    const window = await readFully(handle, Buffer.allocUnsafe(length), position);
    const last = Math.min(step - 1, window.length - MIN_RECORD_BYTES);
    for (let at = 0; at <= last; at += 1) {
      const sequence = sequenceAt(window, at);
      if (sequence < segment.endSequence || sequence > highest) continue;
      const size = claimedSize(window, at);
      if (size === 0 || at + size > window.length || !isIntact(window, at, size)) continue;
      const what = `the record there is not intact, but the event with sequence number ${sequence} behind it is`;
      throw new CorruptLogError({ path: segment.path, position: from, what });
    }
  }
}
