import { randomUUID } from 'node:crypto';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import type { JsonObject, SubscriptionDefinition } from '../model.ts';
import type { Delivery } from '../store/deliveries.ts';
import type { OutgoingEvent } from './outgoing.ts';

/** An undeliverable event: what would have been sent, and how its delivery went. */
export interface Undeliverable {
  delivery: Delivery;
  outgoing: OutgoingEvent;
}

/**
 * Writes undeliverable events to a blob container, several in one blob as a JSON array, in the schema they would have
 * been delivered in. Blobs are named as on Azure: `<SUBSCRIPTION>/<year>/<month>/<day>/<hour>/<uuid>.json`, UTC, unpadded.
 */
export class DeadLetterSink {
  readonly #container: ContainerClient;
  readonly #folder: string;

  constructor(args: { deadLetter: NonNullable<SubscriptionDefinition['deadLetter']>; subscription: string }) {
    const service = BlobServiceClient.fromConnectionString(args.deadLetter.connectionString, {
      retryOptions: { maxTries: 1 },
    });
    this.#container = service.getContainerClient(args.deadLetter.container);
    this.#folder = args.subscription.toUpperCase();
  }

  /** Rejects when the container does not take the blob. */
  async write(events: Undeliverable[]): Promise<void> {
    const now = new Date();
    const hour = [now.getUTCFullYear(), now.getUTCMonth() + 1, now.getUTCDate(), now.getUTCHours()].join('/');
    const body = Buffer.from(JSON.stringify(events.map(deadLetterEvent)));
    const blob = this.#container.getBlockBlobClient(`${this.#folder}/${hour}/${randomUUID()}.json`);
    await blob.uploadData(body, { blobHTTPHeaders: { blobContentType: 'application/json' } });
  }
}

/** The event with what happened to it; CloudEvents attributes have lower-case names. */
function deadLetterEvent({ delivery, outgoing }: Undeliverable): JsonObject {
  const facts: JsonObject = {
    deadLetterReason: delivery.deadLetter?.reason ?? null,
    deliveryAttempts: delivery.attempts,
    lastDeliveryOutcome: delivery.lastOutcome ?? null,
    publishTime: new Date(delivery.published).toISOString(),
    lastDeliveryAttemptTime: delivery.lastAttempt === undefined ? null : new Date(delivery.lastAttempt).toISOString(),
  };
  if (outgoing.schema === 'EventGridSchema') return { ...outgoing.body, ...facts };
  const lowerCase = Object.entries(facts).map(([name, value]) => [name.toLowerCase(), value] as const);
  return { ...outgoing.body, ...Object.fromEntries(lowerCase) };
}
