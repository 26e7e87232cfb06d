import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import { componentType, type MonitoredStampArgs } from './shared/stamp.ts';
import { addStorageAccount } from './shared/storage.ts';
import { tierOf } from './shared/tiers.ts';

/**
 * The storage account of deployment packages and of the content share of Logic Apps: **the one account that accepts its
 * key**. Two things ask for that. The Pulumi provider uploads blobs with the account's key alone
 * (pulumi/pulumi-azure-native#2015), and Logic Apps Standard mounts its content share with it. No app is given the key:
 * apps read their packages with their identities, the content share's key is a Key Vault reference. The account holds no
 * data of the tenant.
 */
export class PackageStore extends ComponentResource {
  readonly accountId: Output<string>;
  readonly accountName: Output<string>;

  constructor(name: string, args: MonitoredStampArgs, opts?: ComponentResourceOptions) {
    super(componentType('PackageStore'), name, args, opts);
    const account = addStorageAccount({
      name,
      parent: this,
      kind: 'packageStorage',
      stamp: args,
      sku: tierOf(args.tier).storage.hostSku,
      sharedKeyAccess: true,
      usage: 'azure-functions',
    });
    this.accountId = account.id;
    this.accountName = account.name;
    this.registerOutputs({ accountId: this.accountId, accountName: this.accountName });
  }
}
