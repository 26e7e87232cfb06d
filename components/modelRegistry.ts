import { BlobContainer } from '@pulumi/azure-native/storage/blobContainer.js';
import { ManagementPolicy } from '@pulumi/azure-native/storage/managementPolicy.js';
import type { StorageAccount } from '@pulumi/azure-native/storage/storageAccount.js';
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import { BLOB_CONTAINERS } from '../runtime/contracts/names.ts';
import { componentType, type StampArgs } from './shared/stamp.ts';
import { addStorageAccount } from './shared/storage.ts';
import { tierOf } from './shared/tiers.ts';

/** Arguments of `ModelRegistry`. */
export interface ModelRegistryArgs extends StampArgs {
  /** Days after which dead letters are deleted. @default by tier */
  deadLetterDays?: number;
}

/**
 * The storage account of what the stamp learns and must not lose: containers `models`, `learner`, `dead-letter` and
 * `grid-dead-letter`. Soft delete and versions are on, keys are off; dead letters age out.
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
    const { storage } = tierOf(args.tier);
    const account = addStorageAccount({ name, parent: this, kind: 'registryStorage', stamp: args, sku: storage.sku });
    const container = (containerName: string): Output<string> => this.addContainer(name, containerName, account, args);

    this.modelsContainerId = container(BLOB_CONTAINERS.models);
    this.learnerContainerId = container(BLOB_CONTAINERS.learner);
    this.deadLetterContainerId = container(BLOB_CONTAINERS.deadLetter);
    this.gridDeadLetterContainerId = container(BLOB_CONTAINERS.gridDeadLetter);
    this.addAgeing(name, account, args, args.deadLetterDays ?? storage.deadLetterDays);

    this.accountId = account.id;
    this.accountName = account.name;
    this.blobEndpoint = account.primaryEndpoints.blob;
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

  private addContainer(name: string, containerName: string, account: StorageAccount, stamp: StampArgs): Output<string> {
    const { resourceGroupName } = stamp;
    return new BlobContainer(
      `${name}-${containerName}`,
      { containerName, accountName: account.name, resourceGroupName, publicAccess: 'None' },
      { parent: this },
    ).id;
  }

  /** Dead letters go after some time, and so do old versions of blobs. */
  private addAgeing(name: string, account: StorageAccount, stamp: StampArgs, deadLetterDays: number): void {
    new ManagementPolicy(
      `${name}-ageing`,
      {
        accountName: account.name,
        resourceGroupName: stamp.resourceGroupName,
        managementPolicyName: 'default',
        policy: {
          rules: [
            {
              name: 'dead-letters',
              type: 'Lifecycle',
              enabled: true,
              definition: {
                filters: {
                  blobTypes: ['blockBlob'],
                  prefixMatch: [`${BLOB_CONTAINERS.deadLetter}/`, `${BLOB_CONTAINERS.gridDeadLetter}/`],
                },
                actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: deadLetterDays } } },
              },
            },
            {
              name: 'old-versions',
              type: 'Lifecycle',
              enabled: true,
              definition: {
                filters: { blobTypes: ['blockBlob'] },
                actions: { version: { delete: { daysAfterCreationGreaterThan: deadLetterDays } } },
              },
            },
          ],
        },
      },
      { parent: this },
    );
  }
}
