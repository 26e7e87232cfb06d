import { createHash } from 'node:crypto';
import { TENANT_ID } from '../identity/accessTokens.ts';
import { armId, text, type Deployment, type Inputs, type ResourceHandler } from './handler.ts';

/** Managed identities and Azure's role assignments: recorded in profile `fast`, enforced in profile `faithful`. */
export const identityHandlers: ResourceHandler[] = [
  {
    type: 'azure-native:managedidentity:UserAssignedIdentity',
    declare(inputs, { cloud }) {
      const name = text(inputs, 'resourceName');
      const id = armId(inputs, 'Microsoft.ManagedIdentity', 'userAssignedIdentities', name);
      const [principalId, clientId] = [stableGuid(`${id}/principal`), stableGuid(`${id}/client`)];
      cloud.identity?.addIdentity({ resourceId: id, principalId, clientId });
      return { id, outputs: { name, principalId, clientId, tenantId: TENANT_ID } };
    },
  },
  {
    type: 'azure-native:authorization:RoleAssignment',
    declare(inputs, deployment) {
      const name = text(inputs, 'roleAssignmentName');
      const id = `${text(inputs, 'scope')}/providers/Microsoft.Authorization/roleAssignments/${name}`;
      assignRole(id, inputs, deployment);
      return { id, outputs: { name } };
    },
  },
];

/** Makes an assignment of Azure or of Cosmos DB known to the services that enforce it. */
export function assignRole(id: string, inputs: Inputs, { cloud }: Deployment): void {
  cloud.identity?.addAssignment({
    id,
    principalId: text(inputs, 'principalId'),
    roleId: text(inputs, 'roleDefinitionId').split('/').at(-1) ?? '',
    scope: text(inputs, 'scope'),
  });
}

/** A GUID that is always the same for the same text, as identities keep theirs on Azure. */
export function stableGuid(of: string): string {
  const hex = createHash('sha256').update(of).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
