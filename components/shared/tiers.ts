import { requireOneOf } from './validate.ts';

/** Size of an App Service plan. */
export interface PlanSize {
  name: string;
  tier: string;
  instances: number;
  zoneRedundant: boolean;
}

/** Every figure that depends on the tier. Hours, days, RU/s and MB where the name does not say more. */
export interface Tier {
  eventHubs: {
    sku: string;
    /** Throughput units (Standard) or processing units (Premium). */
    capacity: number;
    /** Ceiling of auto-inflate in throughput units; absent where the namespace does not inflate. */
    maximumThroughputUnits?: number;
    /** Fixed when a hub is created. */
    partitions: number;
    retentionHours: number;
  };
  cosmos: {
    serverless: boolean;
    regions: number;
    continuousBackup: string;
    /** Autoscale ceiling per container; absent where serverless. */
    maximumThroughput?: { profiles: number; items: number; signals: number; leases: number };
    /** Ceiling of the whole account, a guard for the cost; absent where serverless. */
    totalThroughputLimit?: number;
  };
  storage: {
    /** Of the data that the stamp must not lose. */
    sku: string;
    /** Of what can be made again: host state and packages. */
    hostSku: string;
    softDeleteDays: number;
    /** Days after which dead letters go. */
    deadLetterDays: number;
    /** Days after which versions of blobs that were overwritten or deleted go. */
    versionDays: number;
    /** Whether models can be locked against deletion; such a container cannot be removed while it holds a blob. */
    lockableModels: boolean;
  };
  functions: {
    instanceMemoryMB: number;
    maximumInstances: number;
    /** Instances of the function `ingest` that are always warm. */
    alwaysReady: number;
    zoneRedundant: boolean;
  };
  api: PlanSize;
  workflows: PlanSize & { maximumInstances: number };
  keyVault: { sku: string; softDeleteDays: number };
  logs: {
    retentionDays: number;
    /** Gigabytes per day; -1 is no cap. */
    dailyQuotaGb: number;
  };
}

const DEV: Tier = {
  eventHubs: { sku: 'Standard', capacity: 1, partitions: 4, retentionHours: 24 },
  cosmos: { serverless: true, regions: 1, continuousBackup: 'Continuous7Days' },
  storage: {
    sku: 'Standard_ZRS',
    hostSku: 'Standard_ZRS',
    softDeleteDays: 7,
    deadLetterDays: 30,
    versionDays: 7,
    lockableModels: false,
  },
  functions: { instanceMemoryMB: 2048, maximumInstances: 40, alwaysReady: 0, zoneRedundant: false },
  api: { name: 'P0v3', tier: 'Premium0V3', instances: 1, zoneRedundant: false },
  workflows: { name: 'WS1', tier: 'WorkflowStandard', instances: 1, zoneRedundant: false, maximumInstances: 1 },
  keyVault: { sku: 'standard', softDeleteDays: 7 },
  logs: { retentionDays: 30, dailyQuotaGb: 1 },
};

const STANDARD: Tier = {
  eventHubs: { sku: 'Standard', capacity: 2, maximumThroughputUnits: 20, partitions: 16, retentionHours: 168 },
  cosmos: {
    serverless: false,
    regions: 2,
    continuousBackup: 'Continuous7Days',
    maximumThroughput: { profiles: 4000, items: 1000, signals: 4000, leases: 1000 },
    totalThroughputLimit: 20_000,
  },
  storage: {
    sku: 'Standard_GZRS',
    hostSku: 'Standard_ZRS',
    softDeleteDays: 30,
    deadLetterDays: 90,
    versionDays: 30,
    lockableModels: true,
  },
  functions: { instanceMemoryMB: 2048, maximumInstances: 100, alwaysReady: 1, zoneRedundant: true },
  api: { name: 'P1v3', tier: 'PremiumV3', instances: 2, zoneRedundant: true },
  workflows: { name: 'WS1', tier: 'WorkflowStandard', instances: 3, zoneRedundant: true, maximumInstances: 10 },
  keyVault: { sku: 'standard', softDeleteDays: 90 },
  logs: { retentionDays: 90, dailyQuotaGb: -1 },
};

const PREMIUM: Tier = {
  eventHubs: { sku: 'Premium', capacity: 1, partitions: 32, retentionHours: 720 },
  cosmos: {
    serverless: false,
    regions: 2,
    continuousBackup: 'Continuous30Days',
    maximumThroughput: { profiles: 20_000, items: 4000, signals: 20_000, leases: 1000 },
    totalThroughputLimit: 100_000,
  },
  storage: {
    sku: 'Standard_GZRS',
    hostSku: 'Standard_ZRS',
    softDeleteDays: 30,
    deadLetterDays: 365,
    versionDays: 90,
    lockableModels: true,
  },
  functions: { instanceMemoryMB: 4096, maximumInstances: 200, alwaysReady: 2, zoneRedundant: true },
  api: { name: 'P2v3', tier: 'PremiumV3', instances: 3, zoneRedundant: true },
  workflows: { name: 'WS2', tier: 'WorkflowStandard', instances: 3, zoneRedundant: true, maximumInstances: 20 },
  keyVault: { sku: 'premium', softDeleteDays: 90 },
  logs: { retentionDays: 90, dailyQuotaGb: -1 },
};

/** The tiers of a stamp: dev for trying things out, standard for production, premium for a tenant with isolation needs. */
export const TIERS = { dev: DEV, standard: STANDARD, premium: PREMIUM } as const;

export type TierName = keyof typeof TIERS;

export const TIER_NAMES = Object.keys(TIERS) as TierName[];

/** @throws {UserError} when there is no such tier. */
export function tierOf(name: string): Tier {
  return TIERS[requireOneOf({ property: 'tier', fix: 'Choose another tier.' }, name, TIER_NAMES)];
}
