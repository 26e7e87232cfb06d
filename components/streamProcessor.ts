import type { StorageAccount } from '@pulumi/azure-native/storage/storageAccount.js';
import { AppServicePlan } from '@pulumi/azure-native/web/appServicePlan.js';
import { WebApp } from '@pulumi/azure-native/web/webApp.js';
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import { FUNCTIONS } from '../runtime/contracts/names.ts';
import { CONNECTIONS } from '../runtime/contracts/settings.ts';
import { addHostStorage } from './shared/hostStorage.ts';
import { physicalName } from './shared/naming.ts';
import { addPackage, type PackagedAppArgs, type UploadedPackage } from './shared/packages.ts';
import { identityConnection } from './shared/settings.ts';
import { guardSite, secureSite } from './shared/sites.ts';
import { componentType } from './shared/stamp.ts';
import { tierOf } from './shared/tiers.ts';

/** Arguments of `StreamProcessor`. */
export interface StreamProcessorArgs extends PackagedAppArgs {
  /** Most instances that the app grows to, 1 to 1000. @default by tier */
  maximumInstances?: number;
}

/** Flex Consumption runs the blob of this name; it has no other way to say which one. */
const FLEX_PACKAGE = 'released-package.zip';

/** What a Flex app keeps warm: the function that events wait for. */
const ALWAYS_READY = `function:${FUNCTIONS.ingest}`;

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
    // The host keeps locks, keys and checkpoints in blobs and its diagnostic events in a table.
    const host = addHostStorage({
      name,
      parent: this,
      kind: 'functionStorage',
      stamp: args,
      identity: args.identity,
      services: ['blobs', 'tables'],
    });
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
    const dependsOn = [...host.dependencies, ...uploaded.dependencies];
    const app = this.addApp(name, { args, storage: host.storage, uploaded, dependsOn });
    guardSite(name, this, app, args);

    this.appId = app.id;
    this.appName = app.name;
    this.defaultHostName = app.defaultHostName;
    this.registerOutputs({ appId: this.appId, appName: this.appName, defaultHostName: this.defaultHostName });
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
            alwaysReady: size.alwaysReady > 0 ? [{ name: ALWAYS_READY, instanceCount: size.alwaysReady }] : [],
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
