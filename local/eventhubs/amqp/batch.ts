import type { LogEvent } from '../log/record.ts';
import { readPartitionKey, readProducerStamp } from './annotations.ts';
import { contentStart, malformed } from './encoding.ts';
import {
  descriptorEnd,
  emptyLayout,
  readLeadingSections,
  readMessage,
  Section,
  sectionCode,
  sectionEnd,
} from './messageLayout.ts';

/** Message format of a batch: every data section of its body is one encoded message. */
export const BATCH_FORMAT = 0x80013700;

/** The events of one delivery, in order; their bytes are those of the payload. */
export interface PublishedEvents {
  events: LogEvent[];
  /** Key that the delivery as a whole is routed by, or undefined when it has none. */
  partitionKey: Buffer | undefined;
}

const envelope = emptyLayout();
const layout = emptyLayout();

/**
 * Takes a delivery apart by byte offsets. Everything is checked to be well formed, since whatever is stored must be
 * readable by every receiver. With `stamped` the events' idempotent producer annotations are read too.
 * @throws {AmqpError} `amqp:decode-error`
 */
export function readDelivery(payload: Buffer, format: number, stamped: boolean): PublishedEvents {
  if (format === 0) {
    const event = readEvent(payload, 0, payload.length, undefined, stamped);
    return { events: [event], partitionKey: event.partitionKey };
  }
  if (format !== BATCH_FORMAT) throw malformed(`the message format 0x${format.toString(16)} is unknown`);

  const end = payload.length;
  readLeadingSections(payload, 0, end, envelope);
  const key = envelope.annotations < 0 ? undefined : readPartitionKey(payload, envelope.annotations);
  const events: LogEvent[] = [];
  let at = envelope.rest;
  while (at < end) {
    const code = sectionCode(payload, at, end);
    const after = sectionEnd(payload, at, end, code);
    if (code === Section.data) {
      const start = contentStart(payload, descriptorEnd(payload, at, end));
      events.push(readEvent(payload, start, after, key, stamped));
    } else if (code !== Section.properties && code !== Section.applicationProperties && code !== Section.footer) {
      throw malformed('the body of a batch has something else than data sections');
    }
    at = after;
  }
  if (events.length === 0) throw malformed('a batch has no events');
  return { events, partitionKey: key ?? events[0].partitionKey };
}

function readEvent(
  buffer: Buffer,
  start: number,
  end: number,
  batchKey: Buffer | undefined,
  stamped: boolean,
): LogEvent {
  readMessage(buffer, start, end, layout);
  const { annotations } = layout;
  const partitionKey = (annotations < 0 ? undefined : readPartitionKey(buffer, annotations)) ?? batchKey;
  const producer = stamped && annotations >= 0 ? readProducerStamp(buffer, annotations) : undefined;
  return { buffer, start, end, partitionKey, producer };
}
