import type { SubscriptionDefinition } from '../model.ts';
import { EventHubDestination } from './eventHub.ts';
import type { OutgoingEvent } from './outgoing.ts';
import type { Outcome } from './outcome.ts';
import { WebhookDestination } from './webhook.ts';

/** Where events are sent to. A batch is delivered as a whole or not at all. */
export interface DestinationClient {
  readonly maxEvents: number;
  readonly maxBytes: number;
  /** Events with the same key may share a batch. */
  batchKey(event: OutgoingEvent): string;
  /** Never throws: whatever goes wrong is an outcome. */
  send(batch: OutgoingEvent[]): Promise<Outcome>;
  close(): Promise<void>;
}

/** The client of a subscription's destination. */
export function openDestination(args: { subscription: SubscriptionDefinition; timeoutMs: number }): DestinationClient {
  const { destination, name } = args.subscription;
  if (destination.type === 'EventHub') return new EventHubDestination({ destination, subscription: name });
  return new WebhookDestination({ destination, subscription: name, timeoutMs: args.timeoutMs });
}
