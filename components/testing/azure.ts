import { createHash } from 'node:crypto';

type Inputs = Record<string, unknown>;

/** What the stand-in for Azure answers for a registered resource. */
export interface Answer {
  id: string;
  /** Outputs beyond the inputs. */
  outputs: Record<string, unknown>;
}

const SUBSCRIPTION = '/subscriptions/11111111-1111-1111-1111-111111111111';

/** ARM types as `<segment>/{<input that names it>}`, below the provider. */
const PATHS: Record<string, string> = {
  'cosmosdb:DatabaseAccount': 'Microsoft.DocumentDB/databaseAccounts/{accountName}',
  'cosmosdb:SqlResourceSqlDatabase': 'Microsoft.DocumentDB/databaseAccounts/{accountName}/sqlDatabases/{databaseName}',
  'cosmosdb:SqlResourceSqlContainer':
    'Microsoft.DocumentDB/databaseAccounts/{accountName}/sqlDatabases/{databaseName}/containers/{containerName}',
  'cosmosdb:SqlResourceSqlRoleAssignment':
    'Microsoft.DocumentDB/databaseAccounts/{accountName}/sqlRoleAssignments/{roleAssignmentId}',
  'eventhub:Namespace': 'Microsoft.EventHub/namespaces/{namespaceName}',
  'eventhub:NamespaceNetworkRuleSet': 'Microsoft.EventHub/namespaces/{namespaceName}/networkRuleSets/default',
  'eventhub:EventHub': 'Microsoft.EventHub/namespaces/{namespaceName}/eventhubs/{eventHubName}',
  'eventhub:ConsumerGroup':
    'Microsoft.EventHub/namespaces/{namespaceName}/eventhubs/{eventHubName}/consumergroups/{consumerGroupName}',
  'eventgrid:Topic': 'Microsoft.EventGrid/topics/{topicName}',
  'storage:StorageAccount': 'Microsoft.Storage/storageAccounts/{accountName}',
  'storage:BlobServiceProperties': 'Microsoft.Storage/storageAccounts/{accountName}/blobServices/default',
  'storage:ManagementPolicy': 'Microsoft.Storage/storageAccounts/{accountName}/managementPolicies/default',
  'storage:BlobContainer':
    'Microsoft.Storage/storageAccounts/{accountName}/blobServices/default/containers/{containerName}',
  'storage:Blob':
    'Microsoft.Storage/storageAccounts/{accountName}/blobServices/default/containers/{containerName}/blobs/{blobName}',
  'storage:FileShare': 'Microsoft.Storage/storageAccounts/{accountName}/fileServices/default/shares/{shareName}',
  'web:AppServicePlan': 'Microsoft.Web/serverfarms/{name}',
  'web:WebApp': 'Microsoft.Web/sites/{name}',
  'web:WebAppSlot': 'Microsoft.Web/sites/{name}/slots/{slot}',
  'web:WebAppFtpAllowed': 'Microsoft.Web/sites/{name}/basicPublishingCredentialsPolicies/ftp',
  'web:WebAppScmAllowed': 'Microsoft.Web/sites/{name}/basicPublishingCredentialsPolicies/scm',
  'web:WebAppFtpAllowedSlot': 'Microsoft.Web/sites/{name}/slots/{slot}/basicPublishingCredentialsPolicies/ftp',
  'web:WebAppScmAllowedSlot': 'Microsoft.Web/sites/{name}/slots/{slot}/basicPublishingCredentialsPolicies/scm',
  'web:WebAppAuthSettingsV2': 'Microsoft.Web/sites/{name}/config/authsettingsV2',
  'keyvault:Vault': 'Microsoft.KeyVault/vaults/{vaultName}',
  'keyvault:Secret': 'Microsoft.KeyVault/vaults/{vaultName}/secrets/{secretName}',
  'managedidentity:UserAssignedIdentity': 'Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}',
  'operationalinsights:Workspace': 'Microsoft.OperationalInsights/workspaces/{workspaceName}',
  'applicationinsights:Component': 'Microsoft.Insights/components/{resourceName}',
};

/** Resources that extend another one: the input with its id, and what follows it. */
const EXTENSIONS: Record<string, { of: string; path: string }> = {
  'authorization:RoleAssignment': {
    of: 'scope',
    path: 'Microsoft.Authorization/roleAssignments/{roleAssignmentName}',
  },
  'monitor:DiagnosticSetting': { of: 'resourceUri', path: 'Microsoft.Insights/diagnosticSettings/{name}' },
  'eventgrid:EventSubscription': {
    of: 'scope',
    path: 'Microsoft.EventGrid/eventSubscriptions/{eventSubscriptionName}',
  },
};

/** Outputs that Azure computes and the program reads. */
const COMPUTED: Record<string, (name: string, inputs: Inputs) => Record<string, unknown>> = {
  'cosmosdb:DatabaseAccount': (name) => ({ documentEndpoint: `https://${name}.documents.azure.com:443/` }),
  'eventhub:Namespace': (name) => ({ serviceBusEndpoint: `https://${name}.servicebus.windows.net:443/` }),
  'eventgrid:Topic': (name) => ({ endpoint: `https://${name}.westeurope-1.eventgrid.azure.net/api/events` }),
  'storage:StorageAccount': (name) => ({
    primaryEndpoints: Object.fromEntries(
      ['blob', 'queue', 'table', 'file'].map((service) => [service, `https://${name}.${service}.core.windows.net/`]),
    ),
  }),
  'storage:Blob': (name, { accountName, containerName }) => ({
    url: `https://${String(accountName)}.blob.core.windows.net/${String(containerName)}/${name}`,
  }),
  'web:WebApp': (name) => ({ defaultHostName: `${name}.azurewebsites.net` }),
  'keyvault:Vault': (name, { properties }) => ({
    properties: { ...(properties as Inputs), vaultUri: `https://${name}.vault.azure.net/` },
  }),
  'managedidentity:UserAssignedIdentity': (name) => ({
    principalId: guidOf(`${name}/principal`),
    clientId: guidOf(`${name}/client`),
    tenantId: guidOf('directory'),
  }),
  'applicationinsights:Component': (name) => ({
    connectionString: `InstrumentationKey=${guidOf(name)};IngestionEndpoint=https://westeurope-1.in.applicationinsights.azure.com/`,
  }),
};

/**
 * Answers for a registered azure-native resource as Azure would: its ARM id, its name and what Azure computes.
 * @throws when the type is not known here, so that a new type is entered with its id.
 */
export function answer(type: string, inputs: Inputs): Answer {
  const short = type.replace(/^azure-native:/, '');
  const name = (path: string) => path.slice(path.lastIndexOf('/') + 1);
  if (short === 'resources:ResourceGroup') {
    const group = String(inputs.resourceGroupName);
    return { id: `${SUBSCRIPTION}/resourceGroups/${group}`, outputs: { name: group } };
  }
  const extension = EXTENSIONS[short];
  if (extension) {
    const path = fill(extension.path, inputs, type);
    return { id: `${String(inputs[extension.of])}/providers/${path}`, outputs: { name: name(path) } };
  }
  const template = PATHS[short];
  if (template === undefined) throw new Error(`components/testing/azure.ts does not know the type ${type}`);
  const path = fill(template, inputs, type);
  const group = `${SUBSCRIPTION}/resourceGroups/${String(inputs.resourceGroupName)}`;
  const outputs = { name: name(path), ...COMPUTED[short]?.(name(path), inputs) };
  return { id: `${group}/providers/${path}`, outputs };
}

function fill(path: string, inputs: Inputs, type: string): string {
  return path.replace(/\{(\w+)\}/g, (_, input: string) => {
    const value = inputs[input];
    if (typeof value !== 'string' || value === '') throw new Error(`${type} has no ${input}`);
    return value;
  });
}

/** A GUID that is always the same for the same text. */
export function guidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}
