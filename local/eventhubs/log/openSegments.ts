import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ActiveSegment } from './activeSegment.ts';
import { loadIndex, saveIndex } from './indexFile.ts';
import type { ProducerStates } from './producerStates.ts';
import { CorruptLogError, HEADER_BYTES, SEGMENT_SUFFIX, type Segment } from './segment.ts';
import { scanSegment } from './segmentScan.ts';

const ORIGIN = { offset: 0, sequence: 0, previousOffset: -1, previousTime: 0 };

/** The segments of a partition in order; only the last one is written to. */
export interface OpenedSegments {
  sealed: Segment[];
  active: ActiveSegment;
  /** Bytes of an interrupted write that were cut off the end. */
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
  for (const name of files) {
    const segment = await openSealed(join(directory, name), producers);
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
  return { sealed, active: await ActiveSegment.reopen(scanned), tornBytes: scanned.tornBytes };
}

/** What the header of the segment after this one says. */
export function baseAfter(segment: Segment | undefined): Segment['base'] {
  if (!segment) return ORIGIN;
  return {
    offset: segment.endOffset,
    sequence: segment.endSequence,
    previousOffset: segment.lastOffset,
    previousTime: segment.lastTime,
  };
}

async function openSealed(path: string, producers: ProducerStates): Promise<Segment> {
  const indexed = await loadIndex(path, producers);
  const { size } = await stat(path);
  if (indexed && size === HEADER_BYTES + indexed.endOffset - indexed.base.offset) return indexed;

  const scanned = await scanSegment(path, producers);
  if (!scanned || scanned.tornBytes > 0) {
    const position = size - (scanned?.tornBytes ?? size);
    throw new CorruptLogError({ path, position, what: 'it is cut short, but a later segment exists' });
  }
  await saveIndex(scanned.segment, producers);
  return scanned.segment;
}

function requireContinuation(previous: Segment | undefined, segment: Segment): void {
  if (!previous) return;
  const { offset, sequence } = segment.base;
  if (previous.endOffset === offset && previous.endSequence === sequence) return;
  const gap = `it starts with sequence number ${sequence} where ${previous.endSequence} is due`;
  throw new CorruptLogError({
    path: segment.path,
    position: 0,
    what: `${gap}, so a segment before it is missing or damaged`,
  });
}
