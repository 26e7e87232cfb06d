import type { ReceivedEventData } from '@azure/event-hubs';

/** An event as the client hands it over; its offset is a hundred times its sequence number. */
export function receivedEvent(
  sequenceNumber: number,
  body: string | Buffer,
  over: Partial<ReceivedEventData> = {},
): ReceivedEventData {
  return {
    body: Buffer.from(body),
    sequenceNumber,
    offset: String(sequenceNumber * 100),
    enqueuedTimeUtc: new Date(1_700_000_000_000 + sequenceNumber),
    partitionKey: null,
    getRawAmqpMessage: () => {
      throw new Error('no AMQP message behind a test event');
    },
    ...over,
  };
}
