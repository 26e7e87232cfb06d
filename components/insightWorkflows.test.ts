import { afterAll, describe, expect, it } from 'vitest';
import { InsightWorkflows, type InsightWorkflowsArgs } from './insightWorkflows.ts';
import { packageVersion } from './shared/packages.ts';
import { guidOf } from './testing/azure.ts';
import { DEFAULTS, IDENTITY, makePackages, MAX, PACKAGE_LOCATION, WAF_ALIGNED } from './testing/fixtures.ts';
import { childrenOf, evaluate, grantsOf, only, settingsOf, STORAGE_KEY } from './testing/mocks.ts';

const packages = makePackages();
afterAll(() => packages.remove());

type OwnArgs = 'identity' | 'directoryId' | 'appSettings' | 'packages' | 'packageFolder';

const directoryId = guidOf('directory');

function workflows(args: Omit<InsightWorkflowsArgs, OwnArgs>) {
  const own = { identity: IDENTITY, directoryId, packages: PACKAGE_LOCATION, packageFolder: packages.workflows };
  return evaluate(() => new InsightWorkflows('w', { ...args, ...own, appSettings: { COSMOS_DATABASE: 'attune' } }));
}

const fixtures = {
  defaults: await workflows(DEFAULTS),
  max: await workflows(MAX),
  wafAligned: await workflows(WAF_ALIGNED),
};
const shareless = await workflows({ ...DEFAULTS, contentShare: false });

const CHILDREN = [
  'authorization:RoleAssignment w-host-blobs',
  'authorization:RoleAssignment w-host-queues',
  'authorization:RoleAssignment w-host-tables',
  'authorization:RoleAssignment w-package-access',
  'storage:Blob w-package',
  'storage:BlobContainer w-packages',
  'storage:BlobServiceProperties w-host-blobs',
  'storage:StorageAccount w-host',
  'web:AppServicePlan w-plan',
  'web:WebApp w',
  'web:WebAppFtpAllowed w-ftp-publishing',
  'web:WebAppScmAllowed w-scm-publishing',
];
const CONTENT_SHARE = [
  'authorization:RoleAssignment w-reads-content-key',
  'keyvault:Secret w-content-key',
  'keyvault:Vault w-vault',
  'storage:FileShare w-content',
];

describe('InsightWorkflows', () => {
  it('has exactly these children', () => {
    expect(childrenOf(shareless.resources, 'w')).toEqual(CHILDREN);
    expect(childrenOf(fixtures.defaults.resources, 'w')).toEqual([...CHILDREN, ...CONTENT_SHARE].sort());
    expect(childrenOf(fixtures.max.resources, 'w')).toEqual(
      [
        ...CHILDREN,
        ...CONTENT_SHARE,
        'monitor:DiagnosticSetting w-diagnostics',
        'monitor:DiagnosticSetting w-host-blobs-diagnostics',
        'monitor:DiagnosticSetting w-vault-diagnostics',
      ].sort(),
    );
  });

  it('runs the workflow extension from its package, with host storage by identity', () => {
    const { resources } = shareless;
    const storage = String(only(resources, 'storage:StorageAccount').inputs.accountName);
    const blobName = `workflows-${packageVersion(packages.workflows)}.zip`;
    expect(only(resources, 'web:WebApp').inputs.kind).toBe('functionapp,workflowapp');
    expect(settingsOf(only(resources, 'web:WebApp'))).toEqual({
      APP_KIND: 'workflowApp',
      AzureFunctionsJobHost__extensionBundle__id: 'Microsoft.Azure.Functions.ExtensionBundle.Workflows',
      AzureFunctionsJobHost__extensionBundle__version: '[1.*, 2.0.0)',
      AzureWebJobsStorage__blobServiceUri: `https://${storage}.blob.core.windows.net/`,
      AzureWebJobsStorage__queueServiceUri: `https://${storage}.queue.core.windows.net/`,
      AzureWebJobsStorage__tableServiceUri: `https://${storage}.table.core.windows.net/`,
      AzureWebJobsStorage__credential: 'managedIdentity',
      AzureWebJobsStorage__managedIdentityResourceId: IDENTITY.id,
      COSMOS_DATABASE: 'attune',
      FUNCTIONS_EXTENSION_VERSION: '~4',
      FUNCTIONS_INPROC_NET8_ENABLED: '1',
      FUNCTIONS_WORKER_RUNTIME: 'dotnet',
      WEBSITE_RUN_FROM_PACKAGE: `https://stpkgtest.blob.core.windows.net/packages-workflows/${blobName}`,
      WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID: IDENTITY.id,
    });
  });

  it('gets the content share by a reference to its key, which only the vault holds', () => {
    const { resources, calls } = fixtures.defaults;
    const site = only(resources, 'web:WebApp');
    const vault = String(only(resources, 'keyvault:Vault').inputs.vaultName);
    expect(calls).toEqual(['azure-native:storage:listStorageAccountKeys']);
    expect(settingsOf(site)).toMatchObject({
      WEBSITE_CONTENTAZUREFILECONNECTIONSTRING: `@Microsoft.KeyVault(SecretUri=https://${vault}.vault.azure.net/secrets/content-share)`,
      WEBSITE_CONTENTSHARE: site.inputs.name,
      WEBSITE_SKIP_CONTENTSHARE_VALIDATION: '1',
    });
    expect(site.inputs.keyVaultReferenceIdentity).toBe(IDENTITY.id);
    expect(only(resources, 'storage:FileShare').inputs).toMatchObject({
      accountName: 'stpkgtest',
      shareName: site.inputs.name,
    });
    expect(only(resources, 'keyvault:Secret').inputs.properties).toMatchObject({
      value: expect.stringContaining(`AccountName=stpkgtest;AccountKey=${STORAGE_KEY};`),
    });
  });

  it('marks the key as a secret on its way to the vault, and shows it to nobody else', () => {
    const { resources } = fixtures.defaults;
    expect(resources.filter(({ hasSecret }) => hasSecret).map(({ name }) => name)).toEqual(['w-content-key']);
    const others = resources.filter(({ name }) => name !== 'w-content-key');
    expect(JSON.stringify(others.map(({ inputs }) => inputs))).not.toContain(STORAGE_KEY);
  });

  it('needs no key and no call where there is no content share', () => {
    expect(shareless.calls).toEqual([]);
    expect(Object.keys(settingsOf(only(shareless.resources, 'web:WebApp'))).join()).not.toContain('WEBSITE_CONTENT');
  });

  it.each([
    ['defaults', 'standard', 7, 'Disabled', 'Deny'],
    ['max', 'premium', 90, 'Enabled', 'Allow'],
    ['wafAligned', 'standard', 90, 'Disabled', 'Deny'],
  ] as const)('keeps the key in a vault that only roles open (%s)', (fixture, sku, days, access, action) => {
    expect(only(fixtures[fixture].resources, 'keyvault:Vault').inputs.properties).toMatchObject({
      tenantId: directoryId,
      sku: { family: 'A', name: sku },
      enableRbacAuthorization: true,
      enableSoftDelete: true,
      enablePurgeProtection: true,
      softDeleteRetentionInDays: days,
      publicNetworkAccess: access,
      networkAcls: { defaultAction: action, bypass: 'AzureServices' },
    });
  });

  it.each([
    ['defaults', { name: 'WS1', tier: 'WorkflowStandard', capacity: 1 }, false, 1],
    ['max', { name: 'WS2', tier: 'WorkflowStandard', capacity: 3 }, true, 20],
    ['wafAligned', { name: 'WS1', tier: 'WorkflowStandard', capacity: 3 }, true, 10],
  ] as const)('is as large as its tier (%s)', (fixture, sku, zoneRedundant, maximumElasticWorkerCount) => {
    expect(only(fixtures[fixture].resources, 'web:AppServicePlan').inputs).toMatchObject({
      sku,
      zoneRedundant,
      maximumElasticWorkerCount,
    });
  });

  it('is as hard to get into as it can be', () => {
    const { resources } = fixtures.wafAligned;
    expect(only(resources, 'web:WebApp').inputs).toMatchObject({
      httpsOnly: true,
      clientCertEnabled: true,
      endToEndEncryptionEnabled: true,
      publicNetworkAccess: 'Disabled',
      siteConfig: { minTlsVersion: '1.2', ftpsState: 'Disabled', scmIpSecurityRestrictionsDefaultAction: 'Deny' },
    });
    expect(only(resources, 'storage:StorageAccount').inputs.allowSharedKeyAccess).toBe(false);
    expect(only(resources, 'web:WebAppFtpAllowed').inputs.allow).toBe(false);
    expect(only(resources, 'web:WebAppScmAllowed').inputs.allow).toBe(false);
  });

  it('gives its identity what the host needs, and nothing else', () => {
    const { resources } = fixtures.defaults;
    const storage = only(resources, 'storage:StorageAccount').id;
    expect(grantsOf(resources)).toEqual(
      [
        `keyVaultSecretsUser ${only(resources, 'keyvault:Vault').id}`,
        `storageBlobDataOwner ${storage}`,
        `storageBlobDataReader ${only(resources, 'storage:BlobContainer').id}`,
        `storageQueueDataContributor ${storage}`,
        `storageTableDataContributor ${storage}`,
      ].sort(),
    );
  });
});
