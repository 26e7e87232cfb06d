import { armId, resourceGroupId, text, type Inputs, type ResourceHandler } from './handler.ts';

/**
 * Types that have nothing to run on one machine: they are checked for their names, answered as Azure
 * would and recorded. docs/local-cloud.md lists them with what that does not prove.
 */
export const recordedHandlers: ResourceHandler[] = [
  {
    type: 'azure-native:resources:ResourceGroup',
    declare(inputs) {
      const name = text(inputs, 'resourceGroupName');
      return { id: resourceGroupId(name), outputs: { name, location: inputs.location } };
    },
  },
  ...['WebAppFtpAllowed', 'WebAppScmAllowed', 'WebAppFtpAllowedSlot', 'WebAppScmAllowedSlot'].map(publishingPolicy),
  {
    type: 'azure-native:operationalinsights:Workspace',
    declare: (inputs) => named(inputs, 'workspaceName', 'Microsoft.OperationalInsights', 'workspaces'),
  },
  {
    type: 'azure-native:applicationinsights:Component',
    declare(inputs) {
      const { id, outputs } = named(inputs, 'resourceName', 'Microsoft.Insights', 'components');
      // Empty: telemetry stays in the logs of the data folder.
      return { id, outputs: { ...outputs, connectionString: '' } };
    },
  },
  {
    type: 'azure-native:monitor:DiagnosticSetting',
    declare: (inputs) => ({
      id: `${text(inputs, 'resourceUri')}/providers/Microsoft.Insights/diagnosticSettings/${text(inputs, 'name')}`,
      outputs: { name: inputs.name },
    }),
  },
];

function named(inputs: Inputs, property: string, provider: string, type: string) {
  const name = text(inputs, property);
  return { id: armId(inputs, provider, type, name), outputs: { name } };
}

/** Whether packages may be published with a user name and a password, over FTP or the publishing site. */
function publishingPolicy(type: string): ResourceHandler {
  const policy = type.includes('Ftp') ? 'ftp' : 'scm';
  return {
    type: `azure-native:web:${type}`,
    declare(inputs) {
      const slot = inputs.slot === undefined ? [] : ['slots', text(inputs, 'slot')];
      const path = ['sites', text(inputs, 'name'), ...slot, 'basicPublishingCredentialsPolicies', policy];
      return { id: armId(inputs, 'Microsoft.Web', ...path), outputs: { name: policy } };
    },
  };
}
