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
import { addHostStorage } from './shared/hostStorage.ts';
import { physicalName } from './shared/naming.ts';
import { addPackage, runFromPackage, type PackagedAppArgs } from './shared/packages.ts';
import type { AppSettings } from './shared/settings.ts';
import { guardSite, secureSite } from './shared/sites.ts';
import { componentType, type AppIdentityArgs } from './shared/stamp.ts';
import { tierOf } from './shared/tiers.ts';

/** Arguments of `InsightWorkflows`. */
export interface InsightWorkflowsArgs extends PackagedAppArgs {
  /** Microsoft Entra tenant of the identity. */
  directoryId: Input<string>;
  /**
   * Whether the content lies in an Azure Files share of the package store, which a workflow plan on Azure needs and which needs a storage key
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
    // The workflow runtime keeps its runs in blobs, queues and tables.
    const host = addHostStorage({
      name,
      parent: this,
      kind: 'workflowStorage',
      stamp: args,
      identity: args.identity,
      services: ['blobs', 'queues', 'tables'],
    });
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
      ...hostStorageSettings(host.storage, args.identity),
      ...content.settings,
      ...runFromPackage(uploaded, args.identity),
    };
    const dependsOn = [...host.dependencies, ...uploaded.dependencies, ...content.dependencies];
    const app = this.addApp(name, args, settings, dependsOn);
    guardSite(name, this, app, args);

    this.appId = app.id;
    this.appName = app.name;
    this.defaultHostName = app.defaultHostName;
    this.registerOutputs({ appId: this.appId, appName: this.appName, defaultHostName: this.defaultHostName });
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
