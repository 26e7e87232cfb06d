import rhea from 'rhea';
import type { PublishedEvents } from '../amqp/batch.ts';
import type { LogEvent } from '../log/record.ts';

/** Azure's limit, in characters. */
const MAX_PARTITION_KEY = 128;

/** Broker properties that become fields of the AMQP message, by their names in REST. */
const MESSAGE_FIELDS: Readonly<Record<string, string>> = {
  ContentType: 'content_type',
  CorrelationId: 'correlation_id',
  Label: 'subject',
  MessageId: 'message_id',
  ReplyTo: 'reply_to',
  ReplyToSessionId: 'reply_to_group_id',
  SessionId: 'group_id',
  To: 'to',
};

/** Where all events of a request go to by its address. */
export interface RestTarget {
  partition?: number;
  /** Identity of a publisher: it is the partition key of its events, and they carry it. */
  publisher?: string;
}

/** An event as a REST request describes it. */
export interface RestEvent {
  body: Buffer;
  brokerProperties: Readonly<Record<string, unknown>>;
  userProperties: Readonly<Record<string, string | number | boolean>>;
}

/** What is wrong with a request; answered as 400. */
export class BadRestEvent extends Error {}

/**
 * The AMQP messages of a request's events, which are stored as if they had been sent as one batch.
 * @throws {BadRestEvent} when their partition keys differ, are too long or do not fit the address
 */
export function publishedEvents(events: readonly RestEvent[], target: RestTarget): PublishedEvents {
  const keys = new Set(events.map(({ brokerProperties }) => partitionKey(brokerProperties, target)));
  if (keys.size > 1) throw new BadRestEvent('All events of a batch must have the same PartitionKey.');
  const [key] = keys;
  const encodedKey = key === undefined ? undefined : Buffer.from(key);
  const encoded = events.map((event): LogEvent => {
    const buffer = encode(event, target);
    return { buffer, start: 0, end: buffer.length, partitionKey: encodedKey };
  });
  return { events: encoded, partitionKey: encodedKey };
}

function partitionKey({ PartitionKey: key }: RestEvent['brokerProperties'], target: RestTarget): string | undefined {
  if (key === undefined || key === null) return target.publisher;
  if (typeof key !== 'string') throw new BadRestEvent('The broker property PartitionKey must be a string.');
  if (key.length > MAX_PARTITION_KEY) {
    throw new BadRestEvent(`A partition key has more than the ${MAX_PARTITION_KEY} characters allowed.`);
  }
  if (target.partition !== undefined) {
    throw new BadRestEvent('A PartitionKey cannot be set for events that are sent to a partition.');
  }
  if (target.publisher !== undefined && key !== target.publisher) {
    throw new BadRestEvent(`The PartitionKey '${key}' is not the publisher '${target.publisher}' of the address.`);
  }
  return key;
}

function encode({ body, brokerProperties, userProperties }: RestEvent, { publisher }: RestTarget): Buffer {
  const fields: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(MESSAGE_FIELDS)) {
    const value = brokerProperties[name];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'string') throw new BadRestEvent(`The broker property ${name} must be a string.`);
    fields[field] = value;
  }
  if (publisher !== undefined) fields.message_annotations = { 'x-opt-publisher': publisher };
  if (Object.keys(userProperties).length > 0) fields.application_properties = userProperties;
  return rhea.message.encode({ ...fields, body: rhea.message.data_section(body) });
}
