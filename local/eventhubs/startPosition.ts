import { AmqpError, Condition } from './amqp/conditions.ts';
import type { PartitionLog } from './log/partitionLog.ts';

/** Where a receiver starts to read. */
export type StartPosition =
  { at: 'beginning' } | { at: 'end' } | { at: 'offset' | 'sequence' | 'time'; value: number; inclusive: boolean };

export const SELECTOR_FILTER = 'apache.org:selector-filter:string';

const FORM = /^amqp\.annotation\.(x-opt-[a-z-]+(?:-utc)?)\s*(>=|>)\s*'([^']*)'$/;

const COLUMN: Readonly<Record<string, 'offset' | 'sequence' | 'time' | undefined>> = {
  'x-opt-offset': 'offset',
  'x-opt-sequence-number': 'sequence',
  'x-opt-enqueued-time': 'time',
  'x-opt-enqueuedtimeutc': 'time',
};

/**
 * Reads the selector by which clients say where to start, for example `amqp.annotation.x-opt-offset > '4096'`. Without
 * one a receiver starts at the beginning.
 * @throws {AmqpError} `com.microsoft:argument-error`
 */
export function parseStartPosition(selector: unknown): StartPosition {
  if (selector === undefined || selector === null) return { at: 'beginning' };
  const match = typeof selector === 'string' ? FORM.exec(selector.trim()) : null;
  const column = match ? COLUMN[match[1]] : undefined;
  if (!match || !column) {
    const forms =
      'amqp.annotation.x-opt-offset, x-opt-sequence-number or x-opt-enqueued-time, then > or >=, then a quoted value';
    throw refused(`The filter "${String(selector)}" is not one of: ${forms}.`);
  }
  const [, name, comparison, text] = match;
  if (column === 'offset' && text === '@latest') return { at: 'end' };
  if (column !== 'time' && text === '-1') return { at: 'beginning' };
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || (value < 0 && column !== 'time')) {
    throw refused(`The supplied value '${text}' of ${name} is invalid: it is not a position in the partition.`);
  }
  return { at: column, value, inclusive: comparison === '>=' };
}

/**
 * Refuses positions behind the end of the partition, as Azure does. They come from a checkpoint of another hub; to wait
 * there would skip events silently.
 * @throws {AmqpError} `com.microsoft:argument-error`
 */
export function requireExisting(start: StartPosition, { end }: PartitionLog): void {
  if (start.at === 'offset' && start.value > Math.max(end.highestOffset, start.inclusive ? end.offset : -1)) {
    const last = `The last offset in the system is '${end.lastOffset}'.`;
    throw refused(`The supplied offset '${start.value}' is invalid. ${last}`);
  }
  if (start.at === 'sequence' && start.value > end.sequence - (start.inclusive ? 0 : 1)) {
    const last = `The last sequence number in the system is '${end.sequence - 1}'.`;
    throw refused(`The supplied sequence number '${start.value}' is invalid. ${last}`);
  }
}

/** Log offset of the first event to deliver. */
export async function resolveStart(start: StartPosition, log: PartitionLog): Promise<number> {
  if (start.at === 'beginning') return log.begin.offset;
  if (start.at === 'end') return log.end.offset;
  return log.locate(start.at, start.value, start.inclusive);
}

function refused(description: string): AmqpError {
  return new AmqpError(Condition.argumentError, description);
}
