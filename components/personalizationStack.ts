import { UserAssignedIdentity } from '@pulumi/azure-native/managedidentity/userAssignedIdentity.js';
import { ResourceGroup } from '@pulumi/azure-native/resources/resourceGroup.js';
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import { EventIngress } from './eventIngress.ts';
import { InsightWorkflows, type TriggerAuthorizationArgs } from './insightWorkflows.ts';
import { ModelRegistry } from './modelRegistry.ts';
import { Observability } from './observability.ts';
import { PackageStore } from './packageStore.ts';
import { ProfileStore } from './profileStore.ts';
import { ScoringApi } from './scoringApi.ts';
import { resourceName, type NameKind } from './shared/naming.ts';
import { componentType, type StampArgs } from './shared/stamp.ts';
import { stampTags } from './shared/tags.ts';
import { apiSettings, functionSettings, workflowSettings, type BehaviourArgs } from './stack/appSettings.ts';
import { grantApiRoles, grantFunctionRoles, grantWorkflowRoles, type Stores } from './stack/grants.ts';
import { addRecommendationRoute, addTrainingRoute } from './stack/routes.ts';
import { StreamProcessor } from './streamProcessor.ts';

/** Folders of the built apps. */
export interface AppPackagesArgs {
  functions: string;
  api: string;
  workflows: string;
}

/** Arguments of `PersonalizationStack`. */
export interface PersonalizationStackArgs extends BehaviourArgs {
  /** Tenant that the stamp serves: 1 to 40 lower-case letters, digits and single hyphens. */
  tenant: string;
  /** Environment, for example `dev`: up to 10 lower-case letters and digits. */
  environment: string;
  /** `dev`, `standard` or `premium`. */
  tier: string;
  /** Azure region by its short name, for example `westeurope`. */
  location: string;
  /** Region of the second copy of the profiles. Required by tiers standard and premium. */
  secondaryLocation?: string;
  /** Who answers for the stamp. */
  owner: string;
  costCenter: string;
  packages: AppPackagesArgs;
  /** Whether the services are reachable over their public endpoints, see `StampArgs`. @default false */
  publicNetworkAccess?: boolean;
  /** See `InsightWorkflowsArgs`. @default true */
  contentShare?: boolean;
  /**
   * Whether issued recommendations start the workflow. The subscription is made when the workflow can answer Event Grid's
   * handshake, which on Azure needs `triggerAuthorization` and the deployed workflow. @default false
   */
  recommendationDelivery?: boolean;
  /** The Entra application that Event Grid gets its tokens for when it starts the workflow. @default no token is sent */
  triggerAuthorization?: TriggerAuthorizationArgs;
}

/** The complete personalization stack of one tenant: everything that one stamp consists of, in one resource group. */
export class PersonalizationStack extends ComponentResource {
  readonly resourceGroupName: Output<string>;
  readonly apiUrl: Output<string>;
  readonly functionAppName: Output<string>;
  readonly workflowAppName: Output<string>;
  readonly eventHubsNamespace: Output<string>;
  readonly eventGridEndpoint: Output<string>;
  readonly cosmosEndpoint: Output<string>;
  readonly registryEndpoint: Output<string>;

  constructor(name: string, args: PersonalizationStackArgs, opts?: ComponentResourceOptions) {
    super(componentType('PersonalizationStack'), name, args, opts);
    const { tenant, environment, tier, location, publicNetworkAccess } = args;
    const parent = this;
    const tags = stampTags(args);
    const group = new ResourceGroup(
      `${name}-group`,
      { resourceGroupName: resourceName('resourceGroup', tenant, environment, location), location, tags },
      { parent },
    );
    const resourceGroupName = group.name;
    const base = { resourceGroupName, location, tenant, environment, tier, tags, publicNetworkAccess };

    const observability = new Observability(`${name}-observability`, base, { parent });
    const stamp: StampArgs = { ...base, workspaceId: observability.workspaceId };
    const registry = new ModelRegistry(`${name}-registry`, stamp, { parent });
    const packageStore = new PackageStore(`${name}-packages`, stamp, { parent });
    const profiles = new ProfileStore(
      `${name}-profiles`,
      { ...stamp, secondaryLocation: args.secondaryLocation },
      { parent },
    );
    const ingress = new EventIngress(
      `${name}-ingress`,
      {
        ...stamp,
        deadLetterAccountId: registry.accountId,
        deadLetterContainerId: registry.gridDeadLetterContainerId,
      },
      { parent },
    );
    const stores: Stores = { ingress, profiles, registry, observability, resourceGroupName };
    const packages = { accountName: packageStore.accountName, resourceGroupName };
    const source = { stores, tenant, behaviour: args };

    const apiIdentity = this.addIdentity(`${name}-api`, 'apiIdentity', stamp);
    grantApiRoles({ name: `${name}-api`, parent, principalId: apiIdentity.principalId }, stores);
    const api = new ScoringApi(
      `${name}-api`,
      {
        ...stamp,
        identity: apiIdentity,
        appSettings: apiSettings({ ...source, clientId: apiIdentity.clientId }),
        packages,
        packageFolder: args.packages.api,
      },
      { parent },
    );

    const functionIdentity = this.addIdentity(`${name}-functions`, 'functionIdentity', stamp);
    grantFunctionRoles({ name: `${name}-functions`, parent, principalId: functionIdentity.principalId }, stores);
    const functions = new StreamProcessor(
      `${name}-functions`,
      {
        ...stamp,
        identity: functionIdentity,
        appSettings: functionSettings({ ...source, clientId: functionIdentity.clientId }),
        packages,
        packageFolder: args.packages.functions,
      },
      { parent },
    );

    const workflowIdentity = this.addIdentity(`${name}-workflows`, 'workflowIdentity', stamp);
    grantWorkflowRoles({ name: `${name}-workflows`, parent, principalId: workflowIdentity.principalId }, stores);
    const workflows = new InsightWorkflows(
      `${name}-workflows`,
      {
        ...stamp,
        identity: workflowIdentity,
        directoryId: workflowIdentity.tenantId,
        appSettings: workflowSettings({ ...source, clientId: workflowIdentity.clientId }),
        packages,
        packageFolder: args.packages.workflows,
        contentShare: args.contentShare,
        triggerAuthorization: args.triggerAuthorization,
      },
      { parent },
    );

    const route = { name, parent, ingress, deadLetterAccountId: registry.accountId };
    addTrainingRoute(route, functions);
    if (args.recommendationDelivery) addRecommendationRoute(route, workflows, args.triggerAuthorization);

    this.resourceGroupName = group.name;
    this.apiUrl = api.url;
    this.functionAppName = functions.appName;
    this.workflowAppName = workflows.appName;
    this.eventHubsNamespace = ingress.fullyQualifiedNamespace;
    this.eventGridEndpoint = ingress.topicEndpoint;
    this.cosmosEndpoint = profiles.endpoint;
    this.registryEndpoint = registry.blobEndpoint;
    this.registerOutputs({
      resourceGroupName: this.resourceGroupName,
      apiUrl: this.apiUrl,
      functionAppName: this.functionAppName,
      workflowAppName: this.workflowAppName,
      eventHubsNamespace: this.eventHubsNamespace,
      eventGridEndpoint: this.eventGridEndpoint,
      cosmosEndpoint: this.cosmosEndpoint,
      registryEndpoint: this.registryEndpoint,
    });
  }

  /** The identity that one app runs as. */
  private addIdentity(name: string, kind: NameKind, stamp: StampArgs): UserAssignedIdentity {
    return new UserAssignedIdentity(
      `${name}-identity`,
      {
        resourceName: resourceName(kind, stamp.tenant, stamp.environment, stamp.location),
        resourceGroupName: stamp.resourceGroupName,
        location: stamp.location,
        tags: stamp.tags,
      },
      { parent: this },
    );
  }
}
