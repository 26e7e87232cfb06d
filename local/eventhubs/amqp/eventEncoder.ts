import type { RecordCursor } from '../log/record.ts';
import { ANNOTATION } from './annotations.ts';
import { Code } from './encoding.ts';
import { encodeSymbol, MapCursor } from './mapCursor.ts';
import type { PayloadWriter } from './outgoingLink.ts';
import { emptyLayout, readLeadingSections, Section } from './messageLayout.ts';

/** End of a partition as the receiver runtime metric reports it with every event. */
export interface PartitionEnd {
  sequence: number;
  offset: number;
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
const ZERO = 0x30;
const MINUS = 0x2d;

/** Start of every annotations section: map head, sequence number, enqueued time and the key of the offset. */
const SYSTEM = Buffer.concat([
  mapHead(Section.messageAnnotations),
  ANNOTATION.sequenceNumber,
  long(Code.long),
  ANNOTATION.enqueuedTime,
  long(Code.timestamp),
  ANNOTATION.offset,
]);
const SEQUENCE_AT = MAP_HEAD_BYTES + ANNOTATION.sequenceNumber.length + 1;
const TIME_AT = SEQUENCE_AT + 8 + ANNOTATION.enqueuedTime.length + 1;
const SYSTEM_ENTRIES = 3;

/** The delivery annotations of the runtime metric up to the last offset. */
const METRIC = Buffer.concat([
  mapHead(Section.deliveryAnnotations),
  LAST_SEQUENCE,
  long(Code.long),
  LAST_TIME,
  long(Code.timestamp),
  RETRIEVED,
  long(Code.timestamp),
  LAST_OFFSET,
]);
const LAST_SEQUENCE_AT = MAP_HEAD_BYTES + LAST_SEQUENCE.length + 1;
const LAST_TIME_AT = LAST_SEQUENCE_AT + 8 + LAST_TIME.length + 1;
const RETRIEVED_AT = LAST_TIME_AT + 8 + RETRIEVED.length + 1;
const METRIC_ENTRIES = 4;

/**
 * Turns stored events into the messages that receivers get: the original bytes with the broker's annotations spliced
 * in front of the sender's own. Measure first, then write the same record; nothing is allocated per event.
 */
export class EventEncoder implements PayloadWriter {
  readonly #layout = emptyLayout();
  readonly #cursor = new MapCursor();
  #offsetDigits = 0;
  #foreignBytes = 0;
  #end: PartitionEnd | undefined;
  #record: RecordCursor | undefined;

  /** Exact size of the message for `record`; with `end` it also carries the runtime metric. */
  measure(record: RecordCursor, end?: PartitionEnd): number {
    const { buffer, messageStart, messageEnd } = record;
    const layout = this.#layout;
    readLeadingSections(buffer, messageStart, messageEnd, layout);
    this.#offsetDigits = digits(record.offset);
    this.#end = end;
    this.#record = record;
    this.#foreignBytes = layout.annotations < 0 ? 0 : this.#measureForeign(buffer, layout.annotations);
    const key = record.keyEnd - record.keyStart;
    return (
      layout.headerEnd -
      messageStart +
      (end ? METRIC.length + textBytes(digits(end.offset)) : 0) +
      SYSTEM.length +
      textBytes(this.#offsetDigits) +
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
    at += SYSTEM.copy(target, at);
    writeLong(target, map + SEQUENCE_AT, record.sequence);
    writeLong(target, map + TIME_AT, record.time);
    at = writeDecimal(target, at, record.offset, this.#offsetDigits);
    let entries = SYSTEM_ENTRIES;
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
    finishMap(target, map, at, entries);
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
  METRIC.copy(target, start);
  writeLong(target, start + LAST_SEQUENCE_AT, end.sequence);
  writeLong(target, start + LAST_TIME_AT, end.time);
  writeLong(target, start + RETRIEVED_AT, Date.now());
  const at = writeDecimal(target, start + METRIC.length, end.offset, digits(end.offset));
  finishMap(target, start, at, METRIC_ENTRIES);
  return at;
}

/** Descriptor and head of a section that is a map; `finishMap` fills in its size and count. */
function mapHead(section: number): Buffer {
  return Buffer.from([Code.described, Code.smallUlong, section, Code.map32, 0, 0, 0, 0, 0, 0, 0, 0]);
}

function finishMap(target: Buffer, start: number, end: number, entries: number): void {
  target.writeUInt32BE(end - start - 8, start + 4);
  target.writeUInt32BE(entries * 2, start + 8);
}

function long(code: number): Buffer {
  const value = Buffer.alloc(LONG_BYTES);
  value[0] = code;
  return value;
}

function writeLong(target: Buffer, at: number, value: number): void {
  target.writeInt32BE(Math.floor(value / U32), at);
  target.writeUInt32BE(value >>> 0, at + 4);
}

function digits(value: number): number {
  let count = value < 0 ? 2 : 1;
  for (let rest = Math.abs(value); rest >= 10; rest /= 10) count += 1;
  return count;
}

/** A whole number as an AMQP string of as many characters as `digits` has counted. */
function writeDecimal(target: Buffer, at: number, value: number, length: number): number {
  const start = writeTextHead(target, at, length);
  let rest = Math.abs(value);
  for (let index = start + length - 1; index >= start; index -= 1) {
    target[index] = ZERO + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  if (value < 0) target[start] = MINUS;
  return start + length;
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
