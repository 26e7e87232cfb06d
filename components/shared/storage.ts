import { BlobServiceProperties } from '@pulumi/azure-native/storage/blobServiceProperties.js';
import { StorageAccount } from '@pulumi/azure-native/storage/storageAccount.js';
import { output, type Resource } from '@pulumi/pulumi';
import { addDiagnostics } from './diagnostics.ts';
import { physicalName, type NameKind } from './naming.ts';
import { networkAccess, type MonitoredStampArgs } from './stamp.ts';
import { tierOf } from './tiers.ts';

/** A storage account to create. */
export interface SecureStorage {
  /** Pulumi name of the account; its blob service adds `-blobs`. */
  name: string;
  parent: Resource;
  kind: NameKind;
  stamp: MonitoredStampArgs;
  sku: string;
  /** True lets the account's key in. Only the package store needs it. @default false */
  sharedKeyAccess?: boolean;
  /** Value of the tag `resource-usage`, for accounts that hold nothing that could not be made again. */
  usage?: string;
}

/** A storage account with every security property set, its blob service with soft delete and versions, diagnostics. */
export function addStorageAccount(storage: SecureStorage): StorageAccount {
  const { name, parent, kind, stamp, sku, sharedKeyAccess = false, usage } = storage;
  const usageTags: Record<string, string> = usage === undefined ? {} : { 'resource-usage': usage };
  const account = new StorageAccount(
    name,
    {
      accountName: physicalName(kind, stamp),
      resourceGroupName: stamp.resourceGroupName,
      location: stamp.location,
      kind: 'StorageV2',
      sku: { name: sku },
      accessTier: 'Hot',
      allowBlobPublicAccess: false,
      allowCrossTenantReplication: false,
      allowSharedKeyAccess: sharedKeyAccess,
      defaultToOAuthAuthentication: true,
      enableHttpsTrafficOnly: true,
      isLocalUserEnabled: false,
      isSftpEnabled: false,
      minimumTlsVersion: 'TLS1_2',
      publicNetworkAccess: networkAccess(stamp),
      networkRuleSet: { defaultAction: stamp.publicNetworkAccess ? 'Allow' : 'Deny', bypass: 'AzureServices' },
      encryption: { keySource: 'Microsoft.Storage', requireInfrastructureEncryption: true },
      tags: output(stamp.tags).apply((tags) => ({ ...tags, ...usageTags })),
    },
    { parent },
  );
  const retention = { enabled: true, days: tierOf(stamp.tier).storage.softDeleteDays };
  const blobs = new BlobServiceProperties(
    `${name}-blobs`,
    {
      accountName: account.name,
      resourceGroupName: stamp.resourceGroupName,
      blobServicesName: 'default',
      deleteRetentionPolicy: retention,
      containerDeleteRetentionPolicy: retention,
      isVersioningEnabled: true,
    },
    { parent },
  );
  addDiagnostics(stamp.workspaceId, { name: `${name}-blobs`, parent, resourceUri: blobs.id });
  return account;
}
