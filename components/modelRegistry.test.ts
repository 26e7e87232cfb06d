import { describe, expect, it } from 'vitest';
import { ModelRegistry, type ModelRegistryArgs } from './modelRegistry.ts';
import { DEFAULTS, MAX, WAF_ALIGNED } from './testing/fixtures.ts';
import { childrenOf, evaluate, only, valueOf } from './testing/mocks.ts';

function registry(args: ModelRegistryArgs) {
  return evaluate(() => new ModelRegistry('r', args));
}

const fixtures = {
  defaults: await registry(DEFAULTS),
  max: await registry({ ...MAX, deadLetterDays: 14 }),
  wafAligned: await registry(WAF_ALIGNED),
};

const CHILDREN = [
  'storage:BlobContainer r-dead-letter',
  'storage:BlobContainer r-grid-dead-letter',
  'storage:BlobContainer r-learner',
  'storage:BlobContainer r-models',
  'storage:BlobServiceProperties r-blobs',
  'storage:ManagementPolicy r-ageing',
  'storage:StorageAccount r',
];

describe('ModelRegistry', () => {
  it('has exactly these children, and a diagnostic setting where there is a workspace', () => {
    expect(childrenOf(fixtures.defaults.resources, 'r')).toEqual(CHILDREN);
    expect(childrenOf(fixtures.wafAligned.resources, 'r')).toEqual([
      'monitor:DiagnosticSetting r-blobs-diagnostics',
      ...CHILDREN,
    ]);
  });

  it.each([
    ['defaults', 'Disabled', 'Deny', 'Standard_ZRS'],
    ['max', 'Enabled', 'Allow', 'Standard_GZRS'],
    ['wafAligned', 'Disabled', 'Deny', 'Standard_GZRS'],
  ] as const)('refuses keys, anonymous callers and plain text (%s)', (fixture, access, action, sku) => {
    expect(only(fixtures[fixture].resources, 'storage:StorageAccount').inputs).toMatchObject({
      sku: { name: sku },
      allowSharedKeyAccess: false,
      allowBlobPublicAccess: false,
      allowCrossTenantReplication: false,
      defaultToOAuthAuthentication: true,
      enableHttpsTrafficOnly: true,
      isLocalUserEnabled: false,
      minimumTlsVersion: 'TLS1_2',
      encryption: { requireInfrastructureEncryption: true },
      publicNetworkAccess: access,
      networkRuleSet: { defaultAction: action, bypass: 'AzureServices' },
    });
  });

  it('lets nobody read a container anonymously', () => {
    const containers = fixtures.defaults.resources.filter(({ type }) => type === 'azure-native:storage:BlobContainer');
    expect(containers.map(({ inputs }) => inputs.containerName).sort()).toEqual([
      'dead-letter',
      'grid-dead-letter',
      'learner',
      'models',
    ]);
    for (const { inputs } of containers) expect(inputs.publicAccess).toBe('None');
  });

  it('keeps what was deleted and overwritten for a while', () => {
    const kept = { enabled: true, days: 30 };
    expect(only(fixtures.wafAligned.resources, 'storage:BlobServiceProperties').inputs).toMatchObject({
      deleteRetentionPolicy: kept,
      containerDeleteRetentionPolicy: kept,
      isVersioningEnabled: true,
    });
  });

  it('lets models be locked where the tier is for production, and no other container', () => {
    const lock = (fixture: keyof typeof fixtures, name: string) =>
      only(fixtures[fixture].resources, 'storage:BlobContainer', name).inputs.immutableStorageWithVersioning;
    expect(lock('wafAligned', 'r-models')).toEqual({ enabled: true });
    expect(lock('wafAligned', 'r-learner')).toBeUndefined();
    expect(lock('defaults', 'r-models')).toBeUndefined();
  });

  it('lets dead letters and old versions age out', () => {
    const rules = (fixture: keyof typeof fixtures) =>
      (only(fixtures[fixture].resources, 'storage:ManagementPolicy').inputs.policy as { rules: object[] }).rules;
    expect(rules('max')).toMatchObject([
      {
        name: 'dead-letters',
        enabled: true,
        definition: {
          filters: { blobTypes: ['blockBlob'], prefixMatch: ['dead-letter/', 'grid-dead-letter/'] },
          actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: 14 } } },
        },
      },
      {
        name: 'old-versions',
        enabled: true,
        definition: { actions: { version: { delete: { daysAfterCreationGreaterThan: 90 } } } },
      },
    ]);
    expect(rules('defaults')[0]).toMatchObject({
      definition: { actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: 30 } } } },
    });
  });

  it('says where it is and what roles can be limited to', async () => {
    const { result, resources } = fixtures.defaults;
    const { inputs } = only(resources, 'storage:StorageAccount');
    await expect(valueOf(result.blobEndpoint)).resolves.toBe(
      `https://${String(inputs.accountName)}.blob.core.windows.net/`,
    );
    await expect(valueOf(result.modelsContainerId)).resolves.toBe(
      only(resources, 'storage:BlobContainer', 'r-models').id,
    );
  });
});
