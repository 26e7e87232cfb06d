import { describe, expect, it } from 'vitest';
import { CONTAINERS } from '../runtime/contracts/names.ts';
import { ProfileStore, type ProfileStoreArgs } from './profileStore.ts';
import { DEFAULTS, MAX, WAF_ALIGNED } from './testing/fixtures.ts';
import { childrenOf, evaluate, only, valueOf } from './testing/mocks.ts';

function store(args: ProfileStoreArgs) {
  return evaluate(() => new ProfileStore('p', args));
}

const fixtures = {
  defaults: await store(DEFAULTS),
  max: await store({ ...MAX, secondaryLocation: 'northeurope' }),
  wafAligned: await store({ ...WAF_ALIGNED, secondaryLocation: 'northeurope' }),
};

const CHILDREN = [
  'cosmosdb:DatabaseAccount p',
  'cosmosdb:SqlResourceSqlContainer p-items',
  'cosmosdb:SqlResourceSqlContainer p-leases',
  'cosmosdb:SqlResourceSqlContainer p-profiles',
  'cosmosdb:SqlResourceSqlContainer p-signals',
  'cosmosdb:SqlResourceSqlDatabase p-database',
];

describe('ProfileStore', () => {
  it('has exactly these children, and a diagnostic setting where there is a workspace', () => {
    expect(childrenOf(fixtures.defaults.resources, 'p')).toEqual(CHILDREN);
    expect(childrenOf(fixtures.wafAligned.resources, 'p')).toEqual([
      ...CHILDREN,
      'monitor:DiagnosticSetting p-diagnostics',
    ]);
  });

  it.each(['defaults', 'max', 'wafAligned'] as const)('refuses keys and keeps backups (%s)', (fixture) => {
    expect(only(fixtures[fixture].resources, 'cosmosdb:DatabaseAccount').inputs).toMatchObject({
      disableLocalAuth: true,
      disableKeyBasedMetadataWriteAccess: true,
      minimalTlsVersion: 'Tls12',
      enableAutomaticFailover: true,
      enableMultipleWriteLocations: false,
      networkAclBypass: 'None',
      backupPolicy: {
        type: 'Continuous',
        continuousModeProperties: { tier: fixture === 'max' ? 'Continuous30Days' : 'Continuous7Days' },
      },
    });
  });

  it('is closed, or open to the data centres of Azure alone', () => {
    const closed = only(fixtures.wafAligned.resources, 'cosmosdb:DatabaseAccount').inputs;
    expect(closed).toMatchObject({ publicNetworkAccess: 'Disabled', ipRules: [] });
    const open = only(fixtures.max.resources, 'cosmosdb:DatabaseAccount').inputs;
    expect(open).toMatchObject({ publicNetworkAccess: 'Enabled', ipRules: [{ ipAddressOrRange: '0.0.0.0' }] });
  });

  it('is serverless in one region as dev', () => {
    const { resources } = fixtures.defaults;
    expect(only(resources, 'cosmosdb:DatabaseAccount').inputs).toMatchObject({
      capabilities: [{ name: 'EnableServerless' }],
      locations: [{ locationName: 'westeurope', failoverPriority: 0, isZoneRedundant: true }],
      enableBurstCapacity: false,
    });
    expect(only(resources, 'cosmosdb:DatabaseAccount').inputs).not.toHaveProperty('capacity');
    expect(only(resources, 'cosmosdb:SqlResourceSqlContainer', 'p-profiles').inputs.options).toEqual({});
  });

  it('scales by itself in two regions as standard, up to a ceiling', () => {
    const { resources } = fixtures.wafAligned;
    expect(only(resources, 'cosmosdb:DatabaseAccount').inputs).toMatchObject({
      capabilities: [],
      capacity: { totalThroughputLimit: 20_000 },
      locations: [
        { locationName: 'westeurope', failoverPriority: 0, isZoneRedundant: true },
        { locationName: 'northeurope', failoverPriority: 1, isZoneRedundant: true },
      ],
    });
    expect(only(resources, 'cosmosdb:SqlResourceSqlContainer', 'p-signals').inputs.options).toEqual({
      autoscaleSettings: { maxThroughput: 4000 },
    });
  });

  it('has the containers of the contract with their keys and their time to live', () => {
    for (const { name, partitionKey, defaultTtl } of Object.values(CONTAINERS)) {
      const { inputs } = only(fixtures.defaults.resources, 'cosmosdb:SqlResourceSqlContainer', `p-${name}`);
      expect(inputs).toMatchObject({ containerName: name, databaseName: 'attune' });
      expect(inputs.resource).toMatchObject({
        id: name,
        partitionKey: { kind: 'Hash', version: 2, paths: [partitionKey] },
      });
      expect((inputs.resource as { defaultTtl?: number }).defaultTtl).toBe(defaultTtl);
    }
  });

  it.each([
    ['profiles', ['/history/*', '/items/*', '/recentIds/?', '/"_etag"/?']],
    ['signals', ['/popularity/*', '/transitions/*', '/"_etag"/?']],
    ['items', ['/"_etag"/?']],
    ['leases', ['/"_etag"/?']],
  ])('leaves the large parts of %s out of the index', (container, excluded) => {
    const { inputs } = only(fixtures.defaults.resources, 'cosmosdb:SqlResourceSqlContainer', `p-${container}`);
    expect(inputs.resource).toMatchObject({
      indexingPolicy: {
        indexingMode: 'consistent',
        includedPaths: [{ path: '/*' }],
        excludedPaths: excluded.map((path) => ({ path })),
      },
    });
  });

  it.each([undefined, 'westeurope'])('refuses two regions without a second one (%s)', async (secondaryLocation) => {
    await expect(store({ ...WAF_ALIGNED, secondaryLocation })).rejects.toThrow(
      'tier standard keeps its profiles in two regions. Set it to another Azure region than westeurope.',
    );
  });

  it('says where it is', async () => {
    await expect(valueOf(fixtures.defaults.result.endpoint)).resolves.toBe(
      'https://cosmos-attune-acme-dev-westeurope.documents.azure.com:443/',
    );
  });
});
