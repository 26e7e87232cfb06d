import type { StorageAccount } from '@pulumi/azure-native/storage/storageAccount.js';
import { AppServicePlan } from '@pulumi/azure-native/web/appServicePlan.js';
import { WebApp } from '@pulumi/azure-native/web/webApp.js';
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from '@pulumi/pulumi';
import { addContentShare, type ContentShareResult } from './shared/contentShare.ts';
import { addDiagnostics } from './shared/diagnostics.ts';
import { physicalName } from './shared/naming.ts';
import { addPackage, type PackageLocationArgs } from './shared/packages.ts';
import { grantRole } from './shared/roles.ts';
import type { AppSettings } from './shared/settings.ts';
import { denyPublishingCredentials, secureSite } from './shared/sites.ts';
import { componentType, type AppIdentityArgs, type MonitoredStampArgs } from './shared/stamp.ts';
import { addStorageAccount } from './shared/storage.ts';
import { tierOf } from './shared/tiers.ts';

/** Arguments of `InsightWorkflows`. */
export interface InsightWorkflowsArgs extends MonitoredStampArgs {
  /** Identity that the app runs as. */
  identity: AppIdentityArgs;
  /** Microsoft Entra tenant of the identity. */
  directoryId: Input<string>;
  /** App settings beyond those of the host. */
  appSettings: Record<string, Input<string>>;
  /** Where the deployment package and the content share go. */
  packages: PackageLocationArgs;
  /** Folder of the Logic Apps project. */
  packageFolder: string;
  /**
   * Whether the content lies in an Azure Files share, which a workflow plan on Azure needs and which needs a storage key
   * (`shared/contentShare.ts`). False in an App Service Environment and away from Azure. @default true
   */
  contentShare?: boolean;
}

/** Logic Apps Standard is a function app with the workflow extension. */
const HOST_SETTINGS = {
  APP_KIND: 'workflowApp',
  FUNCTIONS_EXTENSION_VERSION: '~4',
  FUNCTIONS_WORKER_RUNTIME: 'dotnet',
  FUNCTIONS_INPROC_NET8_ENABLED: '1',
  AzureFunctionsJobHost__extensionBundle__id: 'Microsoft.Azure.Functions.ExtensionBundle.Workflows',
  AzureFunctionsJobHost__extensionBundle__version: '[1.*, 2.0.0)',
} as const;

/**
 * Logic Apps Standard: a workflow plan, the app with the project's workflows, its host storage without keys. The content
 * share is the stamp's one exception from "no keys", see `PackageStore`.
 */
export class InsightWorkflows extends ComponentResource {
  readonly appId: Output<string>;
  readonly appName: Output<string>;
  readonly defaultHostName: Output<string>;

  constructor(name: string, args: InsightWorkflowsArgs, opts?: ComponentResourceOptions) {
    super(componentType('InsightWorkflows'), name, args, opts);
    const storage = addStorageAccount({
      name: `${name}-host`,
      parent: this,
      kind: 'workflowStorage',
      stamp: args,
      sku: tierOf(args.tier).storage.hostSku,
      usage: 'azure-functions',
    });
    const hostRoles = this.addHostRoles(name, storage, args);
    const uploaded = addPackage({
      name,
      parent: this,
      store: args.packages,
      app: 'workflows',
      folder: args.packageFolder,
      identity: args.identity,
      role: 'storageBlobDataReader',
    });
    const content = this.addContent(name, args);
    const settings = {
      ...args.appSettings,
      ...HOST_SETTINGS,
      ...hostStorageSettings(storage, args.identity),
      ...content.settings,
      WEBSITE_RUN_FROM_PACKAGE: uploaded.url,
      WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID: args.identity.id,
    };
    const dependsOn = [...hostRoles, ...uploaded.dependencies, ...content.dependencies];
    const app = this.addApp(name, args, settings, dependsOn);
    denyPublishingCredentials(name, this, { name: app.name, resourceGroupName: args.resourceGroupName });
    addDiagnostics(args.workspaceId, { name, parent: this, resourceUri: app.id });

    this.appId = app.id;
    this.appName = app.name;
    this.defaultHostName = app.defaultHostName;
    this.registerOutputs({ appId: this.appId, appName: this.appName, defaultHostName: this.defaultHostName });
  }

  /** The workflow runtime keeps its runs in blobs, queues and tables. */
  private addHostRoles(name: string, storage: StorageAccount, { identity }: InsightWorkflowsArgs) {
    const grant = { parent: this, principalId: identity.principalId, scope: storage.id };
    return [
      grantRole({ ...grant, name: `${name}-host-blobs`, role: 'storageBlobDataOwner' }),
      grantRole({ ...grant, name: `${name}-host-queues`, role: 'storageQueueDataContributor' }),
      grantRole({ ...grant, name: `${name}-host-tables`, role: 'storageTableDataContributor' }),
    ];
  }

  private addContent(name: string, args: InsightWorkflowsArgs): ContentShareResult {
    if (args.contentShare === false) return { settings: {}, dependencies: [] };
    return addContentShare({
      name,
      parent: this,
      stamp: args,
      identity: args.identity,
      directoryId: args.directoryId,
      store: args.packages,
      share: physicalName('workflowApp', args).toLowerCase(),
    });
  }

  private addApp(name: string, args: InsightWorkflowsArgs, settings: AppSettings, dependsOn: Resource[]): WebApp {
    const size = tierOf(args.tier).workflows;
    const plan = new AppServicePlan(
      `${name}-plan`,
      {
        name: physicalName('workflowPlan', args),
        resourceGroupName: args.resourceGroupName,
        location: args.location,
        tags: args.tags,
        kind: 'elastic',
        sku: { name: size.name, tier: size.tier, capacity: size.instances },
        elasticScaleEnabled: true,
        maximumElasticWorkerCount: size.maximumInstances,
        zoneRedundant: size.zoneRedundant,
      },
      { parent: this },
    );
    return new WebApp(
      name,
      {
        ...secureSite({
          stamp: args,
          identity: args.identity,
          settings,
          siteConfig: { use32BitWorkerProcess: false, netFrameworkVersion: 'v8.0' },
        }),
        name: physicalName('workflowApp', args),
        kind: 'functionapp,workflowapp',
        serverFarmId: plan.id,
      },
      { parent: this, dependsOn },
    );
  }
}

/** The workflow extension's own form of an identity-based host storage. */
function hostStorageSettings({ primaryEndpoints }: StorageAccount, identity: AppIdentityArgs): AppSettings {
  return {
    AzureWebJobsStorage__blobServiceUri: primaryEndpoints.blob,
    AzureWebJobsStorage__queueServiceUri: primaryEndpoints.queue,
    AzureWebJobsStorage__tableServiceUri: primaryEndpoints.table,
    AzureWebJobsStorage__credential: 'managedIdentity',
    AzureWebJobsStorage__managedIdentityResourceId: identity.id,
  };
}
