import { ResourceGroup } from '@pulumi/azure-native/resources/resourceGroup.js';
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import { EventIngress } from './eventIngress.ts';
import { InsightWorkflows } from './insightWorkflows.ts';
import { ModelRegistry } from './modelRegistry.ts';
import { Observability } from './observability.ts';
import { PackageStore } from './packageStore.ts';
import { ProfileStore } from './profileStore.ts';
import { ScoringApi } from './scoringApi.ts';
import { addIdentity } from './shared/identity.ts';
import { physicalName } from './shared/naming.ts';
import type { PackageLocationArgs } from './shared/packages.ts';
import { componentType, type MonitoredStampArgs, type StampArgs } from './shared/stamp.ts';
import { stampTags } from './shared/tags.ts';
import { apiSettings, functionSettings, workflowSettings, type BehaviourArgs } from './stack/appSettings.ts';
import { grantApiRoles, grantFunctionRoles, grantWorkflowRoles, type Stores } from './stack/grants.ts';
import { addTrainingRoute } from './stack/routes.ts';
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
  /** Who answers for the stamp, a tag. */
  owner: string;
  /** Who pays for the stamp, a tag. */
  costCenter: string;
  /** Folders of the built apps. */
  packages: AppPackagesArgs;
  /** Names in Azure that replace the computed ones, see `StampArgs`. @default none */
  names?: Record<string, string>;
  /** Whether the services are reachable over their public endpoints, see `StampArgs`. @default false */
  publicNetworkAccess?: boolean;
  /** Whether the Logic App has a content share, see `InsightWorkflowsArgs`. @default true */
  contentShare?: boolean;
}

/** What the apps are built on. */
interface Foundation {
  stamp: MonitoredStampArgs;
  stores: Stores;
  packages: PackageLocationArgs;
}

/**
 * The complete personalization stack of one tenant: everything that one stamp consists of, in one resource group.
 *
 * @example
 * new PersonalizationStack('acme', {
 *   tenant: 'acme', environment: 'prod', tier: 'standard', location: 'westeurope', secondaryLocation: 'northeurope',
 *   owner: 'platform-team', costCenter: '4711',
 *   packages: { functions: 'dist/functions', api: 'dist/api', workflows: 'dist/workflows' },
 * });
 */
export class PersonalizationStack extends ComponentResource {
  readonly resourceGroupName: Output<string>;
  /** Base URL of the HTTP API. */
  readonly apiUrl: Output<string>;
  readonly functionAppName: Output<string>;
  readonly workflowAppName: Output<string>;
  /** Host name of the Event Hubs namespace. */
  readonly eventHubsNamespace: Output<string>;
  /** Where business events are published. */
  readonly eventGridEndpoint: Output<string>;
  readonly cosmosEndpoint: Output<string>;
  /** Blob endpoint of the model registry. */
  readonly registryEndpoint: Output<string>;

  constructor(name: string, args: PersonalizationStackArgs, opts?: ComponentResourceOptions) {
    super(componentType('PersonalizationStack'), name, args, opts);
    const foundation = this.addFoundation(name, args);
    const { ingress, profiles, registry, resourceGroupName } = foundation.stores;
    const api = this.addApi(`${name}-api`, args, foundation);
    const functions = this.addFunctions(`${name}-functions`, args, foundation);
    const workflows = this.addWorkflows(`${name}-workflows`, args, foundation);

    addTrainingRoute({ name, parent: this, ingress, deadLetterAccountId: registry.accountId }, functions);

    this.resourceGroupName = resourceGroupName;
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

  /** The resource group, where telemetry goes, and the stores. */
  private addFoundation(name: string, args: PersonalizationStackArgs): Foundation {
    const { tenant, environment, tier, location, secondaryLocation, names, publicNetworkAccess } = args;
    const tags = stampTags(args);
    const opts = { parent: this };
    const group = new ResourceGroup(
      `${name}-group`,
      { resourceGroupName: physicalName('resourceGroup', args), location, tags },
      opts,
    );
    const resourceGroupName = group.name;
    const base: StampArgs = {
      resourceGroupName,
      location,
      tenant,
      environment,
      tier,
      tags,
      names,
      publicNetworkAccess,
    };
    const observability = new Observability(`${name}-observability`, base, opts);
    const stamp: MonitoredStampArgs = { ...base, workspaceId: observability.workspaceId };
    const registry = new ModelRegistry(`${name}-registry`, stamp, opts);
    const { accountName } = new PackageStore(`${name}-packages`, stamp, opts);
    const profiles = new ProfileStore(`${name}-profiles`, { ...stamp, secondaryLocation }, opts);
    const ingress = new EventIngress(
      `${name}-ingress`,
      {
        ...stamp,
        deadLetterAccountId: registry.accountId,
        deadLetterContainerId: registry.gridDeadLetterContainerId,
      },
      opts,
    );
    return {
      stamp,
      stores: { ingress, profiles, registry, observability, resourceGroupName },
      packages: { accountName, resourceGroupName },
    };
  }

  private addApi(name: string, args: PersonalizationStackArgs, { stamp, stores, packages }: Foundation): ScoringApi {
    const identity = addIdentity(name, this, 'apiIdentity', stamp);
    grantApiRoles({ name, parent: this, principalId: identity.principalId }, stores);
    const appSettings = apiSettings({ stores, tenant: args.tenant, identity, behaviour: args });
    return new ScoringApi(
      name,
      { ...stamp, identity, appSettings, packages, packageFolder: args.packages.api },
      { parent: this },
    );
  }

  private addFunctions(
    name: string,
    args: PersonalizationStackArgs,
    { stamp, stores, packages }: Foundation,
  ): StreamProcessor {
    const identity = addIdentity(name, this, 'functionIdentity', stamp);
    grantFunctionRoles({ name, parent: this, principalId: identity.principalId }, stores);
    const appSettings = functionSettings({ stores, tenant: args.tenant, identity, behaviour: args });
    return new StreamProcessor(
      name,
      { ...stamp, identity, appSettings, packages, packageFolder: args.packages.functions },
      { parent: this },
    );
  }

  private addWorkflows(
    name: string,
    args: PersonalizationStackArgs,
    { stamp, stores, packages }: Foundation,
  ): InsightWorkflows {
    const { directoryId, ...identity } = addIdentity(name, this, 'workflowIdentity', stamp);
    grantWorkflowRoles({ name, parent: this, principalId: identity.principalId }, stores);
    const appSettings = workflowSettings({ stores, tenant: args.tenant, identity, behaviour: args });
    return new InsightWorkflows(
      name,
      {
        ...stamp,
        identity,
        directoryId,
        appSettings,
        packages,
        packageFolder: args.packages.workflows,
        contentShare: args.contentShare,
      },
      { parent: this },
    );
  }
}
