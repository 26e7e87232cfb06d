import { readFile, rename, writeFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { ORIGIN, SEGMENT_SUFFIX, type Segment, type SegmentBase } from './segment.ts';
import { SparseIndex } from './sparseIndex.ts';
import type { ProducerStates } from './producerStates.ts';

/** What a scan of a full segment found, kept beside it so that a start need not read the segment again. */
interface IndexFile {
  base: SegmentBase;
  endOffset: number;
  endSequence: number;
  lastOffset: number;
  lastTime: number;
  entries: [number, number, number][];
  producers: [number, number, number][];
}

export function indexPath(segmentPath: string): string {
  return `${segmentPath.slice(0, -SEGMENT_SUFFIX.length)}.index`;
}

/** Writes the index file of a segment that gets no more records. A crash leaves either the whole file or none. */
export async function saveIndex(segment: Segment, producers: ProducerStates): Promise<void> {
  const { path, base, endOffset, endSequence, lastOffset, lastTime } = segment;
  const entries = segment.index.toJSON();
  const content: IndexFile = {
    base,
    endOffset,
    endSequence,
    lastOffset,
    lastTime,
    entries,
    producers: producers.toJSON(),
  };
  const body = JSON.stringify(content);
  const target = indexPath(path);
  await writeFile(`${target}.new`, `${crc32(body)}\n${body}`);
  await rename(`${target}.new`, target);
}

/** The segment as its index file describes it, or undefined when the file is missing or damaged: it can be rebuilt. */
export async function loadIndex(path: string, producers: ProducerStates): Promise<Segment | undefined> {
  const text = await readFile(indexPath(path), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const newline = text.indexOf('\n');
  const body = text.slice(newline + 1);
  if (newline < 0 || String(crc32(body)) !== text.slice(0, newline)) return undefined;
  const { entries, producers: states, base, ...facts } = JSON.parse(body) as IndexFile;
  producers.load(states);
  // Files of an earlier version do not say what is skipped: nothing was.
  return { path, ...facts, base: { ...ORIGIN, ...base }, index: SparseIndex.fromJSON(entries) };
}
