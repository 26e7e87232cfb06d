import type { Input } from '@pulumi/pulumi';

/** What every component of a stamp is told. */
export interface StampArgs {
  /** Resource group that the component's resources go into. */
  resourceGroupName: Input<string>;
  /** Azure region by its short name, for example `westeurope`. Part of resource names, hence plain. */
  location: string;
  /** Tenant of the stamp: 1 to 40 lower-case letters, digits and single hyphens. Part of resource names, hence plain. */
  tenant: string;
  /** Environment of the stamp, for example `dev`: up to 10 lower-case letters and digits. Part of resource names. */
  environment: string;
  /** `dev`, `standard` or `premium`: sizes and redundancy, see `tiers.ts`. */
  tier: string;
  /** Tags of every resource. */
  tags?: Input<Record<string, Input<string>>>;
  /** Names in Azure that replace the computed ones, by kind (the keys of `NAME_RULES` in `naming.ts`). @default none */
  names?: Record<string, string>;
  /**
   * Whether the services can be reached over the public endpoint. Identity is asked for either way: keys are off.
   * With false they are closed, and only private endpoints lead to them; without those the apps cannot reach
   * their stores, so a stamp that has none (tier dev) sets true. @default false
   */
  publicNetworkAccess?: boolean;
}

/** What components are told whose resources send logs and metrics. */
export interface MonitoredStampArgs extends StampArgs {
  /** Log Analytics workspace that logs and metrics go to. @default none are sent */
  workspaceId?: Input<string>;
}

/** A user-assigned managed identity as the components need it. */
export interface AppIdentityArgs {
  /** Resource id. */
  id: Input<string>;
  /** Client (application) id: selects the identity when a token is asked for. */
  clientId: Input<string>;
  /** Object id: what roles are assigned to. */
  principalId: Input<string>;
}

/** `Enabled` or `Disabled`, as most services spell it. */
export function networkAccess({ publicNetworkAccess = false }: Pick<StampArgs, 'publicNetworkAccess'>): string {
  return publicNetworkAccess ? 'Enabled' : 'Disabled';
}

/** Pulumi's type of a component of this package. */
export function componentType(component: string): string {
  return `attune-components:index:${component}`;
}
