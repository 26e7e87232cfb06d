import { crc32 } from 'node:zlib';

/**
 * One event in a segment file, little endian:
 * `u32 length, u32 crc32, u64 sequence, u64 time, u16 key length, u8 flags, u8 0, key, [producer], message`.
 * `length` counts and `crc32` covers everything behind these two fields.
 */
const PREFIX = 8;
const HEAD = 28;
const PRODUCER_BYTES = 14;
const HAS_PRODUCER = 1;
const U32 = 0x1_0000_0000;

export const MIN_RECORD_BYTES = HEAD;
export const MAX_RECORD_BYTES = 4 * 1024 * 1024;

/** Position of an idempotent producer's event in what this producer sent to the partition. */
export interface ProducerStamp {
  id: number;
  epoch: number;
  sequence: number;
}

/** An event to store: the original bytes of its AMQP message and what the broker read from them. */
export interface LogEvent {
  buffer: Buffer;
  start: number;
  end: number;
  partitionKey?: Buffer;
  producer?: ProducerStamp;
}

export function recordSize(event: LogEvent): number {
  const key = event.partitionKey?.length ?? 0;
  return HEAD + key + (event.producer ? PRODUCER_BYTES : 0) + event.end - event.start;
}

/** Writes one record and returns the position after it. `time` is in milliseconds since 1970. */
export function writeRecord(target: Buffer, start: number, sequence: number, time: number, event: LogEvent): number {
  writeU64(target, start + 8, sequence);
  writeU64(target, start + 16, time);
  target.writeUInt16LE(event.partitionKey?.length ?? 0, start + 24);
  target[start + 26] = event.producer ? HAS_PRODUCER : 0;
  target[start + 27] = 0;
  let at = start + HEAD;
  if (event.partitionKey) at += event.partitionKey.copy(target, at);
  if (event.producer) {
    target.writeBigInt64LE(BigInt(event.producer.id), at);
    target.writeInt16LE(event.producer.epoch, at + 8);
    target.writeInt32LE(event.producer.sequence, at + 10);
    at += PRODUCER_BYTES;
  }
  at += event.buffer.copy(target, at, event.start, event.end);
  target.writeUInt32LE(at - start - PREFIX, start);
  target.writeUInt32LE(crc32(target.subarray(start + PREFIX, at)), start + 4);
  return at;
}

/** Size of the record at `start` as it claims, or 0 when that cannot be the size of a record. */
export function claimedSize(buffer: Buffer, start: number): number {
  const size = buffer.readUInt32LE(start) + PREFIX;
  return size < MIN_RECORD_BYTES || size > MAX_RECORD_BYTES ? 0 : size;
}

/** Length of the run of whole records at the start of `buffer[0, end)`, which holds records and nothing else. */
export function wholeRecords(buffer: Buffer, end: number): number {
  let at = 0;
  while (end - at >= MIN_RECORD_BYTES) {
    const size = claimedSize(buffer, at);
    if (size > end - at) break;
    at += size;
  }
  return at;
}

/** Whether `buffer[start, start + size)` is a record whose bytes are those that were written. */
export function isIntact(buffer: Buffer, start: number, size: number): boolean {
  return crc32(buffer.subarray(start + PREFIX, start + size)) === buffer.readUInt32LE(start + 4);
}

export function sequenceAt(buffer: Buffer, start: number): number {
  return readU64(buffer, start + 8);
}

export function timeAt(buffer: Buffer, start: number): number {
  return readU64(buffer, start + 16);
}

export function producerAt(buffer: Buffer, start: number): ProducerStamp | undefined {
  if ((buffer[start + 26] & HAS_PRODUCER) === 0) return undefined;
  const at = start + HEAD + buffer.readUInt16LE(start + 24);
  return {
    id: Number(buffer.readBigInt64LE(at)),
    epoch: buffer.readInt16LE(at + 8),
    sequence: buffer.readInt32LE(at + 10),
  };
}

/** Whole, intact records of a partition: `buffer[start, end)`, the first of which has the log offset `offset`. */
export interface LogSlice {
  buffer: Buffer;
  start: number;
  end: number;
  offset: number;
}

/** Steps over the records of a slice; one object serves all records, so its fields are to be used before `next`. */
export class RecordCursor {
  buffer: Buffer = Buffer.alloc(0);
  offset = 0;
  sequence = 0;
  time = 0;
  keyStart = 0;
  keyEnd = 0;
  messageStart = 0;
  messageEnd = 0;
  #next = 0;
  #end = 0;
  #base = 0;

  open(slice: LogSlice): void {
    this.buffer = slice.buffer;
    this.#next = slice.start;
    this.#end = slice.end;
    this.#base = slice.offset - slice.start;
  }

  /** Log offset of the record that `next` would step on, or of the end of the slice. */
  get nextOffset(): number {
    return this.#base + this.#next;
  }

  next(): boolean {
    const start = this.#next;
    if (start >= this.#end) return false;
    const { buffer } = this;
    this.#next = start + PREFIX + buffer.readUInt32LE(start);
    this.offset = this.#base + start;
    this.sequence = readU64(buffer, start + 8);
    this.time = readU64(buffer, start + 16);
    this.keyStart = start + HEAD;
    this.keyEnd = this.keyStart + buffer.readUInt16LE(start + 24);
    this.messageStart = this.keyEnd + ((buffer[start + 26] & HAS_PRODUCER) === 0 ? 0 : PRODUCER_BYTES);
    this.messageEnd = this.#next;
    return true;
  }
}

export function writeU64(target: Buffer, at: number, value: number): void {
  target.writeUInt32LE(value % U32, at);
  target.writeUInt32LE(Math.floor(value / U32), at + 4);
}

export function readU64(buffer: Buffer, at: number): number {
  return buffer.readUInt32LE(at) + buffer.readUInt32LE(at + 4) * U32;
}
