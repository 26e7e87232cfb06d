import rhea from 'rhea';
import { contentStart } from '../amqp/encoding.ts';
import {
  descriptorEnd,
  emptyLayout,
  readLeadingSections,
  Section,
  sectionCode,
  sectionEnd,
} from '../amqp/messageLayout.ts';
import type { RecordCursor } from '../log/record.ts';

/** A value of the maps in the Avro schema, in the form that tells its type. */
export type AvroValue = { long: number } | { double: number } | { string: string } | { bytes: Buffer };

/** A record of the Avro schema of Event Hubs capture. */
export interface CapturedEvent {
  SequenceNumber: number;
  Offset: string;
  EnqueuedTimeUtc: string;
  SystemProperties: Record<string, AvroValue>;
  Properties: Record<string, AvroValue>;
  Body: Buffer | null;
}

/** Fields of the message's properties by their names among the system properties. */
const MESSAGE_PROPERTIES: Readonly<Record<string, string>> = {
  message_id: 'message-id',
  user_id: 'user-id',
  to: 'to',
  subject: 'subject',
  reply_to: 'reply-to',
  correlation_id: 'correlation-id',
  content_type: 'content-type',
  content_encoding: 'content-encoding',
  absolute_expiry_time: 'absolute-expiry-time',
  creation_time: 'creation-time',
  group_id: 'group-id',
  group_sequence: 'group-sequence',
  reply_to_group_id: 'reply-to-group-id',
};

const layout = emptyLayout();

/** The stored event as it is captured. Nothing of the cursor's buffer is referred to. */
export function capturedEvent(record: RecordCursor): CapturedEvent {
  const { buffer, messageStart, messageEnd, keyStart, keyEnd } = record;
  const message = rhea.message.decode(buffer.subarray(messageStart, messageEnd));
  const key = keyEnd > keyStart ? { 'x-opt-partition-key': buffer.toString('utf8', keyStart, keyEnd) } : {};
  const properties = message as unknown as Record<string, unknown>;
  const named = Object.entries(MESSAGE_PROPERTIES).map(([field, name]) => [name, properties[field]]);
  return {
    SequenceNumber: record.sequence,
    Offset: String(record.offset),
    EnqueuedTimeUtc: dotNetTime(record.time),
    SystemProperties: avroMap({
      ...message.message_annotations,
      ...(Object.fromEntries(named) as Record<string, unknown>),
      ...key,
      'x-opt-sequence-number': record.sequence,
      'x-opt-offset': String(record.offset),
      'x-opt-enqueued-time': record.time,
    }),
    Properties: avroMap(message.application_properties ?? {}),
    Body: bodyOf(buffer, messageStart, messageEnd),
  };
}

/** A time as the service writes it: that of .NET in the culture en-US, `12/31/2026 1:02:03 PM`. */
export function dotNetTime(time: number): string {
  const date = new Date(time);
  const hour = date.getUTCHours();
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getUTCMonth() + 1}/${date.getUTCDate()}/${date.getUTCFullYear()}`;
  const clock = `${hour % 12 || 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `${day} ${clock} ${hour < 12 ? 'AM' : 'PM'}`;
}

/** Entries without a value have none in the schema either and are left out. */
function avroMap(values: Readonly<Record<string, unknown>>): Record<string, AvroValue> {
  const map: Record<string, AvroValue> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== null) map[name] = avroValue(value);
  }
  return map;
}

/** The schema knows four types; what is none of them (truth values, times, lists) becomes its text. */
function avroValue(value: unknown): AvroValue {
  if (typeof value === 'string') return { string: value };
  if (typeof value === 'number') return Number.isSafeInteger(value) ? { long: value } : { double: value };
  if (Buffer.isBuffer(value)) return { bytes: Buffer.from(value) };
  if (value instanceof Date) return { string: value.toISOString() };
  return { string: typeof value === 'object' ? JSON.stringify(value) : String(value) };
}

/** Content of the data sections; of another kind of body the text or, for what is none, its AMQP encoding. */
function bodyOf(buffer: Buffer, start: number, end: number): Buffer | null {
  readLeadingSections(buffer, start, end, layout);
  const parts: Buffer[] = [];
  let at = layout.rest;
  while (at < end) {
    const code = sectionCode(buffer, at, end);
    const after = sectionEnd(buffer, at, end, code);
    const value = descriptorEnd(buffer, at, end);
    if (code === Section.data) parts.push(buffer.subarray(contentStart(buffer, value), after));
    else if (code === Section.sequence) parts.push(buffer.subarray(value, after));
    else if (code === Section.value) parts.push(textOf(buffer, value, after) ?? buffer.subarray(value, after));
    at = after;
  }
  return parts.length === 0 ? null : Buffer.concat(parts);
}

function textOf(buffer: Buffer, at: number, end: number): Buffer | undefined {
  const isText = [0xa0, 0xa1, 0xb0, 0xb1].includes(buffer[at]);
  return isText ? buffer.subarray(contentStart(buffer, at), end) : undefined;
}
