import { interpolate, type Input, type Resource } from '@pulumi/pulumi';
import { EVENT_TYPES, FUNCTIONS } from '../../runtime/contracts/names.ts';
import type { EventIngress } from '../eventIngress.ts';
import { addRoute } from '../shared/subscriptions.ts';
import type { StreamProcessor } from '../streamProcessor.ts';

/** A route to an app: what it starts from. */
export interface AppRoute {
  /** Pulumi name that the subscription's name begins with. */
  name: string;
  parent: Resource;
  ingress: EventIngress;
  deadLetterAccountId: Input<string>;
}

/** Events that ask for a training run start the function `train`. */
export function addTrainingRoute(route: AppRoute, functions: StreamProcessor): void {
  addRoute({
    name: `${route.name}-training-to-functions`,
    parent: route.parent,
    subscription: 'training-to-functions',
    topicId: route.ingress.topicId,
    eventTypes: [EVENT_TYPES.trainingRequested],
    destination: {
      endpointType: 'AzureFunction',
      resourceId: interpolate`${functions.appId}/functions/${FUNCTIONS.train}`,
      maxEventsPerBatch: 1,
      preferredBatchSizeInKilobytes: 64,
    },
    identityId: route.ingress.topicIdentityId,
    deliverWithIdentity: false,
    deadLetterAccountId: route.deadLetterAccountId,
    dependsOn: [functions],
  });
}
