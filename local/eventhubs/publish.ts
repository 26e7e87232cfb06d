import type { PublishedEvents } from './amqp/batch.ts';
import type { Hub } from './hub.ts';
import type { ProducerIdentity } from './idempotence.ts';
import { logRefusal, type Partition } from './partition.ts';
import type { ThroughputUnits } from './throughputUnits.ts';

export interface Publication extends PublishedEvents {
  hub: Hub;
  /** The partition that the sender has chosen; else the partition key decides, or the turn. */
  partition?: Partition;
  /** Who sends, when that is an idempotent producer; it has chosen a partition. */
  producer?: ProducerIdentity;
  /** Size of what was sent. */
  bytes: number;
  throughput: ThroughputUnits | undefined;
}

/**
 * Stores what was sent in one piece, as durable as configured; what an idempotent producer has stored before is not
 * stored again. The events' bytes are copied before the call returns.
 * @throws {AmqpError} the reason for which nothing is stored
 */
export async function publish(publication: Publication): Promise<void> {
  const { hub, events, partitionKey, producer, bytes, throughput } = publication;
  const partition = publication.partition ?? hub.route(partitionKey);
  const { log } = partition;
  throughput?.admit(bytes, events.length);
  if (producer && !partition.producers.admit(producer, events)) {
    // Stored already, or still being stored: the answer must not come before that is certain.
    await log.settled();
    partition.producers.requireStored(producer, events);
    return;
  }
  try {
    await log.append(events);
  } catch (error) {
    if (producer) partition.producers.restore(producer, events);
    throw logRefusal(error);
  }
  partition.eventsIn += events.length;
}
