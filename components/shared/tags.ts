/** What the tags of a stamp are made of. */
export interface TagValues {
  tenant: string;
  environment: string;
  tier: string;
  /** Who answers for the stamp, for example a team's mail address. */
  owner: string;
  costCenter: string;
}

/** Version of this package, so that each resource tells which blueprint made it. */
export const BLUEPRINT_VERSION = '0.1.0';

/** Tags of every resource of a stamp. Tag values are readable for everybody who sees the resource: nothing secret. */
export function stampTags({ tenant, environment, tier, owner, costCenter }: TagValues): Record<string, string> {
  return {
    tenantId: tenant,
    stamp: `${tenant}-${environment}`,
    environment,
    tier,
    costCenter,
    owner,
    dataClassification: 'confidential',
    blueprintVersion: BLUEPRINT_VERSION,
    managedBy: 'pulumi',
  };
}
