import rhea from 'rhea';
import { readDelivery } from './amqp/batch.ts';
import { AmqpError, Condition, refusalOf } from './amqp/conditions.ts';
import type { IncomingDelivery, IncomingLink } from './amqp/incomingLink.ts';
import type { Hub } from './hub.ts';
import { IDEMPOTENT_PRODUCER, PRODUCER_PROPERTY, type ProducerIdentity } from './idempotence.ts';
import { logRefusal, type Partition } from './partition.ts';

/** Azure's limit for one message, be it an event or a batch of them. */
const MAX_MESSAGE_BYTES = 1_048_576;
/** Messages that one link may have in work. */
const PUBLISHER_CREDIT = 200;

/** Counts bytes in work, so that a connection with too many of them is not read from. */
export interface ByteBudget {
  hold(bytes: number): void;
  release(bytes: number): void;
}

interface PublisherOptions {
  hub: Hub;
  /** The partition that the link is bound to; else the partition key decides, or the turn. */
  partition?: Partition;
  /** Who sends, when the link is that of an idempotent producer; it is bound to a partition. */
  producer?: ProducerIdentity;
  budget: ByteBudget;
}

/** Stores what arrives on a link: accepted once it is as durable as configured, else rejected with the reason. */
class Publisher {
  readonly #hub: Hub;
  readonly #partition: Partition | undefined;
  readonly #producer: ProducerIdentity | undefined;
  readonly #budget: ByteBudget;

  constructor({ hub, partition, producer, budget }: PublisherOptions) {
    this.#hub = hub;
    this.#partition = partition;
    this.#producer = producer;
    this.#budget = budget;
  }

  /** Settles the delivery; never rejects. */
  async take(delivery: IncomingDelivery): Promise<void> {
    const bytes = delivery.payload.length;
    this.#budget.hold(bytes);
    try {
      await this.#store(delivery);
      delivery.accept();
    } catch (error) {
      delivery.reject(refusalOf(error));
    } finally {
      this.#budget.release(bytes);
    }
  }

  async #store({ payload, format }: IncomingDelivery): Promise<void> {
    const producer = this.#producer;
    const { events, partitionKey } = readDelivery(payload, format, producer !== undefined);
    const partition = this.#partition ?? this.#hub.route(partitionKey);
    const { log } = partition;
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
}

export interface AttachPublisherOptions {
  link: IncomingLink;
  hub: Hub;
  partition?: number;
  budget: ByteBudget;
}

/**
 * Answers a link that wants to send to a hub or to one of its partitions; returns what to do when it has ended.
 * @throws {AmqpError} the reason to refuse it
 */
export function attachPublisher({ link, hub, partition: id, budget }: AttachPublisherOptions): () => void {
  const partition = id === undefined ? undefined : hub.partition(id);
  const producer = link.desires(IDEMPOTENT_PRODUCER) ? identify(link, partition) : undefined;
  link.accept({
    maxMessageBytes: MAX_MESSAGE_BYTES,
    credit: PUBLISHER_CREDIT,
    answer: producer && { offered_capabilities: IDEMPOTENT_PRODUCER, properties: producerProperties(producer) },
  });
  const publisher = new Publisher({ hub, partition, producer, budget });
  link.onDelivery = (delivery) => void publisher.take(delivery);
  return hub.addPublisher((error) => link.close(error));
}

function identify(link: IncomingLink, partition: Partition | undefined): ProducerIdentity {
  if (partition) return partition.producers.attach(link.properties);
  throw new AmqpError(Condition.notAllowed, 'An idempotent producer must send to a partition, not to the hub.');
}

function producerProperties({ id, epoch, sequence }: ProducerIdentity): Record<string, unknown> {
  return {
    [PRODUCER_PROPERTY.id]: rhea.types.wrap_long(id),
    [PRODUCER_PROPERTY.epoch]: rhea.types.wrap_short(epoch),
    [PRODUCER_PROPERTY.sequence]: rhea.types.wrap_int(sequence),
  };
}
