import type { asset } from '@pulumi/pulumi';
import { afterAll, describe, expect, it } from 'vitest';
import { StreamProcessor, type StreamProcessorArgs } from './streamProcessor.ts';
import { DEFAULTS, IDENTITY, makePackages, MAX, PACKAGE_LOCATION, WAF_ALIGNED } from './testing/fixtures.ts';
import { childrenOf, evaluate, grantsOf, only, settingsOf } from './testing/mocks.ts';

const packages = makePackages();
afterAll(() => packages.remove());

type OwnArgs = 'identity' | 'appSettings' | 'packages' | 'packageFolder';

function processor(args: Omit<StreamProcessorArgs, OwnArgs>) {
  const own = { identity: IDENTITY, packages: PACKAGE_LOCATION, packageFolder: packages.functions };
  return evaluate(() => new StreamProcessor('f', { ...args, ...own, appSettings: { COSMOS_DATABASE: 'attune' } }));
}

const fixtures = {
  defaults: await processor(DEFAULTS),
  max: await processor({ ...MAX, maximumInstances: 500 }),
  wafAligned: await processor(WAF_ALIGNED),
};

const CHILDREN = [
  'authorization:RoleAssignment f-host-blobs',
  'authorization:RoleAssignment f-host-tables',
  'authorization:RoleAssignment f-package-access',
  'storage:Blob f-package',
  'storage:BlobContainer f-packages',
  'storage:BlobServiceProperties f-host-blobs',
  'storage:StorageAccount f-host',
  'web:AppServicePlan f-plan',
  'web:WebApp f',
  'web:WebAppFtpAllowed f-ftp-publishing',
  'web:WebAppScmAllowed f-scm-publishing',
];

describe('StreamProcessor', () => {
  it('has exactly these children, and diagnostic settings where there is a workspace', () => {
    expect(childrenOf(fixtures.defaults.resources, 'f')).toEqual(CHILDREN);
    const diagnostics = [
      'monitor:DiagnosticSetting f-diagnostics',
      'monitor:DiagnosticSetting f-host-blobs-diagnostics',
    ];
    expect(childrenOf(fixtures.wafAligned.resources, 'f')).toEqual([...CHILDREN, ...diagnostics].sort());
  });

  it('runs Node 24 on Flex Consumption from its package, which it reads with its identity', async () => {
    const { resources } = fixtures.defaults;
    expect(only(resources, 'web:AppServicePlan').inputs).toMatchObject({
      sku: { name: 'FC1', tier: 'FlexConsumption' },
      reserved: true,
      zoneRedundant: false,
    });
    expect(only(resources, 'web:WebApp').inputs).toMatchObject({
      kind: 'functionapp,linux',
      serverFarmId: only(resources, 'web:AppServicePlan').id,
      identity: { type: 'UserAssigned', userAssignedIdentities: [IDENTITY.id] },
      functionAppConfig: {
        runtime: { name: 'node', version: '24' },
        deployment: {
          storage: {
            type: 'blobContainer',
            value: 'https://stpkgtest.blob.core.windows.net/packages-functions',
            authentication: {
              type: 'UserAssignedIdentity',
              userAssignedIdentityResourceId: IDENTITY.id,
            },
          },
        },
      },
    });
    const { inputs } = only(resources, 'storage:Blob');
    expect(inputs).toMatchObject({
      blobName: 'released-package.zip',
      containerName: 'packages-functions',
      accountName: 'stpkgtest',
    });
    await expect((inputs.source as asset.FileArchive).path).resolves.toBe(packages.functions);
  });

  it('has the settings of the host with its identity, and none that Flex Consumption refuses', () => {
    const { resources } = fixtures.defaults;
    const settings = settingsOf(only(resources, 'web:WebApp'));
    expect(settings).toEqual({
      AzureWebJobsStorage__accountName: only(resources, 'storage:StorageAccount').inputs.accountName,
      AzureWebJobsStorage__clientId: IDENTITY.clientId,
      AzureWebJobsStorage__credential: 'managedidentity',
      COSMOS_DATABASE: 'attune',
      PACKAGE_VERSION: expect.stringMatching(/^[0-9a-f]{12}$/),
    });
    const { siteConfig } = only(resources, 'web:WebApp').inputs;
    expect(siteConfig).not.toHaveProperty('linuxFxVersion');
    expect(siteConfig).not.toHaveProperty('alwaysOn');
  });

  it.each([
    ['defaults', 2048, 40, []],
    ['max', 4096, 500, [{ name: 'function:ingest', instanceCount: 2 }]],
    ['wafAligned', 2048, 100, [{ name: 'function:ingest', instanceCount: 1 }]],
  ] as const)(
    'scales by tier, or as it is told (%s)',
    (fixture, instanceMemoryMB, maximumInstanceCount, alwaysReady) => {
      const { functionAppConfig } = only(fixtures[fixture].resources, 'web:WebApp').inputs;
      expect(functionAppConfig).toMatchObject({
        scaleAndConcurrency: { instanceMemoryMB, maximumInstanceCount, alwaysReady },
      });
      expect(only(fixtures[fixture].resources, 'web:AppServicePlan').inputs.zoneRedundant).toBe(fixture !== 'defaults');
    },
  );

  it.each([
    ['defaults', 'Disabled', 'Deny'],
    ['max', 'Enabled', 'Allow'],
    ['wafAligned', 'Disabled', 'Deny'],
  ] as const)('is as hard to get into as it can be (%s)', (fixture, access, action) => {
    const { resources } = fixtures[fixture];
    expect(only(resources, 'web:WebApp').inputs).toMatchObject({
      httpsOnly: true,
      clientCertEnabled: true,
      clientCertMode: 'Optional',
      endToEndEncryptionEnabled: true,
      sshEnabled: false,
      publicNetworkAccess: access,
      siteConfig: {
        minTlsVersion: '1.2',
        scmMinTlsVersion: '1.2',
        ftpsState: 'Disabled',
        http20Enabled: true,
        remoteDebuggingEnabled: false,
        ipSecurityRestrictionsDefaultAction: action,
        scmIpSecurityRestrictionsDefaultAction: 'Deny',
      },
    });
    expect(only(resources, 'web:WebAppFtpAllowed').inputs.allow).toBe(false);
    expect(only(resources, 'web:WebAppScmAllowed').inputs.allow).toBe(false);
    expect(only(resources, 'storage:StorageAccount').inputs).toMatchObject({
      allowSharedKeyAccess: false,
      publicNetworkAccess: access,
    });
  });

  it('gives its identity what the host needs, and nothing else', () => {
    const { resources } = fixtures.defaults;
    const storage = only(resources, 'storage:StorageAccount').id;
    expect(grantsOf(resources)).toEqual([
      `storageBlobDataContributor ${only(resources, 'storage:BlobContainer').id}`,
      `storageBlobDataOwner ${storage}`,
      `storageTableDataContributor ${storage}`,
    ]);
  });

  it('refuses a package that was not built', async () => {
    const args = { ...DEFAULTS, identity: IDENTITY, packages: PACKAGE_LOCATION, appSettings: {} };
    const build = () => new StreamProcessor('f', { ...args, packageFolder: '/nowhere' });
    await expect(evaluate(build)).rejects.toThrow('There is no deployment package /nowhere.');
  });
});
