import { EventSubscription, type EventSubscriptionArgs } from '@pulumi/azure-native/eventgrid/eventSubscription.js';
import type { Input, Resource } from '@pulumi/pulumi';
import { BLOB_CONTAINERS } from '../../runtime/contracts/names.ts';

/** A route of events from the topic to one destination. */
export interface Route {
  /** Pulumi name; on Azure the subscription is called `subscription`. */
  name: string;
  parent: Resource;
  subscription: string;
  topicId: Input<string>;
  eventTypes: string[];
  destination: NonNullable<EventSubscriptionArgs['destination']>;
  /** Identity of the topic that writes dead letters, and delivers where `deliverWithIdentity` is set. */
  identityId: Input<string>;
  /** True where the destination is a resource that the topic's identity has a role on. */
  deliverWithIdentity: boolean;
  /** Storage account with the dead-letter container. */
  deadLetterAccountId: Input<string>;
  dependsOn: Resource[];
}

/** Event Grid's limits: it tries for a day, then the event goes to the dead letters. */
const RETRY_POLICY = { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 };

/** Subscribes a destination to event types; what cannot be delivered lands in the dead-letter container. */
export function addRoute(route: Route): EventSubscription {
  const { destination, deliverWithIdentity } = route;
  const identity = { type: 'UserAssigned', userAssignedIdentity: route.identityId };
  return new EventSubscription(
    route.name,
    {
      scope: route.topicId,
      eventSubscriptionName: route.subscription,
      eventDeliverySchema: 'CloudEventSchemaV1_0',
      filter: { includedEventTypes: route.eventTypes },
      retryPolicy: RETRY_POLICY,
      ...(deliverWithIdentity ? { deliveryWithResourceIdentity: { identity, destination } } : { destination }),
      deadLetterWithResourceIdentity: {
        identity,
        deadLetterDestination: {
          endpointType: 'StorageBlob',
          resourceId: route.deadLetterAccountId,
          blobContainerName: BLOB_CONTAINERS.gridDeadLetter,
        },
      },
    },
    { parent: route.parent, dependsOn: route.dependsOn },
  );
}
