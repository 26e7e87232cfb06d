import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ActiveSegment } from './activeSegment.ts';
import { loadIndex, saveIndex } from './indexFile.ts';
import type { ProducerStates } from './producerStates.ts';
import { MIN_RECORD_BYTES } from './record.ts';
import {
  CorruptLogError,
  decodeHeader,
  HEADER_BYTES,
  ORIGIN,
  readFully,
  SEGMENT_SUFFIX,
  type Segment,
  type SegmentBase,
} from './segment.ts';
import { scanSegment, type ScannedSegment } from './segmentScan.ts';

/** The segments of a partition in order; only the last one is written to. */
export interface OpenedSegments {
  sealed: Segment[];
  active: ActiveSegment;
  /** Bytes of an interrupted write, or of damaged events, that were cut off the end. */
  tornBytes: number;
}

/**
 * Opens the log in `directory`, or starts an empty one: reads the last segment and cuts off its torn tail, takes the
 * others from their index files.
 * @throws {CorruptLogError} when anything but the tail of the log is damaged or missing.
 */
export async function openSegments(directory: string, producers: ProducerStates): Promise<OpenedSegments> {
  const files = (await readdir(directory)).filter((name) => name.endsWith(SEGMENT_SUFFIX)).sort();
  const last = files.pop();
  if (last === undefined) return { sealed: [], active: await ActiveSegment.create(directory, ORIGIN), tornBytes: 0 };

  const sealed: Segment[] = [];
  for (const [index, name] of files.entries()) {
    const next = join(directory, files[index + 1] ?? last);
    const segment = await openSealed(join(directory, name), next, producers);
    requireContinuation(sealed.at(-1), segment);
    sealed.push(segment);
  }
  const path = join(directory, last);
  const scanned = await scanSegment(path, producers);
  if (!scanned) {
    const base = baseAfter(sealed.at(-1));
    if (base.offset !== Number(basename(path, SEGMENT_SUFFIX)))
      throw new CorruptLogError({ path, position: 0, what: 'its header is cut off' });
    return { sealed, active: await ActiveSegment.create(directory, base), tornBytes: 0 };
  }
  requireContinuation(sealed.at(-1), scanned.segment);
  if (scanned.tornBytes > 0)
    return { ...(await beginBehindTorn(scanned, sealed, producers)), tornBytes: scanned.tornBytes };
  return { sealed, active: await ActiveSegment.reopen(scanned.segment), tornBytes: 0 };
}

/** What the header of the segment after this one says. */
export function baseAfter(segment: Segment | undefined): SegmentBase {
  if (!segment) return ORIGIN;
  return {
    offset: segment.endOffset,
    sequence: segment.endSequence,
    previousOffset: segment.lastOffset,
    previousTime: segment.lastTime,
    skippedBytes: 0,
    skippedEvents: 0,
  };
}

/**
 * Goes on in a new segment behind a torn tail, which is cut off. What was damaged there may have been delivered before:
 * if its offsets and sequence numbers were given out again, readers would take new events for those that they have.
 */
async function beginBehindTorn(
  { segment, tornBytes }: ScannedSegment,
  sealed: readonly Segment[],
  producers: ProducerStates,
): Promise<Pick<OpenedSegments, 'sealed' | 'active'>> {
  const after = baseAfter(segment);
  const skippedEvents = Math.ceil(tornBytes / MIN_RECORD_BYTES);
  const active = await ActiveSegment.create(dirname(segment.path), {
    ...after,
    offset: after.offset + tornBytes,
    sequence: after.sequence + skippedEvents,
    skippedBytes: tornBytes,
    skippedEvents,
  });
  // In this order: a crash in between leaves a tail that the segment behind it says to be cut off.
  await cutTorn(segment);
  await saveIndex(segment, producers);
  return { sealed: [...sealed, segment], active };
}

async function cutTorn({ path, base, endOffset }: Segment): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.truncate(HEADER_BYTES + endOffset - base.offset);
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function openSealed(path: string, next: string, producers: ProducerStates): Promise<Segment> {
  const indexed = await loadIndex(path, producers);
  const { size } = await stat(path);
  if (indexed && size === HEADER_BYTES + indexed.endOffset - indexed.base.offset) return indexed;

  const scanned = await scanSegment(path, producers);
  const isCut = scanned !== undefined && scanned.tornBytes > 0 && (await skippedBefore(next)) === scanned.tornBytes;
  if (isCut) await cutTorn(scanned.segment);
  else if (!scanned || scanned.tornBytes > 0) {
    const position = size - (scanned?.tornBytes ?? size);
    throw new CorruptLogError({ path, position, what: 'it is cut short, but a later segment exists' });
  }
  await saveIndex(scanned.segment, producers);
  return scanned.segment;
}

/** Bytes that the header of a segment says to be skipped in front of it. */
async function skippedBefore(path: string): Promise<number | undefined> {
  const file = await open(path, 'r');
  try {
    return decodeHeader(await readFully(file, Buffer.alloc(HEADER_BYTES), 0))?.skippedBytes;
  } finally {
    await file.close();
  }
}

function requireContinuation(previous: Segment | undefined, { path, base }: Segment): void {
  if (!previous) return;
  const due = { offset: previous.endOffset + base.skippedBytes, sequence: previous.endSequence + base.skippedEvents };
  if (due.offset === base.offset && due.sequence === base.sequence) return;
  const gap = `it starts with sequence number ${base.sequence} where ${due.sequence} is due`;
  throw new CorruptLogError({
    path,
    position: 0,
    what: `${gap}, so a segment before it is missing or damaged`,
  });
}
