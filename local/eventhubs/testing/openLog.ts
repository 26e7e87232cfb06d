import { PartitionLog, READ_BUFFERS, type PartitionLogOptions } from '../log/partitionLog.ts';
import { RecordCursor, type LogEvent } from '../log/record.ts';
import { TailCache } from '../log/tailCache.ts';

/** An event as a reader of the log sees it. */
export interface StoredEvent {
  offset: number;
  sequence: number;
  time: number;
  partitionKey: string;
  message: string;
}

/** A log with small segments, so that a few events make several. */
export function openLog(directory: string, options: Partial<PartitionLogOptions> = {}): Promise<PartitionLog> {
  const tail = new TailCache(1024 * 1024).partition();
  return PartitionLog.open({ directory, durability: 'none', segmentBytes: 2 * 1024, tail, ...options });
}

export function logEvent(message: string | Buffer, extra: Partial<LogEvent> = {}): LogEvent {
  const buffer = Buffer.from(message);
  return { buffer, start: 0, end: buffer.length, ...extra };
}

/** All events from `offset` on: out of the cache as far as it goes, or with `fromDisk` as the files hold them. */
export async function readAll(log: PartitionLog, { offset = 0, fromDisk = false } = {}): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  const cursor = new RecordCursor();
  const buffer = READ_BUFFERS.take();
  let position = offset;
  while (position < log.end.offset) {
    const cached = fromDisk ? undefined : log.readCached(position, buffer);
    cursor.open(cached ?? (await log.read(position, buffer)));
    while (cursor.next()) {
      events.push({
        offset: cursor.offset,
        sequence: cursor.sequence,
        time: cursor.time,
        partitionKey: cursor.buffer.toString('utf8', cursor.keyStart, cursor.keyEnd),
        message: cursor.buffer.toString('utf8', cursor.messageStart, cursor.messageEnd),
      });
    }
    position = cursor.nextOffset;
  }
  return events;
}
