import type { Input, Output, Resource } from '@pulumi/pulumi';
import { CONTAINERS } from '../../runtime/contracts/names.ts';
import type { EventIngress } from '../eventIngress.ts';
import type { ModelRegistry } from '../modelRegistry.ts';
import type { Observability } from '../observability.ts';
import type { ProfileStore } from '../profileStore.ts';
import { grantCosmosRole, grantRole, type CosmosRoleName, type RoleName } from '../shared/roles.ts';

/** What the apps of a stamp work on. */
export interface Stores {
  ingress: EventIngress;
  profiles: ProfileStore;
  registry: ModelRegistry;
  observability: Observability;
  resourceGroupName: Output<string>;
}

/** An app that gets roles. */
export interface Grantee {
  /** Pulumi name that the assignments' names begin with. */
  name: string;
  parent: Resource;
  principalId: Input<string>;
}

/** The API takes events in, keeps the catalogue, reads profiles and models, and announces what it recommended. */
export function grantApiRoles(api: Grantee, stores: Stores): void {
  const { ingress, registry } = stores;
  grant(api, 'sends-interactions', 'eventHubsDataSender', ingress.interactionsHubId);
  grant(api, 'sends-decisions', 'eventHubsDataSender', ingress.decisionsHubId);
  grant(api, 'publishes-events', 'eventGridDataSender', ingress.topicId);
  grant(api, 'reads-models', 'storageBlobDataReader', registry.modelsContainerId);
  grant(api, 'reads-learner', 'storageBlobDataReader', registry.learnerContainerId);
  grantContainer(api, 'dataContributor', 'items', stores);
  grantContainer(api, 'dataReader', 'profiles', stores);
  grantContainer(api, 'dataReader', 'signals', stores);
  grantTelemetry(api, stores);
}

/** The functions apply interactions, follow the change feed, learn, train and publish models. */
export function grantFunctionRoles(functions: Grantee, stores: Stores): void {
  const { ingress, registry } = stores;
  grant(functions, 'receives-interactions', 'eventHubsDataReceiver', ingress.interactionsHubId);
  grant(functions, 'publishes-events', 'eventGridDataSender', ingress.topicId);
  grant(functions, 'writes-models', 'storageBlobDataContributor', registry.modelsContainerId);
  grant(functions, 'writes-learner', 'storageBlobDataContributor', registry.learnerContainerId);
  grant(functions, 'writes-dead-letters', 'storageBlobDataContributor', registry.deadLetterContainerId);
  grantContainer(functions, 'dataContributor', 'profiles', stores);
  grantContainer(functions, 'dataContributor', 'signals', stores);
  grantContainer(functions, 'dataContributor', 'leases', stores);
  grantTelemetry(functions, stores);
}

/** The workflows act on announcements, write to profiles and ask for training runs. */
export function grantWorkflowRoles(workflows: Grantee, stores: Stores): void {
  const { ingress } = stores;
  grant(workflows, 'receives-announcements', 'eventHubsDataReceiver', ingress.announcementsHubId);
  grant(workflows, 'publishes-events', 'eventGridDataSender', ingress.topicId);
  grantContainer(workflows, 'dataContributor', 'profiles', stores);
  grantTelemetry(workflows, stores);
}

function grant({ name, parent, principalId }: Grantee, purpose: string, role: RoleName, scope: Input<string>): void {
  grantRole({ name: `${name}-${purpose}`, parent, principalId, role, scope });
}

function grantTelemetry(app: Grantee, { observability }: Stores): void {
  grant(app, 'sends-telemetry', 'monitoringMetricsPublisher', observability.applicationInsightsId);
}

function grantContainer(
  { name, parent, principalId }: Grantee,
  role: CosmosRoleName,
  container: keyof typeof CONTAINERS,
  { profiles, resourceGroupName }: Stores,
): void {
  const verb = role === 'dataReader' ? 'reads' : 'writes';
  grantCosmosRole({
    name: `${name}-${verb}-${container}`,
    parent,
    principalId,
    role,
    account: { id: profiles.accountId, name: profiles.accountName, resourceGroupName },
    database: profiles.databaseName,
    container: CONTAINERS[container].name,
  });
}
