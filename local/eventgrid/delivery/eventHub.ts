import { EventHubProducerClient, MessagingError, type EventData } from '@azure/event-hubs';
import type { Destination } from '../model.ts';
import { CLOUD_EVENT_TYPE } from '../publish/cloudEvents.ts';
import type { DestinationClient } from './destination.ts';
import { versionHeaders, type OutgoingEvent } from './outgoing.ts';
import { topicIdentity } from './topicIdentity.ts';
import { failure, type Failure, type Outcome } from './outcome.ts';

/** Name of the delivery attribute that becomes the partition key instead of a property. */
const PARTITION_KEY = 'PartitionKey';

const MINUTE = 60_000;

/**
 * What the client's errors mean in the words of "Event Grid message delivery and retry" (2026-02-09), table of
 * `lastDeliveryOutcome`, and how long a retry waits at least; every other error is retried on the usual schedule.
 */
const FAILURES: Record<string, Omit<Failure, 'delivered' | 'detail'>> = {
  MessagingEntityNotFoundError: { outcome: 'NotFound', minimumDelayMs: 5 * MINUTE },
  MessagingEntityDisabledError: { outcome: 'Disabled', minimumDelayMs: 10_000 },
  UnauthorizedError: { outcome: 'Unauthorized', minimumDelayMs: 5 * MINUTE },
  QuotaExceededError: { outcome: 'Full', minimumDelayMs: 10_000 },
  ServerBusyError: { outcome: 'Busy', minimumDelayMs: 30_000 },
  OperationTimeoutError: { outcome: 'TimedOut', minimumDelayMs: 2 * MINUTE },
  MessageTooLargeError: {
    outcome: 'PayloadTooLarge',
    minimumDelayMs: 0,
    deadLetterReason: 'UndeliverableDueToPayloadTooLarge',
  },
};

/**
 * Sends events to an Event Hub: each one an `EventData` whose body is the event as JSON (an array of one in the Event
 * Grid schema), with the `aeg-` properties. Events of one batch have the same partition key.
 */
export class EventHubDestination implements DestinationClient {
  readonly maxEvents = 100;
  readonly maxBytes = 256 * 1024;
  readonly #subscription: string;
  readonly #producer: EventHubProducerClient;

  constructor(args: { destination: Extract<Destination, { type: 'EventHub' }>; subscription: string }) {
    const { destination } = args;
    const { eventHub } = destination;
    const options = { retryOptions: { maxRetries: 0 } };
    this.#subscription = args.subscription.toUpperCase();
    this.#producer =
      'identity' in destination
        ? new EventHubProducerClient(
            destination.fullyQualifiedNamespace,
            eventHub,
            topicIdentity(destination.identity),
            options,
          )
        : new EventHubProducerClient(destination.connectionString, eventHub, options);
  }

  batchKey(event: OutgoingEvent): string {
    return event.attributes[PARTITION_KEY] ?? '';
  }

  async send(batch: OutgoingEvent[]): Promise<Outcome> {
    const key = batch[0]!.attributes[PARTITION_KEY];
    try {
      await this.#producer.sendBatch(
        batch.map((event) => this.#toEventData(event)),
        key === undefined ? {} : { partitionKey: key },
      );
      return { delivered: true };
    } catch (error) {
      return toFailure(error);
    }
  }

  async close(): Promise<void> {
    await this.#producer.close();
  }

  #toEventData(event: OutgoingEvent): EventData {
    const isCloudEvent = event.schema === 'CloudEventSchemaV1_0';
    const properties = Object.entries(event.attributes).filter(([name]) => name !== PARTITION_KEY);
    return {
      // Bytes, since the client would write a text as a JSON string.
      body: Buffer.from(JSON.stringify(isCloudEvent ? event.body : [event.body])),
      contentType: isCloudEvent ? CLOUD_EVENT_TYPE : 'application/json',
      properties: {
        ...Object.fromEntries(properties),
        'aeg-event-type': 'Notification',
        'aeg-subscription-name': this.#subscription,
        'aeg-delivery-count': String(event.deliveryCount),
        'aeg-output-event-id': String(event.body.id),
        ...versionHeaders(event),
      },
    };
  }
}

/** Outcome of an error of the client. */
export function toFailure(error: unknown): Failure {
  const detail = error instanceof Error ? error.message : String(error);
  const { code = '', syscall } = error instanceof MessagingError ? error : {};
  if (syscall !== undefined) return failure(syscall === 'getaddrinfo' ? 'ResolutionError' : 'SocketError', detail);
  const known = Object.hasOwn(FAILURES, code) ? FAILURES[code] : undefined;
  return known ? { delivered: false, detail, ...known } : failure('GenericError', detail);
}
