import { UserAssignedIdentity } from '@pulumi/azure-native/managedidentity/userAssignedIdentity.js';
import type { Output, Resource } from '@pulumi/pulumi';
import { physicalName, type NameKind } from './naming.ts';
import type { StampArgs } from './stamp.ts';

/** A user-assigned managed identity, as `AppIdentityArgs` takes it. */
export interface AppIdentity {
  id: Output<string>;
  clientId: Output<string>;
  principalId: Output<string>;
  /** Microsoft Entra tenant that it lives in. */
  directoryId: Output<string>;
}

/** The identity of one app or topic: it is there before its user, so that roles can be assigned first. */
export function addIdentity(name: string, parent: Resource, kind: NameKind, stamp: StampArgs): AppIdentity {
  const { id, clientId, principalId, tenantId } = new UserAssignedIdentity(
    `${name}-identity`,
    {
      resourceName: physicalName(kind, stamp),
      resourceGroupName: stamp.resourceGroupName,
      location: stamp.location,
      tags: stamp.tags,
    },
    { parent },
  );
  return { id, clientId, principalId, directoryId: tenantId };
}
