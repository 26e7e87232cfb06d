import type { StorageAccount } from '@pulumi/azure-native/storage/storageAccount.js';
import { AppServicePlan } from '@pulumi/azure-native/web/appServicePlan.js';
import { WebApp } from '@pulumi/azure-native/web/webApp.js';
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import { CONNECTIONS } from '../runtime/contracts/settings.ts';
import { addDiagnostics } from './shared/diagnostics.ts';
import { physicalName } from './shared/naming.ts';
import { addPackage, type PackageLocationArgs, type UploadedPackage } from './shared/packages.ts';
import { grantRole } from './shared/roles.ts';
import { identityConnection } from './shared/settings.ts';
import { denyPublishingCredentials, secureSite } from './shared/sites.ts';
import { componentType, type AppIdentityArgs, type MonitoredStampArgs } from './shared/stamp.ts';
import { addStorageAccount } from './shared/storage.ts';
import { tierOf } from './shared/tiers.ts';

/** Arguments of `StreamProcessor`. */
export interface StreamProcessorArgs extends MonitoredStampArgs {
  /** Identity that the app runs as. */
  identity: AppIdentityArgs;
  /** App settings beyond those of the host. */
  appSettings: Record<string, Input<string>>;
  /** Where the deployment package goes. */
  packages: PackageLocationArgs;
  /** Folder of the built function app. */
  packageFolder: string;
  /** Most instances that the app grows to, 1 to 1000. @default by tier */
  maximumInstances?: number;
}

/** Flex Consumption runs the blob of this name; it has no other way to say which one. */
const FLEX_PACKAGE = 'released-package.zip';

/** Name of the function that a Flex app keeps warm: the one that events wait for. */
const INGEST_FUNCTION = 'function:ingest';

/**
 * Azure Functions on a Flex Consumption plan with Node 24, its host storage without keys, its package in the package
 * store. The identity gets what the host itself needs; roles on the data are assigned by who composes the stamp.
 */
export class StreamProcessor extends ComponentResource {
  readonly appId: Output<string>;
  readonly appName: Output<string>;
  readonly defaultHostName: Output<string>;

  constructor(name: string, args: StreamProcessorArgs, opts?: ComponentResourceOptions) {
    super(componentType('StreamProcessor'), name, args, opts);
    const storage = addStorageAccount({
      name: `${name}-host`,
      parent: this,
      kind: 'functionStorage',
      stamp: args,
      sku: tierOf(args.tier).storage.hostSku,
      usage: 'azure-functions',
    });
    const hostRoles = this.addHostRoles(name, storage, args);
    const uploaded = addPackage({
      name,
      parent: this,
      store: args.packages,
      app: 'functions',
      folder: args.packageFolder,
      fixedName: FLEX_PACKAGE,
      identity: args.identity,
      role: 'storageBlobDataContributor',
    });
    const app = this.addApp(name, { args, storage, uploaded, dependsOn: [...hostRoles, ...uploaded.dependencies] });
    denyPublishingCredentials(name, this, { name: app.name, resourceGroupName: args.resourceGroupName });
    addDiagnostics(args.workspaceId, { name, parent: this, resourceUri: app.id });

    this.appId = app.id;
    this.appName = app.name;
    this.defaultHostName = app.defaultHostName;
    this.registerOutputs({ appId: this.appId, appName: this.appName, defaultHostName: this.defaultHostName });
  }

  /** The host keeps locks, keys and checkpoints in blobs and its diagnostic events in a table. */
  private addHostRoles(name: string, storage: StorageAccount, { identity }: StreamProcessorArgs) {
    const grant = { parent: this, principalId: identity.principalId, scope: storage.id };
    return [
      grantRole({ ...grant, name: `${name}-host-blobs`, role: 'storageBlobDataOwner' }),
      grantRole({ ...grant, name: `${name}-host-tables`, role: 'storageTableDataContributor' }),
    ];
  }

  private addApp(name: string, { args, storage, uploaded, dependsOn }: AppParts): WebApp {
    const { location, resourceGroupName, identity } = args;
    const size = tierOf(args.tier).functions;
    const plan = new AppServicePlan(
      `${name}-plan`,
      {
        name: physicalName('functionPlan', args),
        resourceGroupName,
        location,
        tags: args.tags,
        kind: 'functionapp',
        reserved: true,
        sku: { name: 'FC1', tier: 'FlexConsumption' },
        zoneRedundant: size.zoneRedundant,
      },
      { parent: this },
    );
    return new WebApp(
      name,
      {
        ...secureSite({
          stamp: args,
          identity,
          settings: {
            ...args.appSettings,
            ...identityConnection(CONNECTIONS.hostStorage, storage.name, identity.clientId),
            // Flex looks for a new package when its settings change, not when the blob does.
            PACKAGE_VERSION: uploaded.version,
          },
        }),
        name: physicalName('functionApp', args),
        kind: 'functionapp,linux',
        reserved: true,
        serverFarmId: plan.id,
        functionAppConfig: {
          deployment: {
            storage: {
              type: 'blobContainer',
              value: uploaded.containerUrl,
              authentication: {
                type: 'UserAssignedIdentity',
                userAssignedIdentityResourceId: identity.id,
              },
            },
          },
          runtime: { name: 'node', version: '24' },
          scaleAndConcurrency: {
            instanceMemoryMB: size.instanceMemoryMB,
            maximumInstanceCount: args.maximumInstances ?? size.maximumInstances,
            alwaysReady: size.alwaysReady > 0 ? [{ name: INGEST_FUNCTION, instanceCount: size.alwaysReady }] : [],
          },
        },
      },
      { parent: this, dependsOn },
    );
  }
}

interface AppParts {
  args: StreamProcessorArgs;
  storage: StorageAccount;
  uploaded: UploadedPackage;
  dependsOn: UploadedPackage['dependencies'];
}
