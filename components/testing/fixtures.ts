import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MonitoredStampArgs } from '../shared/stamp.ts';
import { guidOf } from './azure.ts';

const GROUP_ID = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-test';

/** Only what is required: the smallest stamp, closed, without diagnostics. */
export const DEFAULTS: MonitoredStampArgs = {
  resourceGroupName: 'rg-test',
  location: 'westeurope',
  tenant: 'acme',
  environment: 'dev',
  tier: 'dev',
};

/** Everything that can be set, with the longest names. */
export const MAX: MonitoredStampArgs = {
  resourceGroupName: 'rg-test',
  location: 'germanywestcentral',
  tenant: 'a-tenant-whose-name-takes-forty-letters1',
  environment: 'production',
  tier: 'premium',
  tags: { owner: 'platform-team' },
  workspaceId: `${GROUP_ID}/providers/Microsoft.OperationalInsights/workspaces/log-test`,
  publicNetworkAccess: true,
};

/** As the Well-Architected Framework wants production: redundant, observed, closed. */
export const WAF_ALIGNED: MonitoredStampArgs = {
  resourceGroupName: 'rg-test',
  location: 'westeurope',
  tenant: 'acme',
  environment: 'prod',
  tier: 'standard',
  tags: { owner: 'platform-team' },
  workspaceId: `${GROUP_ID}/providers/Microsoft.OperationalInsights/workspaces/log-test`,
  publicNetworkAccess: false,
};

/** A managed identity that was made elsewhere. */
export const IDENTITY = {
  id: `${GROUP_ID}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-test`,
  clientId: guidOf('client'),
  principalId: guidOf('principal'),
};

/** A package store that was made elsewhere. */
export const PACKAGE_LOCATION = { accountName: 'stpkgtest', resourceGroupName: 'rg-test' };

/** Deployment packages in a temporary folder, each with one file. */
export interface TestPackages {
  functions: string;
  api: string;
  workflows: string;
  remove(): void;
}

export function makePackages(): TestPackages {
  const root = mkdtempSync(join(tmpdir(), 'attune-packages-'));
  const make = (app: string): string => {
    const folder = join(root, app);
    mkdirSync(folder);
    writeFileSync(join(folder, 'main.mjs'), `export const app = '${app}';\n`);
    return folder;
  };
  return {
    functions: make('functions'),
    api: make('api'),
    workflows: make('workflows'),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
