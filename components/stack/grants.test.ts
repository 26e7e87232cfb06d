import { afterAll, describe, expect, it } from 'vitest';
import { guidOf } from '../testing/azure.ts';
import { grantsOf, only } from '../testing/mocks.ts';
import { evaluateStack, removePackages, STACK_ARGS } from '../testing/stackFixtures.ts';

afterAll(removePackages);

const { resources } = await evaluateStack(STACK_ARGS.wafAligned);

/** Everything that an app's identity may do: `<role> <resource>[/<part of it>]`, sorted. */
function rolesOf(app: string): string[] {
  const identity = only(resources, 'managedidentity:UserAssignedIdentity', `s-${app}-identity`);
  const grants = grantsOf(resources, guidOf(`${String(identity.inputs.resourceName)}/principal`));
  return grants.map((grant) => grant.replace(/\/subscriptions.*/, shortScope)).sort();
}

/** A scope by the prefix of its resource's name and the last part, for example `evhns/decisions`. */
function shortScope(scope: string): string {
  const [, name = '', ...below] = scope.replace(/.*\/providers\/[^/]+\//, '').split('/');
  return [name.replace(/-?attune.*/, ''), ...below.slice(-1)].join('/');
}

describe('the roles of a stack', () => {
  it('let the API take events in, keep the catalogue and read the rest', () => {
    expect(rolesOf('api')).toEqual([
      'dataContributor cosmos/items',
      'dataReader cosmos/profiles',
      'dataReader cosmos/signals',
      'eventGridDataSender evgt',
      'eventHubsDataSender evhns/decisions',
      'eventHubsDataSender evhns/interactions',
      'monitoringMetricsPublisher appi',
      'storageBlobDataReader stpkg/packages-api',
      'storageBlobDataReader streg/learner',
      'storageBlobDataReader streg/models',
    ]);
  });

  it('let the functions receive interactions and write what follows from them', () => {
    expect(rolesOf('functions')).toEqual([
      'dataContributor cosmos/leases',
      'dataContributor cosmos/profiles',
      'dataContributor cosmos/signals',
      'eventGridDataSender evgt',
      'eventHubsDataReceiver evhns/interactions',
      'monitoringMetricsPublisher appi',
      'storageBlobDataContributor stpkg/packages-functions',
      'storageBlobDataContributor streg/dead-letter',
      'storageBlobDataContributor streg/learner',
      'storageBlobDataContributor streg/models',
      'storageBlobDataOwner stfun',
      'storageTableDataContributor stfun',
    ]);
  });

  it('let the workflows receive announcements, write profiles and ask for training', () => {
    expect(rolesOf('workflows')).toEqual([
      'dataContributor cosmos/profiles',
      'eventGridDataSender evgt',
      'eventHubsDataReceiver evhns/announcements',
      'keyVaultSecretsUser kv',
      'monitoringMetricsPublisher appi',
      'storageBlobDataOwner stwfl',
      'storageBlobDataReader stpkg/packages-workflows',
      'storageQueueDataContributor stwfl',
      'storageTableDataContributor stwfl',
    ]);
  });

  it('have a name each, and no other principal has one', () => {
    const assignments = resources.filter(({ inputs }) => inputs.principalId !== undefined);
    const names = assignments.map(({ inputs }) => inputs.roleAssignmentName ?? inputs.roleAssignmentId);
    expect(new Set(names).size).toBe(names.length);
    const known = ['api', 'functions', 'workflows'].map((app) => `id-${app}-attune-acme-prod-westeurope`);
    const principals = [...known, 'id-events-attune-acme-prod-westeurope'].map((name) => guidOf(`${name}/principal`));
    expect(new Set(assignments.map(({ inputs }) => inputs.principalId))).toEqual(new Set(principals));
  });
});
