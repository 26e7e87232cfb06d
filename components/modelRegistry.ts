import { BlobContainer } from '@pulumi/azure-native/storage/blobContainer.js';
import { ManagementPolicy } from '@pulumi/azure-native/storage/managementPolicy.js';
import type { StorageAccount } from '@pulumi/azure-native/storage/storageAccount.js';
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import { BLOB_CONTAINERS } from '../runtime/contracts/names.ts';
import { componentType, type MonitoredStampArgs } from './shared/stamp.ts';
import { addStorageAccount } from './shared/storage.ts';
import { tierOf } from './shared/tiers.ts';

/** Arguments of `ModelRegistry`. */
export interface ModelRegistryArgs extends MonitoredStampArgs {
  /** Days after which dead letters are deleted. @default by tier */
  deadLetterDays?: number;
}

/**
 * The storage account of what the stamp learns and must not lose: containers `models`, `learner`, `dead-letter` and
 * `grid-dead-letter`. Soft delete and versions are on, keys are off; dead letters and old versions age out.
 */
export class ModelRegistry extends ComponentResource {
  readonly accountId: Output<string>;
  readonly accountName: Output<string>;
  /** `https://<account>.blob.core.windows.net/`. */
  readonly blobEndpoint: Output<string>;
  /** Ids of the containers, the scopes of roles. */
  readonly modelsContainerId: Output<string>;
  readonly learnerContainerId: Output<string>;
  readonly deadLetterContainerId: Output<string>;
  readonly gridDeadLetterContainerId: Output<string>;

  constructor(name: string, args: ModelRegistryArgs, opts?: ComponentResourceOptions) {
    super(componentType('ModelRegistry'), name, args, opts);
    const { sku } = tierOf(args.tier).storage;
    const account = addStorageAccount({ name, parent: this, kind: 'registryStorage', stamp: args, sku });
    this.addAgeing(name, account, args);

    this.accountId = account.id;
    this.accountName = account.name;
    this.blobEndpoint = account.primaryEndpoints.blob;
    this.modelsContainerId = this.addContainer(name, BLOB_CONTAINERS.models, account, args).id;
    this.learnerContainerId = this.addContainer(name, BLOB_CONTAINERS.learner, account, args).id;
    this.deadLetterContainerId = this.addContainer(name, BLOB_CONTAINERS.deadLetter, account, args).id;
    this.gridDeadLetterContainerId = this.addContainer(name, BLOB_CONTAINERS.gridDeadLetter, account, args).id;
    this.registerOutputs({
      accountId: this.accountId,
      accountName: this.accountName,
      blobEndpoint: this.blobEndpoint,
      modelsContainerId: this.modelsContainerId,
      learnerContainerId: this.learnerContainerId,
      deadLetterContainerId: this.deadLetterContainerId,
      gridDeadLetterContainerId: this.gridDeadLetterContainerId,
    });
  }

  private addContainer(name: string, containerName: string, account: StorageAccount, args: ModelRegistryArgs) {
    const lockable = containerName === BLOB_CONTAINERS.models && tierOf(args.tier).storage.lockableModels;
    return new BlobContainer(
      `${name}-${containerName}`,
      {
        containerName,
        accountName: account.name,
        resourceGroupName: args.resourceGroupName,
        publicAccess: 'None',
        immutableStorageWithVersioning: lockable ? { enabled: true } : undefined,
      },
      { parent: this },
    );
  }

  private addAgeing(name: string, account: StorageAccount, args: ModelRegistryArgs): void {
    const { deadLetterDays, versionDays } = tierOf(args.tier).storage;
    const deadLetters = [`${BLOB_CONTAINERS.deadLetter}/`, `${BLOB_CONTAINERS.gridDeadLetter}/`];
    new ManagementPolicy(
      `${name}-ageing`,
      {
        accountName: account.name,
        resourceGroupName: args.resourceGroupName,
        managementPolicyName: 'default',
        policy: {
          rules: [
            {
              name: 'dead-letters',
              type: 'Lifecycle',
              enabled: true,
              definition: {
                filters: { blobTypes: ['blockBlob'], prefixMatch: deadLetters },
                actions: {
                  baseBlob: { delete: { daysAfterModificationGreaterThan: args.deadLetterDays ?? deadLetterDays } },
                },
              },
            },
            {
              name: 'old-versions',
              type: 'Lifecycle',
              enabled: true,
              definition: {
                filters: { blobTypes: ['blockBlob'] },
                actions: { version: { delete: { daysAfterCreationGreaterThan: versionDays } } },
              },
            },
          ],
        },
      },
      { parent: this },
    );
  }
}
