import { ComponentResource } from '@pulumi/pulumi';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, only } from '../testing/mocks.ts';
import { COSMOS_ROLES, deterministicGuid, grantCosmosRole, grantRole, ROLES } from './roles.ts';

const GUID_V5 = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const ACCOUNT_ID = '/subscriptions/s1/resourceGroups/g/providers/Microsoft.DocumentDB/databaseAccounts/c';
const HUB_ID = '/subscriptions/s1/resourceGroups/g/providers/Microsoft.EventHub/namespaces/n/eventhubs/h';

describe('the role ids', () => {
  it('are those of Azure, which never change', () => {
    expect(ROLES).toEqual({
      eventHubsDataSender: '2b629674-e913-4c01-ae53-ef4638d8f975',
      eventHubsDataReceiver: 'a638d3c7-ab3a-418d-83e6-5f17a39d4fde',
      eventGridDataSender: 'd5a91429-5739-47e2-a06b-3470a27159e7',
      storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b',
      storageBlobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
      storageBlobDataReader: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1',
      storageQueueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88',
      storageTableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3',
      keyVaultSecretsUser: '4633458b-17de-408a-b874-0445c86b69e6',
      monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb',
    });
    expect(COSMOS_ROLES).toEqual({
      dataReader: '00000000-0000-0000-0000-000000000001',
      dataContributor: '00000000-0000-0000-0000-000000000002',
    });
  });
});

describe('deterministicGuid', () => {
  const parts = fc.array(
    fc.string({ minLength: 1 }).filter((part) => !part.includes('\n')),
    { minLength: 1 },
  );

  it('is a GUID of version 5, the same for the same parts and another one for others', () => {
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        expect(deterministicGuid(one)).toMatch(GUID_V5);
        expect(deterministicGuid([...one])).toBe(deterministicGuid(one));
        if (one.join('\n') !== other.join('\n')) expect(deterministicGuid(other)).not.toBe(deterministicGuid(one));
      }),
    );
  });
});

describe('grantRole', () => {
  it('assigns to a service principal, under a name that follows from scope, principal and role', async () => {
    const grant = { principalId: 'p1', role: 'eventHubsDataSender', scope: HUB_ID } as const;
    const { resources } = await evaluate(() => {
      const parent = new ComponentResource('test:index:Parent', 'parent');
      grantRole({ ...grant, name: 'sends', parent });
      grantRole({ ...grant, name: 'sends-too', parent, principalId: 'p2' });
    });
    const [one, other] = ['sends', 'sends-too'].map((name) => only(resources, 'authorization:RoleAssignment', name));
    expect(one?.inputs).toEqual({
      principalId: 'p1',
      principalType: 'ServicePrincipal',
      roleAssignmentName: deterministicGuid([HUB_ID.toLowerCase(), 'p1', ROLES.eventHubsDataSender]),
      roleDefinitionId: `/subscriptions/s1/providers/Microsoft.Authorization/roleDefinitions/${ROLES.eventHubsDataSender}`,
      scope: HUB_ID,
    });
    expect(other?.inputs.roleAssignmentName).not.toBe(one?.inputs.roleAssignmentName);
  });
});

describe('grantCosmosRole', () => {
  it('assigns a role of the account on one container', async () => {
    const { resources } = await evaluate(() =>
      grantCosmosRole({
        name: 'reads',
        parent: new ComponentResource('test:index:Parent', 'parent'),
        principalId: 'p1',
        role: 'dataReader',
        account: { id: ACCOUNT_ID, name: 'c', resourceGroupName: 'g' },
        database: 'attune',
        container: 'profiles',
      }),
    );
    const scope = `${ACCOUNT_ID}/dbs/attune/colls/profiles`;
    expect(only(resources, 'cosmosdb:SqlResourceSqlRoleAssignment').inputs).toEqual({
      accountName: 'c',
      resourceGroupName: 'g',
      principalId: 'p1',
      roleDefinitionId: `${ACCOUNT_ID}/sqlRoleDefinitions/00000000-0000-0000-0000-000000000001`,
      roleAssignmentId: deterministicGuid([scope.toLowerCase(), 'p1', COSMOS_ROLES.dataReader]),
      scope,
    });
  });
});
