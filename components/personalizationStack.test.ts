import { afterAll, describe, expect, it } from 'vitest';
import { NAME_RULES } from './shared/naming.ts';
import { childrenOf, valueOf } from './testing/mocks.ts';
import { evaluateStack, removePackages, STACK_ARGS } from './testing/stackFixtures.ts';

afterAll(removePackages);

const fixtures = {
  defaults: await evaluateStack(STACK_ARGS.defaults),
  max: await evaluateStack(STACK_ARGS.max),
  wafAligned: await evaluateStack(STACK_ARGS.wafAligned),
};
const FIXTURES = Object.keys(fixtures) as (keyof typeof fixtures)[];

const CHILDREN = [
  'attune-components:index:EventIngress s-ingress',
  'attune-components:index:InsightWorkflows s-workflows',
  'attune-components:index:ModelRegistry s-registry',
  'attune-components:index:Observability s-observability',
  'attune-components:index:PackageStore s-packages',
  'attune-components:index:ProfileStore s-profiles',
  'attune-components:index:ScoringApi s-api',
  'attune-components:index:StreamProcessor s-functions',
  'authorization:RoleAssignment s-api-publishes-events',
  'authorization:RoleAssignment s-api-reads-learner',
  'authorization:RoleAssignment s-api-reads-models',
  'authorization:RoleAssignment s-api-sends-decisions',
  'authorization:RoleAssignment s-api-sends-interactions',
  'authorization:RoleAssignment s-api-sends-telemetry',
  'authorization:RoleAssignment s-functions-publishes-events',
  'authorization:RoleAssignment s-functions-receives-interactions',
  'authorization:RoleAssignment s-functions-sends-telemetry',
  'authorization:RoleAssignment s-functions-writes-dead-letters',
  'authorization:RoleAssignment s-functions-writes-learner',
  'authorization:RoleAssignment s-functions-writes-models',
  'authorization:RoleAssignment s-workflows-publishes-events',
  'authorization:RoleAssignment s-workflows-receives-announcements',
  'authorization:RoleAssignment s-workflows-sends-telemetry',
  'cosmosdb:SqlResourceSqlRoleAssignment s-api-reads-profiles',
  'cosmosdb:SqlResourceSqlRoleAssignment s-api-reads-signals',
  'cosmosdb:SqlResourceSqlRoleAssignment s-api-writes-items',
  'cosmosdb:SqlResourceSqlRoleAssignment s-functions-writes-leases',
  'cosmosdb:SqlResourceSqlRoleAssignment s-functions-writes-profiles',
  'cosmosdb:SqlResourceSqlRoleAssignment s-functions-writes-signals',
  'cosmosdb:SqlResourceSqlRoleAssignment s-workflows-writes-profiles',
  'eventgrid:EventSubscription s-training-to-functions',
  'managedidentity:UserAssignedIdentity s-api-identity',
  'managedidentity:UserAssignedIdentity s-functions-identity',
  'managedidentity:UserAssignedIdentity s-workflows-identity',
  'resources:ResourceGroup s-group',
];

describe('PersonalizationStack', () => {
  it('has exactly these children', () => {
    expect(childrenOf(fixtures.defaults.resources, 's')).toEqual(CHILDREN);
    expect(childrenOf(fixtures.max.resources, 's')).toEqual(CHILDREN);
  });
});

/** Azure's limits by type ("Naming rules and restrictions"), apart from the table that the names come from. */
const AZURE_LIMITS: Record<string, [number, number, RegExp]> = {
  'applicationinsights:Component': [1, 260, /^[^%&\\?/]+$/],
  'cosmosdb:DatabaseAccount': [3, 44, /^[a-z0-9]+(-[a-z0-9]+)*$/],
  'eventgrid:Topic': [3, 50, /^[a-zA-Z0-9-]+$/],
  'eventhub:Namespace': [6, 50, /^[a-zA-Z][a-zA-Z0-9-]{6,50}[a-zA-Z0-9]$/],
  'keyvault:Vault': [3, 24, /^[a-zA-Z][a-zA-Z0-9]*(-[a-zA-Z0-9]+)*$/],
  'managedidentity:UserAssignedIdentity': [3, 128, /^[a-zA-Z0-9][\w-]*$/],
  'operationalinsights:Workspace': [4, 63, /^[A-Za-z0-9][A-Za-z0-9-]+[A-Za-z0-9]$/],
  'resources:ResourceGroup': [1, 90, /^[-\w._()]*[-\w_()]$/],
  'storage:FileShare': [3, 63, /^[a-z0-9]+(-[a-z0-9]+)*$/],
  'storage:StorageAccount': [3, 24, /^[a-z0-9]+$/],
  'web:AppServicePlan': [1, 60, /^[a-zA-Z0-9-]+$/],
  'web:WebApp': [2, 60, /^[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]$/],
};

describe('the names', () => {
  it.each(FIXTURES)('are within the limits of Azure (%s)', (fixture) => {
    const checked = new Set<string>();
    for (const { type, id } of fixtures[fixture].resources) {
      const short = type.replace('azure-native:', '');
      const limits = AZURE_LIMITS[short];
      if (!limits) continue;
      const name = id.split('/').at(-1) ?? '';
      expect(name.length).toBeGreaterThanOrEqual(limits[0]);
      expect(name.length).toBeLessThanOrEqual(limits[1]);
      expect(name).toMatch(limits[2]);
      checked.add(short);
    }
    expect([...checked].sort()).toEqual(Object.keys(AZURE_LIMITS));
  });

  it('are those that were chosen by hand, where there are such', async () => {
    const names = Object.fromEntries(Object.keys(NAME_RULES).map((kind, index) => [kind, `chosen${index}name`]));
    const { resources } = await evaluateStack({ ...STACK_ARGS.defaults, names });
    const named = resources.filter(({ type }) => type.replace('azure-native:', '') in AZURE_LIMITS);
    const used = new Set(named.map(({ id }) => id.split('/').at(-1)));
    expect([...used].sort()).toEqual(Object.values(names).sort());
  });
});

describe('the outputs', () => {
  it('say where the stamp is reached', async () => {
    const { result } = fixtures.defaults;
    await expect(valueOf(result.apiUrl)).resolves.toBe('https://app-attune-acme-dev-westeurope.azurewebsites.net');
    await expect(valueOf(result.resourceGroupName)).resolves.toBe('rg-attune-acme-dev-westeurope');
    await expect(valueOf(result.eventHubsNamespace)).resolves.toBe(
      'evhns-attune-acme-dev-westeurope.servicebus.windows.net',
    );
  });
});
