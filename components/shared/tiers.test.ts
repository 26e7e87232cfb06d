import { describe, expect, it } from 'vitest';
import { TIER_NAMES, tierOf, TIERS } from './tiers.ts';
import { UserError } from './validate.ts';

describe('the tiers', () => {
  it.each(TIER_NAMES)('%s keeps to the limits of Event Hubs', (name) => {
    const { sku, capacity, maximumThroughputUnits = capacity, partitions, retentionHours } = TIERS[name].eventHubs;
    const premium = sku === 'Premium';
    expect(['Standard', 'Premium']).toContain(sku);
    expect(maximumThroughputUnits).toBeGreaterThanOrEqual(capacity);
    expect(maximumThroughputUnits).toBeLessThanOrEqual(premium ? 16 : 20);
    expect(partitions).toBeLessThanOrEqual(32);
    expect(retentionHours).toBeLessThanOrEqual(premium ? 90 * 24 : 7 * 24);
  });

  it.each(TIER_NAMES)('%s has either serverless Cosmos DB or autoscale below its own ceiling', (name) => {
    const { serverless, maximumThroughput, totalThroughputLimit = 0 } = TIERS[name].cosmos;
    const ceilings = Object.values(maximumThroughput ?? {});
    expect(ceilings.length > 0).toBe(!serverless);
    expect(totalThroughputLimit > 0).toBe(!serverless);
    for (const ceiling of ceilings) expect(ceiling % 1000).toBe(0);
    expect(ceilings.reduce((sum, ceiling) => sum + ceiling, 0)).toBeLessThanOrEqual(totalThroughputLimit);
  });

  it.each(TIER_NAMES)('%s keeps to the limits of Flex Consumption and of App Service', (name) => {
    const { functions, api, workflows } = TIERS[name];
    expect([512, 2048, 4096]).toContain(functions.instanceMemoryMB);
    expect(functions.maximumInstances).toBeLessThanOrEqual(1000);
    expect(functions.alwaysReady).toBeLessThanOrEqual(functions.maximumInstances);
    if (api.zoneRedundant) expect(api.instances).toBeGreaterThanOrEqual(2);
    if (workflows.zoneRedundant) expect(workflows.instances).toBeGreaterThanOrEqual(3);
    expect(workflows.maximumInstances).toBeGreaterThanOrEqual(workflows.instances);
  });

  it('run production over zones and regions, and dev in one', () => {
    for (const name of ['standard', 'premium'] as const) {
      const { cosmos, functions, api, workflows, storage } = TIERS[name];
      expect([cosmos.regions, functions.zoneRedundant, api.zoneRedundant, workflows.zoneRedundant]).toEqual([
        2,
        true,
        true,
        true,
      ]);
      expect(storage.sku).toBe('Standard_GZRS');
    }
    expect(TIERS.dev.cosmos).toMatchObject({ serverless: true, regions: 1 });
  });
});

describe('tierOf', () => {
  it('refuses a tier that does not exist and names those that do', () => {
    expect(tierOf('dev')).toBe(TIERS.dev);
    expect(() => tierOf('gold')).toThrow(UserError);
    expect(() => tierOf('gold')).toThrow('tier is "gold": allowed is one of dev, standard, premium.');
  });
});
