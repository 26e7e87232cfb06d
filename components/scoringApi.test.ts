import { afterAll, describe, expect, it } from 'vitest';
import { ScoringApi, type ScoringApiArgs } from './scoringApi.ts';
import { packageVersion } from './shared/packages.ts';
import { DEFAULTS, IDENTITY, makePackages, MAX, PACKAGE_LOCATION, WAF_ALIGNED } from './testing/fixtures.ts';
import { childrenOf, evaluate, grantsOf, only, settingsOf, valueOf } from './testing/mocks.ts';

const packages = makePackages();
afterAll(() => packages.remove());

type OwnArgs = 'identity' | 'appSettings' | 'packages' | 'packageFolder';

function api(args: Omit<ScoringApiArgs, OwnArgs>) {
  const own = { identity: IDENTITY, packages: PACKAGE_LOCATION, packageFolder: packages.api };
  return evaluate(() => new ScoringApi('a', { ...args, ...own, appSettings: { ATTUNE_TENANT: 'acme' } }));
}

const fixtures = {
  defaults: await api(DEFAULTS),
  max: await api({ ...MAX, instances: 5, startupCommand: 'node --max-old-space-size=2048 main.mjs' }),
  wafAligned: await api(WAF_ALIGNED),
};

const CHILDREN = [
  'authorization:RoleAssignment a-package-access',
  'storage:Blob a-package',
  'storage:BlobContainer a-packages',
  'web:AppServicePlan a-plan',
  'web:WebApp a',
  'web:WebAppFtpAllowed a-ftp-publishing',
  'web:WebAppFtpAllowedSlot a-staging-ftp-publishing',
  'web:WebAppScmAllowed a-scm-publishing',
  'web:WebAppScmAllowedSlot a-staging-scm-publishing',
  'web:WebAppSlot a-staging',
];

describe('ScoringApi', () => {
  it('has exactly these children, and diagnostic settings where there is a workspace', () => {
    expect(childrenOf(fixtures.defaults.resources, 'a')).toEqual(CHILDREN);
    const diagnostics = ['monitor:DiagnosticSetting a-diagnostics', 'monitor:DiagnosticSetting a-staging-diagnostics'];
    expect(childrenOf(fixtures.wafAligned.resources, 'a')).toEqual([...CHILDREN, ...diagnostics].sort());
  });

  it('runs Node 24 from the package of this version, which it reads with its identity', () => {
    const { resources } = fixtures.defaults;
    const blobName = `api-${packageVersion(packages.api)}.zip`;
    expect(only(resources, 'storage:Blob').inputs).toMatchObject({ blobName, containerName: 'packages-api' });
    expect(settingsOf(only(resources, 'web:WebApp'))).toEqual({
      ATTUNE_TENANT: 'acme',
      WEBSITE_RUN_FROM_PACKAGE: `https://stpkgtest.blob.core.windows.net/packages-api/${blobName}`,
      WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID: IDENTITY.id,
    });
    expect(only(resources, 'web:WebApp').inputs).toMatchObject({
      kind: 'app,linux',
      siteConfig: {
        linuxFxVersion: 'NODE|24-lts',
        appCommandLine: 'node main.mjs',
        alwaysOn: true,
        healthCheckPath: '/health/ready',
      },
    });
    expect(grantsOf(resources)).toEqual([`storageBlobDataReader ${only(resources, 'storage:BlobContainer').id}`]);
  });

  it.each([
    ['defaults', { name: 'P0v3', tier: 'Premium0V3', capacity: 1 }, false],
    ['max', { name: 'P2v3', tier: 'PremiumV3', capacity: 5 }, true],
    ['wafAligned', { name: 'P1v3', tier: 'PremiumV3', capacity: 2 }, true],
  ] as const)('is as large as its tier, or as it is told (%s)', (fixture, sku, zoneRedundant) => {
    const { resources } = fixtures[fixture];
    expect(only(resources, 'web:AppServicePlan').inputs).toMatchObject({ sku, zoneRedundant, reserved: true });
    expect(only(resources, 'web:WebApp').inputs).toMatchObject({ siteConfig: { numberOfWorkers: sku.capacity } });
  });

  it('takes another start command', () => {
    expect(only(fixtures.max.resources, 'web:WebApp').inputs).toMatchObject({
      siteConfig: { appCommandLine: 'node --max-old-space-size=2048 main.mjs' },
    });
  });

  it.each(['defaults', 'max', 'wafAligned'] as const)(
    'has a staging slot that differs in its name alone (%s)',
    (fixture) => {
      const { resources } = fixtures[fixture];
      const { slot, ...staging } = only(resources, 'web:WebAppSlot').inputs;
      expect(slot).toBe('staging');
      expect(staging).toEqual(only(resources, 'web:WebApp').inputs);
    },
  );

  it('is as hard to get into as it can be, in both slots', () => {
    for (const type of ['web:WebApp', 'web:WebAppSlot']) {
      expect(only(fixtures.wafAligned.resources, type).inputs).toMatchObject({
        httpsOnly: true,
        clientAffinityEnabled: false,
        clientCertEnabled: true,
        clientCertMode: 'Optional',
        endToEndEncryptionEnabled: true,
        sshEnabled: false,
        publicNetworkAccess: 'Disabled',
        siteConfig: {
          minTlsVersion: '1.2',
          ftpsState: 'Disabled',
          http20Enabled: true,
          remoteDebuggingEnabled: false,
          ipSecurityRestrictionsDefaultAction: 'Deny',
          scmIpSecurityRestrictionsDefaultAction: 'Deny',
        },
      });
    }
    for (const type of ['WebAppFtpAllowed', 'WebAppScmAllowed', 'WebAppFtpAllowedSlot', 'WebAppScmAllowedSlot']) {
      expect(only(fixtures.wafAligned.resources, `web:${type}`).inputs.allow).toBe(false);
    }
  });

  it('says where it is', async () => {
    await expect(valueOf(fixtures.defaults.result.url)).resolves.toBe(
      'https://app-attune-acme-dev-westeurope.azurewebsites.net',
    );
  });
});
