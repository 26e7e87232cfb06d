import rhea from 'rhea';
import { readDelivery } from './amqp/batch.ts';
import { AmqpError, Condition, refusalOf } from './amqp/conditions.ts';
import type { IncomingDelivery, IncomingLink } from './amqp/incomingLink.ts';
import type { Hub } from './hub.ts';
import { IDEMPOTENT_PRODUCER, PRODUCER_PROPERTY, type ProducerIdentity } from './idempotence.ts';
import type { Partition } from './partition.ts';
import { publish, type Publication } from './publish.ts';
import type { ThroughputUnits } from './throughputUnits.ts';

/** Azure's limit for one message, be it an event or a batch of them. */
export const MAX_MESSAGE_BYTES = 1_048_576;
/** Messages that one link may have in work. */
const PUBLISHER_CREDIT = 200;

/** Counts bytes in work, so that a connection with too many of them is not read from. */
export interface ByteBudget {
  hold(bytes: number): void;
  release(bytes: number): void;
}

type Target = Pick<Publication, 'hub' | 'partition' | 'producer' | 'throughput'>;

/** Stores what arrives on a link: accepted once it is as durable as configured, else rejected with the reason. */
class Publisher {
  readonly #to: Target;
  readonly #budget: ByteBudget;

  constructor(to: Target, budget: ByteBudget) {
    this.#to = to;
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
    const { hub, partition, producer, throughput } = this.#to;
    const published = readDelivery(payload, format, producer !== undefined);
    await publish({ ...published, hub, partition, producer, throughput, bytes: payload.length });
  }
}

export interface AttachPublisherOptions {
  link: IncomingLink;
  hub: Hub;
  partition?: number;
  throughput: ThroughputUnits | undefined;
  budget: ByteBudget;
}

/**
 * Answers a link that wants to send to a hub or to one of its partitions; returns what to do when it has ended.
 * @throws {AmqpError} the reason to refuse it
 */
export function attachPublisher({ link, hub, partition: id, throughput, budget }: AttachPublisherOptions): () => void {
  const partition = id === undefined ? undefined : hub.partition(id);
  const producer = link.desires(IDEMPOTENT_PRODUCER) ? identify(link, partition) : undefined;
  link.accept({
    maxMessageBytes: MAX_MESSAGE_BYTES,
    credit: PUBLISHER_CREDIT,
    answer: producer && { offered_capabilities: IDEMPOTENT_PRODUCER, properties: producerProperties(producer) },
  });
  const publisher = new Publisher({ hub, partition, producer, throughput }, budget);
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
