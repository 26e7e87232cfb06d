import { AppServicePlan } from '@pulumi/azure-native/web/appServicePlan.js';
import { WebApp } from '@pulumi/azure-native/web/webApp.js';
import { WebAppFtpAllowedSlot } from '@pulumi/azure-native/web/webAppFtpAllowedSlot.js';
import { WebAppScmAllowedSlot } from '@pulumi/azure-native/web/webAppScmAllowedSlot.js';
import { WebAppSlot } from '@pulumi/azure-native/web/webAppSlot.js';
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import { addDiagnostics } from './shared/diagnostics.ts';
import { physicalName } from './shared/naming.ts';
import { addPackage, runFromPackage, type PackagedAppArgs, type UploadedPackage } from './shared/packages.ts';
import { guardSite, secureSite } from './shared/sites.ts';
import { componentType } from './shared/stamp.ts';
import { tierOf } from './shared/tiers.ts';

/** Arguments of `ScoringApi`. */
export interface ScoringApiArgs extends PackagedAppArgs {
  /** Command that starts the API in that folder. @default node main.mjs */
  startupCommand?: string;
  /** Instances of the plan, at least 1. @default by tier */
  instances?: number;
}

const SLOT = 'staging';

/**
 * The HTTP API on App Service for Linux with Node 24: plan, web app and the slot `staging` with the same settings. The app
 * runs from its package in the package store, which it reads with its identity; an instance serves when
 * `/health/ready` answers.
 */
export class ScoringApi extends ComponentResource {
  readonly appId: Output<string>;
  readonly appName: Output<string>;
  /** `https://<app>.azurewebsites.net`. */
  readonly url: Output<string>;

  constructor(name: string, args: ScoringApiArgs, opts?: ComponentResourceOptions) {
    super(componentType('ScoringApi'), name, args, opts);
    const uploaded = addPackage({
      name,
      parent: this,
      store: args.packages,
      app: 'api',
      folder: args.packageFolder,
      identity: args.identity,
      role: 'storageBlobDataReader',
    });
    const plan = this.addPlan(name, args);
    const site = siteArgs(args, plan, uploaded);
    const dependsOn = uploaded.dependencies;
    const app = new WebApp(name, site, { parent: this, dependsOn });
    const { resourceGroupName } = args;
    guardSite(name, this, app, args);
    const slot = new WebAppSlot(
      `${name}-${SLOT}`,
      { ...site, name: app.name, slot: SLOT },
      { parent: this, dependsOn },
    );
    const closed = { name: app.name, slot: SLOT, resourceGroupName, allow: false };
    new WebAppFtpAllowedSlot(`${name}-${SLOT}-ftp-publishing`, closed, { parent: this, dependsOn: slot });
    new WebAppScmAllowedSlot(`${name}-${SLOT}-scm-publishing`, closed, { parent: this, dependsOn: slot });
    addDiagnostics(args.workspaceId, { name: `${name}-${SLOT}`, parent: this, resourceUri: slot.id });

    this.appId = app.id;
    this.appName = app.name;
    this.url = app.defaultHostName.apply((host) => `https://${host}`);
    this.registerOutputs({ appId: this.appId, appName: this.appName, url: this.url });
  }

  private addPlan(name: string, args: ScoringApiArgs): AppServicePlan {
    const { name: size, tier, instances, zoneRedundant } = tierOf(args.tier).api;
    return new AppServicePlan(
      `${name}-plan`,
      {
        name: physicalName('apiPlan', args),
        resourceGroupName: args.resourceGroupName,
        location: args.location,
        tags: args.tags,
        kind: 'linux',
        reserved: true,
        sku: { name: size, tier, capacity: args.instances ?? instances },
        zoneRedundant,
      },
      { parent: this },
    );
  }
}

function siteArgs(args: ScoringApiArgs, plan: AppServicePlan, uploaded: UploadedPackage) {
  const { identity } = args;
  return {
    ...secureSite({
      stamp: args,
      identity,
      settings: {
        ...args.appSettings,
        ...runFromPackage(uploaded, identity),
      },
      siteConfig: {
        linuxFxVersion: 'NODE|24-lts',
        appCommandLine: args.startupCommand ?? 'node main.mjs',
        alwaysOn: true,
        healthCheckPath: '/health/ready',
        numberOfWorkers: args.instances ?? tierOf(args.tier).api.instances,
      },
    }),
    name: physicalName('apiApp', args),
    kind: 'app,linux',
    reserved: true,
    serverFarmId: plan.id,
  };
}
