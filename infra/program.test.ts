import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { makePackages } from '../components/testing/fixtures.ts';
import { evaluate, only, type Registered } from '../components/testing/mocks.ts';
import { KEYS } from './config.ts';

const ROOT = resolve(import.meta.dirname, '..');

/** Every type that the stack on one machine declares, which is what the local target must know. */
const LOCAL_TYPES = {
  'applicationinsights:Component': 1,
  'authorization:RoleAssignment': 26,
  'cosmosdb:DatabaseAccount': 1,
  'cosmosdb:SqlResourceSqlContainer': 4,
  'cosmosdb:SqlResourceSqlDatabase': 1,
  'cosmosdb:SqlResourceSqlRoleAssignment': 7,
  'eventgrid:EventSubscription': 3,
  'eventgrid:Topic': 1,
  'eventhub:ConsumerGroup': 4,
  'eventhub:EventHub': 4,
  'eventhub:Namespace': 1,
  'eventhub:NamespaceNetworkRuleSet': 1,
  'managedidentity:UserAssignedIdentity': 4,
  'monitor:DiagnosticSetting': 12,
  'operationalinsights:Workspace': 1,
  'resources:ResourceGroup': 1,
  'storage:Blob': 3,
  'storage:BlobContainer': 7,
  'storage:BlobServiceProperties': 4,
  'storage:ManagementPolicy': 1,
  'storage:StorageAccount': 4,
  'web:AppServicePlan': 3,
  'web:WebApp': 3,
  'web:WebAppFtpAllowed': 3,
  'web:WebAppFtpAllowedSlot': 1,
  'web:WebAppScmAllowed': 3,
  'web:WebAppScmAllowedSlot': 1,
  'web:WebAppSlot': 1,
};

/** What the smallest stack on Azure has more: the content share's key in a vault. */
const DEV_TYPES = {
  ...LOCAL_TYPES,
  'authorization:RoleAssignment': 27,
  'keyvault:Secret': 1,
  'keyvault:Vault': 1,
  'monitor:DiagnosticSetting': 13,
  'storage:FileShare': 1,
};

const project = parse(readFileSync(resolve(ROOT, 'Pulumi.yaml'), 'utf8')) as ProjectFile;

/** Configuration of a stack as the engine hands it over: what the project file declares, then what the stack sets. */
function stackConfig(stack: string): Record<string, string> {
  const file = parse(readFileSync(resolve(ROOT, `Pulumi.${stack}.yaml`), 'utf8')) as StackFile;
  const defaults = Object.entries(project.config).map(([key, { default: value }]) => [`attune:${key}`, String(value)]);
  const set = Object.entries(file.config).map(([key, value]) => [key, String(value)]);
  return Object.fromEntries([...defaults, ...set]) as Record<string, string>;
}

interface ProjectFile {
  config: Record<string, { type: string; description: string; default: unknown }>;
}
interface StackFile {
  config: Record<string, unknown>;
}

function countByType(resources: readonly Registered[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type } of resources) {
    if (!type.startsWith('azure-native:')) continue;
    const short = type.replace('azure-native:', '');
    counts[short] = (counts[short] ?? 0) + 1;
  }
  return counts;
}

const packages = makePackages();
afterAll(() => packages.remove());

const packageConfig = {
  'attune:functionsPackage': packages.functions,
  'attune:apiPackage': packages.api,
  'attune:workflowsPackage': packages.workflows,
};

/** The program is a module, which runs when it is first loaded. */
async function evaluateStack(stack: string, config: Record<string, string> = {}) {
  vi.resetModules();
  return evaluate(() => import('./index.ts'), { ...stackConfig(stack), ...packageConfig, ...config });
}

describe('the program', () => {
  it('declares for one machine what the local target knows, and calls no function of the provider', async () => {
    const { resources, calls } = await evaluateStack('local');
    expect(countByType(resources)).toEqual(LOCAL_TYPES);
    expect(calls).toEqual([]);
  });

  it('declares the smallest stack on Azure, where the content share asks for one key', async () => {
    const { resources, calls } = await evaluateStack('dev');
    expect(countByType(resources)).toEqual(DEV_TYPES);
    expect(calls).toEqual(['azure-native:storage:listStorageAccountKeys']);
  });

  it('declares the same for production, larger', async () => {
    const production = { 'attune:tier': 'standard', 'attune:secondaryLocation': 'northeurope' };
    const { resources } = await evaluateStack('dev', production);
    expect(countByType(resources)).toEqual(DEV_TYPES);
    expect(only(resources, 'eventhub:EventHub', 'attune-ingress-interactions').inputs.partitionCount).toBe(16);
  });

  it('ends with one line where a value is wrong', async () => {
    await expect(evaluateStack('dev', { 'attune:tier': 'gold' })).rejects.toThrow(
      'attune:tier is "gold": allowed is one of dev, standard, premium. Fix: pulumi config set attune:tier dev',
    );
  });
});

describe('the project file', () => {
  it('declares every key that the program reads, with type, meaning and default', () => {
    expect(Object.keys(project.config).sort()).toEqual([...KEYS].sort());
    for (const { type, description, default: value } of Object.values(project.config)) {
      expect(typeof value).toBe(type);
      expect(description.length).toBeGreaterThan(20);
    }
  });
});
