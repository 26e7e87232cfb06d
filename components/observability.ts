import { Component } from '@pulumi/azure-native/applicationinsights/component.js';
import { Workspace } from '@pulumi/azure-native/operationalinsights/workspace.js';
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import { addDiagnostics } from './shared/diagnostics.ts';
import { physicalName } from './shared/naming.ts';
import { componentType, type StampArgs } from './shared/stamp.ts';
import { tierOf } from './shared/tiers.ts';

/** Arguments of `Observability`. */
export interface ObservabilityArgs extends StampArgs {
  /** Gigabytes per day after which the workspace takes no more, -1 for no cap. @default by tier */
  dailyQuotaGb?: number;
}

/**
 * One Log Analytics workspace and one Application Insights resource in it, both for Entra callers alone.
 *
 * Telemetry goes in and is read over the public endpoint also where `publicNetworkAccess` is false: closing it needs an
 * Azure Monitor private link scope, which belongs to the network of a stamp.
 */
export class Observability extends ComponentResource {
  /** Id of the workspace, for the diagnostic settings of other components. */
  readonly workspaceId: Output<string>;
  /** Id of the Application Insights resource, the scope of the role that lets an app send telemetry. */
  readonly applicationInsightsId: Output<string>;
  /** Where telemetry goes. No secret: local authentication is off. */
  readonly connectionString: Output<string>;

  constructor(name: string, args: ObservabilityArgs, opts?: ComponentResourceOptions) {
    super(componentType('Observability'), name, args, opts);
    const workspace = this.addWorkspace(name, args);
    const insights = this.addApplicationInsights(name, workspace, args);
    addDiagnostics(workspace.id, { name, parent: this, resourceUri: workspace.id });

    this.workspaceId = workspace.id;
    this.applicationInsightsId = insights.id;
    this.connectionString = insights.connectionString;
    this.registerOutputs({
      workspaceId: this.workspaceId,
      applicationInsightsId: this.applicationInsightsId,
      connectionString: this.connectionString,
    });
  }

  private addWorkspace(name: string, args: ObservabilityArgs): Workspace {
    const { retentionDays, dailyQuotaGb } = tierOf(args.tier).logs;
    return new Workspace(
      name,
      {
        workspaceName: physicalName('workspace', args),
        resourceGroupName: args.resourceGroupName,
        location: args.location,
        tags: args.tags,
        sku: { name: 'PerGB2018' },
        retentionInDays: retentionDays,
        workspaceCapping: { dailyQuotaGb: args.dailyQuotaGb ?? dailyQuotaGb },
        features: { disableLocalAuth: true, enableLogAccessUsingOnlyResourcePermissions: true },
        publicNetworkAccessForIngestion: 'Enabled',
        publicNetworkAccessForQuery: 'Enabled',
      },
      { parent: this },
    );
  }

  private addApplicationInsights(name: string, workspace: Workspace, args: ObservabilityArgs): Component {
    return new Component(
      `${name}-insights`,
      {
        resourceName: physicalName('applicationInsights', args),
        resourceGroupName: args.resourceGroupName,
        location: args.location,
        tags: args.tags,
        kind: 'web',
        applicationType: 'web',
        ingestionMode: 'LogAnalytics',
        workspaceResourceId: workspace.id,
        disableLocalAuth: true,
        disableIpMasking: false,
        publicNetworkAccessForIngestion: 'Enabled',
        publicNetworkAccessForQuery: 'Enabled',
      },
      { parent: this },
    );
  }
}
