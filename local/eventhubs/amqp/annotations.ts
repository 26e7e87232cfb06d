import type { ProducerStamp } from '../log/record.ts';
import { AmqpError, Condition } from './conditions.ts';
import { readBytes, readInteger } from './encoding.ts';
import { encodeSymbol, MapCursor } from './mapCursor.ts';

/** Message annotations of Event Hubs that the broker reads or writes, in their encoded form. */
export const ANNOTATION = {
  partitionKey: encodeSymbol('x-opt-partition-key'),
  sequenceNumber: encodeSymbol('x-opt-sequence-number'),
  offset: encodeSymbol('x-opt-offset'),
  enqueuedTime: encodeSymbol('x-opt-enqueued-time'),
} as const;

const PRODUCER_ID = encodeSymbol('com.microsoft:producer-id');
const PRODUCER_EPOCH = encodeSymbol('com.microsoft:producer-epoch');
const PRODUCER_SEQUENCE = encodeSymbol('com.microsoft:producer-sequence-number');

/** Azure's limit, in characters. */
const MAX_PARTITION_KEY = 128;

const cursor = new MapCursor();

/**
 * UTF-8 bytes of the partition key in the annotations map at `at`, or undefined when it has none.
 * @throws {AmqpError} `com.microsoft:argument-error` when the key is longer than Azure allows.
 */
export function readPartitionKey(buffer: Buffer, at: number): Buffer | undefined {
  cursor.open(buffer, at);
  while (cursor.next()) {
    if (!cursor.keyIs(ANNOTATION.partitionKey)) continue;
    const key = readBytes(buffer, cursor.valueAt);
    if (key && key.length > MAX_PARTITION_KEY && key.toString('utf8').length > MAX_PARTITION_KEY) {
      const what = `A partition key has more than the ${MAX_PARTITION_KEY} characters allowed.`;
      throw new AmqpError(Condition.argumentError, what);
    }
    return key;
  }
  return undefined;
}

/**
 * What an idempotent producer wrote into the annotations map at `at`, or undefined when any of the three is missing or
 * no value that a producer can have.
 */
export function readProducerStamp(buffer: Buffer, at: number): ProducerStamp | undefined {
  let id: number | undefined;
  let epoch: number | undefined;
  let sequence: number | undefined;
  cursor.open(buffer, at);
  while (cursor.next()) {
    if (cursor.keyIs(PRODUCER_ID)) id = readInteger(buffer, cursor.valueAt);
    else if (cursor.keyIs(PRODUCER_EPOCH)) epoch = readInteger(buffer, cursor.valueAt);
    else if (cursor.keyIs(PRODUCER_SEQUENCE)) sequence = readInteger(buffer, cursor.valueAt);
  }
  const valid = Number.isSafeInteger(id) && isInt(epoch, 16) && isInt(sequence, 32);
  return valid ? ({ id, epoch, sequence } as ProducerStamp) : undefined;
}

/** Whether a value is a signed integer of so many bits that is not negative. */
export function isInt(value: unknown, bits: number): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** (bits - 1);
}
