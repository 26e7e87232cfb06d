import { interpolate, type Input, type Resource } from '@pulumi/pulumi';
import { EVENT_TYPES } from '../../runtime/contracts/names.ts';
import type { EventIngress } from '../eventIngress.ts';
import type { InsightWorkflows, TriggerAuthorizationArgs } from '../insightWorkflows.ts';
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

/** Version of the workflow runtime's trigger API. */
const TRIGGER_API_VERSION = '2022-05-01';

/** Events that ask for a training run start the function `train`. */
export function addTrainingRoute(route: AppRoute, functions: StreamProcessor): void {
  addRoute({
    ...common(route, 'training-to-functions'),
    eventTypes: [EVENT_TYPES.trainingRequested],
    destination: {
      endpointType: 'AzureFunction',
      resourceId: interpolate`${functions.appId}/functions/train`,
      maxEventsPerBatch: 1,
      preferredBatchSizeInKilobytes: 64,
    },
    dependsOn: [functions],
  });
}

/**
 * Recommendations for outbound channels start the workflow `on-recommendation-issued` through its request trigger. Before
 * the first event Event Grid greets the endpoint (CloudEvents webhooks, abuse protection) and refuses the subscription
 * when no answer comes.
 */
export function addRecommendationRoute(
  route: AppRoute,
  workflows: InsightWorkflows,
  authorization?: TriggerAuthorizationArgs,
): void {
  const trigger = 'api/on-recommendation-issued/triggers/manual/invoke';
  addRoute({
    ...common(route, 'recommendations-to-workflows'),
    eventTypes: [EVENT_TYPES.recommendationIssued],
    destination: {
      endpointType: 'WebHook',
      endpointUrl: interpolate`https://${workflows.defaultHostName}/${trigger}?api-version=${TRIGGER_API_VERSION}`,
      maxEventsPerBatch: 1,
      preferredBatchSizeInKilobytes: 64,
      minimumTlsVersionAllowed: '1.2',
      azureActiveDirectoryTenantId: authorization?.directoryId,
      azureActiveDirectoryApplicationIdOrUri: authorization?.applicationId,
    },
    dependsOn: [workflows],
  });
}

function common({ name, parent, ingress, deadLetterAccountId }: AppRoute, subscription: string) {
  return {
    name: `${name}-${subscription}`,
    parent,
    subscription,
    topicId: ingress.topicId,
    identityId: ingress.topicIdentityId,
    deliverWithIdentity: false,
    deadLetterAccountId,
  };
}
