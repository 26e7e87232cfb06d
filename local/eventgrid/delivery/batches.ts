import type { EventSchema, SubscriptionDefinition } from '../model.ts';
import type { DestinationClient } from './destination.ts';
import { toOutgoing, type OutgoingEvent } from './outgoing.ts';
import type { Delivery } from '../store/deliveries.ts';

/** Deliveries that travel together: all of them are delivered or none. */
export type Batch = { delivery: Delivery; outgoing: OutgoingEvent }[];

/** Groups due deliveries into batches the destination takes, in order; a large event travels alone. */
export function toBatches(args: {
  due: Delivery[];
  subscription: SubscriptionDefinition;
  schema: EventSchema;
  destination: Pick<DestinationClient, 'maxEvents' | 'maxBytes' | 'batchKey'>;
}): Batch[] {
  const { destination, schema } = args;
  const mappings = args.subscription.deliveryAttributeMappings ?? [];
  const batches: Batch[] = [];
  const open = new Map<string, { batch: Batch; bytes: number }>();
  for (const delivery of args.due) {
    const outgoing = toOutgoing({ event: delivery.event, schema, mappings, deliveryCount: delivery.attempts });
    const key = destination.batchKey(outgoing);
    const current = open.get(key);
    const fits =
      current && current.batch.length < destination.maxEvents && current.bytes + delivery.bytes <= destination.maxBytes;
    if (fits) {
      current.batch.push({ delivery, outgoing });
      current.bytes += delivery.bytes;
    } else {
      const batch = [{ delivery, outgoing }];
      batches.push(batch);
      open.set(key, { batch, bytes: delivery.bytes });
    }
  }
  return batches;
}
