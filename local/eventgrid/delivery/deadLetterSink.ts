import { randomUUID } from 'node:crypto';
import { BlobServiceClient, RestError, type ContainerClient } from '@azure/storage-blob';
import type { EventSchema, JsonObject, SubscriptionDefinition } from '../model.ts';
import type { Delivery } from '../store/deliveries.ts';
import { bodyIn } from './outgoing.ts';
import { topicIdentity } from './topicIdentity.ts';

/**
 * Writes undeliverable events to a blob container, several in one blob as a JSON array, in the schema they would have
 * been delivered in. Blobs are named as on Azure: `<SUBSCRIPTION>/<year>/<month>/<day>/<hour>/<uuid>.json`, UTC, unpadded
 * ("Set dead-letter location and retry policy" of Microsoft's documentation).
 */
export class DeadLetterSink {
  readonly #container: ContainerClient;
  readonly #folder: string;
  readonly #schema: EventSchema;

  constructor(args: {
    deadLetter: NonNullable<SubscriptionDefinition['deadLetter']>;
    subscription: string;
    schema: EventSchema;
  }) {
    const { deadLetter } = args;
    const options = { retryOptions: { maxTries: 1 } };
    const service =
      'identity' in deadLetter
        ? new BlobServiceClient(deadLetter.blobEndpoint, topicIdentity(deadLetter.identity), options)
        : BlobServiceClient.fromConnectionString(deadLetter.connectionString, options);
    this.#container = service.getContainerClient(args.deadLetter.container);
    this.#folder = args.subscription.toUpperCase();
    this.#schema = args.schema;
  }

  /** Rejects when the container does not take the blob. */
  async write(deliveries: Delivery[], time: Date): Promise<void> {
    const hour = [time.getUTCFullYear(), time.getUTCMonth() + 1, time.getUTCDate(), time.getUTCHours()].join('/');
    const body = Buffer.from(JSON.stringify(deliveries.map((delivery) => deadLetterEvent(delivery, this.#schema))));
    const blob = this.#container.getBlockBlobClient(`${this.#folder}/${hour}/${randomUUID()}.json`);
    await blob.uploadData(body, { blobHTTPHeaders: { blobContentType: 'application/json' } });
  }
}

/** True if a write failed because there is no such container: Event Grid drops the events then. */
export function isContainerMissing(error: unknown): boolean {
  return error instanceof RestError && error.code === 'ContainerNotFound';
}

/** The event with what happened to it; CloudEvents attributes have lower-case names. */
function deadLetterEvent(delivery: Delivery, schema: EventSchema): JsonObject {
  const facts: JsonObject = {
    deadLetterReason: delivery.deadLetter?.reason ?? null,
    deliveryAttempts: delivery.attempts,
    lastDeliveryOutcome: delivery.lastOutcome ?? null,
    publishTime: new Date(delivery.published).toISOString(),
    lastDeliveryAttemptTime: delivery.lastAttempt === undefined ? null : new Date(delivery.lastAttempt).toISOString(),
  };
  const body = bodyIn(schema, delivery.event);
  if (schema === 'EventGridSchema') return { ...body, ...facts };
  const lowerCase = Object.entries(facts).map(([name, value]) => [name.toLowerCase(), value] as const);
  return { ...body, ...Object.fromEntries(lowerCase) };
}
