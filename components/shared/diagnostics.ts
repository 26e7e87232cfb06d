import { DiagnosticSetting } from '@pulumi/azure-native/monitor/diagnosticSetting.js';
import type { Input, Resource } from '@pulumi/pulumi';

/** A resource whose logs and metrics go to the workspace. */
export interface DiagnosticSource {
  /** Pulumi name of the setting; `-diagnostics` is added. */
  name: string;
  parent: Resource;
  /** Resource id of the source. */
  resourceUri: Input<string>;
}

/** Sends all logs and metrics of a resource to a workspace; without a workspace it does nothing. */
export function addDiagnostics(workspaceId: Input<string> | undefined, source: DiagnosticSource): void {
  if (workspaceId === undefined) return;
  const { name, parent, resourceUri } = source;
  new DiagnosticSetting(
    `${name}-diagnostics`,
    {
      name: 'to-workspace',
      resourceUri,
      workspaceId,
      logAnalyticsDestinationType: 'Dedicated',
      logs: [{ categoryGroup: 'allLogs', enabled: true }],
      metrics: [{ category: 'AllMetrics', enabled: true }],
    },
    { parent },
  );
}
