import { Secret } from '@pulumi/azure-native/keyvault/secret.js';
import { Vault } from '@pulumi/azure-native/keyvault/vault.js';
import { FileShare } from '@pulumi/azure-native/storage/fileShare.js';
import { listStorageAccountKeysOutput } from '@pulumi/azure-native/storage/listStorageAccountKeys.js';
import { interpolate, secret, type Input, type Output, type Resource } from '@pulumi/pulumi';
import { addDiagnostics } from './diagnostics.ts';
import { physicalName } from './naming.ts';
import type { PackageLocationArgs } from './packages.ts';
import { grantRole } from './roles.ts';
import type { AppSettings } from './settings.ts';
import { networkAccess, type AppIdentityArgs, type MonitoredStampArgs } from './stamp.ts';
import { tierOf } from './tiers.ts';

/** Name of the secret in the vault. */
const SECRET_NAME = 'content-share';

/** The content share of a Logic App. */
export interface ContentShare {
  name: string;
  parent: Resource;
  stamp: MonitoredStampArgs;
  identity: AppIdentityArgs;
  /** Microsoft Entra tenant of the identity. */
  directoryId: Input<string>;
  /** Storage account of the share: the package store. */
  store: PackageLocationArgs;
  /** Name of the share: lower-case letters, digits and hyphens. */
  share: string;
}

export interface ContentShareResult {
  settings: AppSettings;
  /** What must be there before the site starts. */
  dependencies: Resource[];
}

/**
 * The one place of the program that handles a storage key. Logic Apps Standard on a workflow plan mounts its content from
 * an Azure Files share and takes no identity for that. The key goes from the account into a Key Vault of its own, and the
 * site gets a reference to it, which its identity resolves; in Pulumi's state it is a secret.
 */
export function addContentShare(content: ContentShare): ContentShareResult {
  const { name, parent, stamp, store, share } = content;
  const fileShare = new FileShare(
    `${name}-content`,
    { ...store, shareName: share, shareQuota: 5, enabledProtocols: 'SMB' },
    { parent },
  );
  const vault = addVault(content);
  const stored = new Secret(
    `${name}-content-key`,
    {
      secretName: SECRET_NAME,
      vaultName: vault.name,
      resourceGroupName: stamp.resourceGroupName,
      properties: {
        value: connectionString(store),
        contentType: 'connection string of the content share',
        attributes: { enabled: true },
      },
    },
    { parent },
  );
  const access = grantRole({
    name: `${name}-reads-content-key`,
    parent,
    principalId: content.identity.principalId,
    role: 'keyVaultSecretsUser',
    scope: vault.id,
  });
  // The vault's own address: what comes back from the secret counts as secret itself, and so would all settings.
  const { vaultUri } = vault.properties;
  return {
    settings: {
      WEBSITE_CONTENTAZUREFILECONNECTIONSTRING: interpolate`@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${SECRET_NAME})`,
      WEBSITE_CONTENTSHARE: share,
      // The reference cannot be resolved while the site is being created.
      WEBSITE_SKIP_CONTENTSHARE_VALIDATION: '1',
    },
    dependencies: [fileShare, stored, access],
  };
}

function addVault({ name, parent, stamp, directoryId }: ContentShare): Vault {
  const { sku, softDeleteDays } = tierOf(stamp.tier).keyVault;
  const vault = new Vault(
    `${name}-vault`,
    {
      vaultName: physicalName('keyVault', stamp),
      resourceGroupName: stamp.resourceGroupName,
      location: stamp.location,
      tags: stamp.tags,
      properties: {
        tenantId: directoryId,
        sku: { family: 'A', name: sku === 'premium' ? 'premium' : 'standard' },
        enableRbacAuthorization: true,
        enableSoftDelete: true,
        softDeleteRetentionInDays: softDeleteDays,
        enablePurgeProtection: true,
        enabledForDeployment: false,
        enabledForDiskEncryption: false,
        enabledForTemplateDeployment: false,
        publicNetworkAccess: networkAccess(stamp),
        networkAcls: { defaultAction: stamp.publicNetworkAccess ? 'Allow' : 'Deny', bypass: 'AzureServices' },
      },
    },
    { parent },
  );
  addDiagnostics(stamp.workspaceId, { name: `${name}-vault`, parent, resourceUri: vault.id });
  return vault;
}

function connectionString({ accountName, resourceGroupName }: PackageLocationArgs): Output<string> {
  const { keys } = listStorageAccountKeysOutput({ accountName, resourceGroupName });
  const key = keys.apply((list) => list[0]?.value ?? '');
  return secret(
    interpolate`DefaultEndpointsProtocol=https;AccountName=${accountName};AccountKey=${key};EndpointSuffix=core.windows.net`,
  );
}
