import type { ReceivedEventData } from '@azure/event-hubs';
import type { TypedData } from '../../app/coreTypes.ts';

/** Where events come from. */
export interface PartitionSource {
  fullyQualifiedNamespace: string;
  eventHubName: string;
  consumerGroup: string;
  partitionId: string;
}

/** The bodies of a batch: texts, or bytes when the binding has `dataType: 'binary'`. */
export function batchData(events: readonly ReceivedEventData[], binary: boolean): TypedData {
  return binary
    ? { collectionBytes: { bytes: events.map(bodyBytes) } }
    : { collectionString: { string: events.map(bodyText) } };
}

/** The body of a single event. */
export function eventData(event: ReceivedEventData, binary: boolean): TypedData {
  return binary ? { bytes: bodyBytes(event) } : { string: bodyText(event) };
}

/** Metadata of a batch: arrays with one element per event, under the names that Azure uses. */
export function batchMetadata(
  events: readonly ReceivedEventData[],
  source: PartitionSource,
): Record<string, TypedData> {
  const times = events.map((event) => event.enqueuedTimeUtc.toISOString());
  return {
    PartitionContext: partitionContext(source),
    SequenceNumberArray: { collectionSint64: { sint64: events.map((event) => event.sequenceNumber) } },
    OffsetArray: { collectionString: { string: events.map((event) => event.offset) } },
    PartitionKeyArray: { json: JSON.stringify(events.map((event) => event.partitionKey ?? null)) },
    EnqueuedTimeUtcArray: { json: JSON.stringify(times) },
    PropertiesArray: { json: JSON.stringify(events.map((event) => event.properties ?? {})) },
    SystemPropertiesArray: {
      json: JSON.stringify(events.map((event, index) => systemProperties(event, times[index]!))),
    },
  };
}

/** Metadata of a single event. */
export function eventMetadata(event: ReceivedEventData, source: PartitionSource): Record<string, TypedData> {
  const time = event.enqueuedTimeUtc.toISOString();
  const metadata: Record<string, TypedData> = {
    PartitionContext: partitionContext(source),
    SequenceNumber: { int: event.sequenceNumber },
    Offset: { string: event.offset },
    EnqueuedTimeUtc: { json: JSON.stringify(time) },
    Properties: { json: JSON.stringify(event.properties ?? {}) },
    SystemProperties: { json: JSON.stringify(systemProperties(event, time)) },
  };
  if (event.partitionKey !== null) metadata.PartitionKey = { string: event.partitionKey };
  return metadata;
}

function partitionContext({ fullyQualifiedNamespace, eventHubName, consumerGroup, partitionId }: PartitionSource) {
  const context = {
    FullyQualifiedNamespace: fullyQualifiedNamespace,
    EventHubName: eventHubName,
    ConsumerGroup: consumerGroup,
    PartitionId: partitionId,
  };
  return { json: JSON.stringify(context) };
}

function systemProperties(event: ReceivedEventData, time: string): Record<string, unknown> {
  return {
    ...event.systemProperties,
    SequenceNumber: event.sequenceNumber,
    Offset: event.offset,
    PartitionKey: event.partitionKey,
    EnqueuedTimeUtc: time,
  };
}

/** The client hands over data sections as bytes (it is told not to parse them); other kinds of body are AMQP values. */
function bodyBytes({ body }: ReceivedEventData): Uint8Array {
  if (body instanceof Uint8Array) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body ?? null));
}

function bodyText({ body }: ReceivedEventData): string {
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  return typeof body === 'string' ? body : JSON.stringify(body ?? null);
}
