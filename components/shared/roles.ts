import { createHash } from 'node:crypto';
import { RoleAssignment } from '@pulumi/azure-native/authorization/roleAssignment.js';
import { SqlResourceSqlRoleAssignment } from '@pulumi/azure-native/cosmosdb/sqlResourceSqlRoleAssignment.js';
import { all, interpolate, output, type Input, type Output, type Resource } from '@pulumi/pulumi';

/** Azure's built-in roles that a stamp assigns, by their ids ("Azure built-in roles"). */
export const ROLES = {
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
} as const;

export type RoleName = keyof typeof ROLES;

/** Built-in roles of Cosmos DB for NoSQL: definitions under the account, not Azure roles. */
export const COSMOS_ROLES = {
  dataReader: '00000000-0000-0000-0000-000000000001',
  dataContributor: '00000000-0000-0000-0000-000000000002',
} as const;

export type CosmosRoleName = keyof typeof COSMOS_ROLES;

/** An Azure role for one principal on one resource. */
export interface Grant {
  /** Pulumi name, unique in the stack. */
  name: string;
  parent: Resource;
  principalId: Input<string>;
  role: RoleName;
  /** Resource id that the role is limited to, children included. */
  scope: Input<string>;
}

/** Assigns an Azure role to a managed identity. The assignment's name follows from scope, principal and role. */
export function grantRole({ name, parent, principalId, role, scope }: Grant): RoleAssignment {
  return new RoleAssignment(
    name,
    {
      scope,
      principalId,
      // Without it Azure looks the principal up, which fails while a new identity is not yet known everywhere.
      principalType: 'ServicePrincipal',
      roleDefinitionId: output(scope).apply((id) => roleDefinitionId(id, role)),
      roleAssignmentName: assignmentName(scope, principalId, ROLES[role]),
    },
    { parent },
  );
}

/** A Cosmos role for one principal on one container. */
export interface CosmosGrant {
  /** Pulumi name, unique in the stack. */
  name: string;
  parent: Resource;
  principalId: Input<string>;
  role: CosmosRoleName;
  account: { id: Input<string>; name: Input<string>; resourceGroupName: Input<string> };
  database: Input<string>;
  container: Input<string>;
}

/** Assigns a role of Cosmos DB for NoSQL on one container to a managed identity. */
export function grantCosmosRole(grant: CosmosGrant): SqlResourceSqlRoleAssignment {
  const { name, parent, principalId, role, account, database, container } = grant;
  const scope = interpolate`${account.id}/dbs/${database}/colls/${container}`;
  return new SqlResourceSqlRoleAssignment(
    name,
    {
      accountName: account.name,
      resourceGroupName: account.resourceGroupName,
      principalId,
      roleDefinitionId: interpolate`${account.id}/sqlRoleDefinitions/${COSMOS_ROLES[role]}`,
      roleAssignmentId: assignmentName(scope, principalId, COSMOS_ROLES[role]),
      scope,
    },
    { parent },
  );
}

/** Full id of a role's definition, in the subscription of the scope as Azure itself reports it. */
function roleDefinitionId(scope: string, role: RoleName): string {
  const subscription = /^\/subscriptions\/[^/]+/i.exec(scope)?.[0] ?? '';
  return `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${ROLES[role]}`;
}

function assignmentName(scope: Input<string>, principalId: Input<string>, role: string): Output<string> {
  return all([scope, principalId]).apply(([where, who]) => deterministicGuid([where.toLowerCase(), who, role]));
}

/** Namespace of the assignment names, made once for this project. */
const GUID_NAMESPACE = Buffer.from('0f7a6e2d9b0d4b4c8f8e2f5a4d1c7b93', 'hex');

/** A name-based GUID (RFC 9562, version 5): the same parts always give the same one. */
export function deterministicGuid(parts: readonly string[]): string {
  const bytes = createHash('sha1').update(GUID_NAMESPACE).update(parts.join('\n')).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
