import type { InvocationContext } from '@azure/functions';
import type { HubBatch, HubEvent } from './ports.ts';

/** What the Event Hubs trigger tells about a batch; one array element per event. */
interface BatchMetadata {
  partitionContext?: { eventHubName?: string; partitionId?: string | number };
  sequenceNumberArray?: (number | string)[];
  offsetArray?: (number | string)[];
  enqueuedTimeUtcArray?: string[];
}

/**
 * The batch of an invocation of an Event Hubs trigger with many events as bytes. Numbers may arrive as strings and the
 * other way round, because hosts differ and JSON-like strings are parsed on the way. Throws when the trigger did not
 * describe every event.
 */
export function hubBatch(
  messages: readonly Uint8Array[],
  context: Pick<InvocationContext, 'triggerMetadata'>,
): HubBatch {
  const metadata = (context.triggerMetadata ?? {}) as BatchMetadata;
  const { partitionContext, sequenceNumberArray = [], offsetArray = [], enqueuedTimeUtcArray = [] } = metadata;
  const { eventHubName, partitionId } = partitionContext ?? {};
  if (eventHubName === undefined || partitionId === undefined) {
    throw new Error('The Event Hubs trigger did not say which hub and partition the batch is from.');
  }
  const events = messages.map((body, index): HubEvent => {
    const sequence = Number(sequenceNumberArray[index] ?? NaN);
    const enqueuedAt = Date.parse(enqueuedTimeUtcArray[index] ?? '');
    if (!Number.isSafeInteger(sequence) || Number.isNaN(enqueuedAt)) {
      throw new Error(
        `The Event Hubs trigger gave event ${index} of the batch no sequence number or no enqueued time.`,
      );
    }
    return { body, sequence, offset: String(offsetArray[index] ?? ''), enqueuedAt };
  });
  return { hub: eventHubName, partition: String(partitionId), events };
}
