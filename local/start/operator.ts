import type { LocalIdentity, TokenSource } from '../cloud/localIdentity.ts';
import { stableGuid } from '../resources/identity.ts';
import type { Deployment } from '../resources/handler.ts';

/** Last part of the ids of what belongs to the operator. */
export const OPERATOR = 'operator';

/** Data roles of the operator, each on the resources of one type. */
const ROLES: Readonly<Record<string, string>> = {
  'azure-native:eventhub:Namespace': 'f526a384-b230-433a-b45c-95f59c4a2dec',
  'azure-native:eventgrid:Topic': 'd5a91429-5739-47e2-a06b-3470a27159e7',
  'azure-native:storage:StorageAccount': 'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
  'azure-native:cosmosdb:DatabaseAccount': '00000000-0000-0000-0000-000000000002',
};

/**
 * The person who runs the stack, as a developer who has signed in with the Azure CLI and holds data roles on all stores.
 * No app can use it: its secret is in `endpoints.json` alone.
 */
export function addOperator(identity: LocalIdentity, { resources }: Deployment): TokenSource {
  const [principalId, clientId] = [stableGuid(`${OPERATOR}/principal`), stableGuid(`${OPERATOR}/client`)];
  identity.addIdentity({ resourceId: OPERATOR, principalId, clientId });
  for (const { id, type } of resources.values()) {
    const roleId = ROLES[type];
    if (roleId) identity.addAssignment({ id: `${id}/${OPERATOR}`, principalId, roleId, scope: id });
  }
  return identity.addHolder({ name: OPERATOR, identities: [], systemAssigned: OPERATOR });
}
