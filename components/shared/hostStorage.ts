import type { StorageAccount } from '@pulumi/azure-native/storage/storageAccount.js';
import type { Resource } from '@pulumi/pulumi';
import { grantRole } from './roles.ts';
import type { AppIdentityArgs, MonitoredStampArgs } from './stamp.ts';
import { addStorageAccount } from './storage.ts';
import { tierOf } from './tiers.ts';

/** What the identity of an app needs to keep data of its host in a service of the account. */
const HOST_ROLES = {
  blobs: 'storageBlobDataOwner',
  queues: 'storageQueueDataContributor',
  tables: 'storageTableDataContributor',
} as const;

/** The storage account that the host of a function app or Logic App keeps its own state in. */
export interface HostStorage {
  /** Pulumi name of the app; `-host` and the like are added. */
  name: string;
  parent: Resource;
  kind: 'functionStorage' | 'workflowStorage';
  stamp: MonitoredStampArgs;
  identity: AppIdentityArgs;
  /** Where the host keeps data. */
  services: readonly (keyof typeof HOST_ROLES)[];
}

/** Adds the account, without keys, and lets the app's identity in. The app starts after the dependencies. */
export function addHostStorage(host: HostStorage): { storage: StorageAccount; dependencies: Resource[] } {
  const { name, parent, kind, stamp, identity, services } = host;
  const storage = addStorageAccount({
    name: `${name}-host`,
    parent,
    kind,
    stamp,
    sku: tierOf(stamp.tier).storage.hostSku,
    usage: 'azure-functions',
  });
  const grant = { parent, principalId: identity.principalId, scope: storage.id };
  const dependencies = services.map((service) => {
    return grantRole({ ...grant, name: `${name}-host-${service}`, role: HOST_ROLES[service] });
  });
  return { storage, dependencies };
}
