import type { RecordCursor } from '../log/record.ts';
import { ANNOTATION } from './annotations.ts';
import { Code } from './encoding.ts';
import { encodeSymbol, MapCursor } from './mapCursor.ts';
import type { PayloadWriter } from './outgoingLink.ts';
import { emptyLayout, readLeadingSections, Section } from './messageLayout.ts';

/** End of a partition as the receiver runtime metric reports it with every event. */
export interface PartitionEnd {
  sequence: number;
  offset: string;
  /** Milliseconds since 1970. */
  time: number;
}

const LAST_SEQUENCE = encodeSymbol('last_enqueued_sequence_number');
const LAST_OFFSET = encodeSymbol('last_enqueued_offset');
const LAST_TIME = encodeSymbol('last_enqueued_time_utc');
const RETRIEVED = encodeSymbol('runtime_info_retrieval_time_utc');

const MAP_HEAD_BYTES = 12;
const LONG_BYTES = 9;
const U32 = 0x1_0000_0000;

const SYSTEM_BYTES =
  MAP_HEAD_BYTES +
  ANNOTATION.sequenceNumber.length +
  ANNOTATION.enqueuedTime.length +
  ANNOTATION.offset.length +
  2 * LONG_BYTES;
const METRIC_BYTES =
  MAP_HEAD_BYTES + LAST_SEQUENCE.length + LAST_OFFSET.length + LAST_TIME.length + RETRIEVED.length + 3 * LONG_BYTES;

/**
 * Turns stored events into the messages that receivers get: the original bytes with the broker's annotations spliced
 * in front of the sender's own. Measure first, then write the same record; per event only the offset's text is allocated.
 */
export class EventEncoder implements PayloadWriter {
  readonly #layout = emptyLayout();
  readonly #cursor = new MapCursor();
  #offset = '';
  #foreignBytes = 0;
  #end: PartitionEnd | undefined;
  #record: RecordCursor | undefined;

  /** Exact size of the message for `record`; with `end` it also carries the runtime metric. */
  measure(record: RecordCursor, end?: PartitionEnd): number {
    const { buffer, messageStart, messageEnd } = record;
    const layout = this.#layout;
    readLeadingSections(buffer, messageStart, messageEnd, layout);
    this.#offset = String(record.offset);
    this.#end = end;
    this.#record = record;
    this.#foreignBytes = layout.annotations < 0 ? 0 : this.#measureForeign(buffer, layout.annotations);
    const key = record.keyEnd - record.keyStart;
    return (
      layout.headerEnd -
      messageStart +
      (end ? METRIC_BYTES + textBytes(end.offset.length) : 0) +
      SYSTEM_BYTES +
      textBytes(this.#offset.length) +
      (key > 0 ? ANNOTATION.partitionKey.length + textBytes(key) : 0) +
      this.#foreignBytes +
      messageEnd -
      layout.rest
    );
  }

  /** Writes the message that was measured last; `target` has room for it. */
  write(target: Buffer, start: number): void {
    const record = this.#record;
    if (!record) throw new Error('nothing was measured');
    const { buffer, messageStart, messageEnd } = record;
    const { headerEnd, annotations, rest } = this.#layout;
    let at = start;
    if (headerEnd > messageStart) at += buffer.copy(target, at, messageStart, headerEnd);
    if (this.#end) at = writeMetric(target, at, this.#end);

    const map = at;
    at = writeLong(target, map + MAP_HEAD_BYTES, ANNOTATION.sequenceNumber, Code.long, record.sequence);
    at = writeText(target, at, ANNOTATION.offset, this.#offset);
    at = writeLong(target, at, ANNOTATION.enqueuedTime, Code.timestamp, record.time);
    let entries = 3;
    if (record.keyEnd > record.keyStart) {
      at += ANNOTATION.partitionKey.copy(target, at);
      at = writeTextHead(target, at, record.keyEnd - record.keyStart);
      at += buffer.copy(target, at, record.keyStart, record.keyEnd);
      entries += 1;
    }
    if (this.#foreignBytes > 0) {
      const cursor = this.#cursor;
      cursor.open(buffer, annotations);
      while (cursor.next()) {
        if (isSystemKey(cursor)) continue;
        at += buffer.copy(target, at, cursor.keyAt, cursor.entryEnd);
        entries += 1;
      }
    }
    writeMapHead(target, map, Section.messageAnnotations, at, entries);
    buffer.copy(target, at, rest, messageEnd);
  }

  #measureForeign(buffer: Buffer, at: number): number {
    const cursor = this.#cursor;
    let bytes = 0;
    cursor.open(buffer, at);
    while (cursor.next()) if (!isSystemKey(cursor)) bytes += cursor.entryEnd - cursor.keyAt;
    return bytes;
  }
}

function isSystemKey(cursor: MapCursor): boolean {
  return (
    cursor.keyIs(ANNOTATION.partitionKey) ||
    cursor.keyIs(ANNOTATION.sequenceNumber) ||
    cursor.keyIs(ANNOTATION.offset) ||
    cursor.keyIs(ANNOTATION.enqueuedTime)
  );
}

function writeMetric(target: Buffer, start: number, end: PartitionEnd): number {
  let at = writeLong(target, start + MAP_HEAD_BYTES, LAST_SEQUENCE, Code.long, end.sequence);
  at = writeText(target, at, LAST_OFFSET, end.offset);
  at = writeLong(target, at, LAST_TIME, Code.timestamp, end.time);
  at = writeLong(target, at, RETRIEVED, Code.timestamp, Date.now());
  writeMapHead(target, start, Section.deliveryAnnotations, at, 4);
  return at;
}

/** Descriptor and head of a section that is a map of `entries` entries, ending at `end`. */
function writeMapHead(target: Buffer, start: number, section: number, end: number, entries: number): void {
  target[start] = Code.described;
  target[start + 1] = Code.smallUlong;
  target[start + 2] = section;
  target[start + 3] = Code.map32;
  target.writeUInt32BE(end - start - 8, start + 4);
  target.writeUInt32BE(entries * 2, start + 8);
}

function writeLong(target: Buffer, at: number, key: Buffer, code: number, value: number): number {
  const start = at + key.copy(target, at);
  target[start] = code;
  target.writeInt32BE(Math.floor(value / U32), start + 1);
  target.writeUInt32BE(value >>> 0, start + 5);
  return start + LONG_BYTES;
}

/** `text` is ASCII. */
function writeText(target: Buffer, at: number, key: Buffer, text: string): number {
  const start = writeTextHead(target, at + key.copy(target, at), text.length);
  return start + target.write(text, start, 'latin1');
}

function writeTextHead(target: Buffer, at: number, length: number): number {
  if (length <= 0xff) {
    target[at] = Code.string8;
    target[at + 1] = length;
    return at + 2;
  }
  target[at] = Code.string32;
  target.writeUInt32BE(length, at + 1);
  return at + 5;
}

function textBytes(length: number): number {
  return length + (length <= 0xff ? 2 : 5);
}
