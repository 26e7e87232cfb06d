import { DatabaseAccount } from '@pulumi/azure-native/cosmosdb/databaseAccount.js';
import { SqlResourceSqlContainer } from '@pulumi/azure-native/cosmosdb/sqlResourceSqlContainer.js';
import { SqlResourceSqlDatabase } from '@pulumi/azure-native/cosmosdb/sqlResourceSqlDatabase.js';
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import { CONTAINERS, DATABASE } from '../runtime/contracts/names.ts';
import { addDiagnostics } from './shared/diagnostics.ts';
import { physicalName } from './shared/naming.ts';
import { componentType, networkAccess, type MonitoredStampArgs } from './shared/stamp.ts';
import { tierOf, type Tier } from './shared/tiers.ts';
import { UserError } from './shared/validate.ts';

/** Arguments of `ProfileStore`. */
export interface ProfileStoreArgs extends MonitoredStampArgs {
  /** Region of the second copy. Required by tiers with two regions (standard, premium). */
  secondaryLocation?: string;
}

type ContainerKey = keyof typeof CONTAINERS;

/**
 * What no query filters by, and what makes up most of a document: leaving it out of the index is what keeps a write cheap.
 */
const NOT_INDEXED: Record<ContainerKey, string[]> = {
  profiles: ['/history/*', '/items/*', '/recentIds/?'],
  items: [],
  signals: ['/popularity/*', '/transitions/*'],
  leases: [],
};

/** In Cosmos DB this address stands for all data centres of Azure, and for nothing outside of them. */
const AZURE_DATACENTRES = '0.0.0.0';

/**
 * Cosmos DB for NoSQL: an account for Entra callers alone, the database and the containers of the contract. With
 * `publicNetworkAccess` it is open to Azure's data centres only, in which the apps run.
 */
export class ProfileStore extends ComponentResource {
  readonly accountId: Output<string>;
  readonly accountName: Output<string>;
  readonly databaseName: Output<string>;
  /** `https://<account>.documents.azure.com:443/`. */
  readonly endpoint: Output<string>;

  constructor(name: string, args: ProfileStoreArgs, opts?: ComponentResourceOptions) {
    super(componentType('ProfileStore'), name, args, opts);
    const tier = tierOf(args.tier).cosmos;
    const account = this.addAccount(name, args, tier);
    const database = new SqlResourceSqlDatabase(
      `${name}-database`,
      {
        databaseName: DATABASE,
        accountName: account.name,
        resourceGroupName: args.resourceGroupName,
        resource: { id: DATABASE },
      },
      { parent: this },
    );
    for (const key of Object.keys(CONTAINERS) as ContainerKey[]) {
      this.addContainer(name, key, { account, database, args, tier });
    }
    addDiagnostics(args.workspaceId, { name, parent: this, resourceUri: account.id });

    this.accountId = account.id;
    this.accountName = account.name;
    this.databaseName = database.name;
    this.endpoint = account.documentEndpoint;
    this.registerOutputs({
      accountId: this.accountId,
      accountName: this.accountName,
      databaseName: this.databaseName,
      endpoint: this.endpoint,
    });
  }

  private addAccount(name: string, args: ProfileStoreArgs, tier: Tier['cosmos']): DatabaseAccount {
    return new DatabaseAccount(
      name,
      {
        accountName: physicalName('cosmosAccount', args),
        resourceGroupName: args.resourceGroupName,
        location: args.location,
        tags: args.tags,
        kind: 'GlobalDocumentDB',
        databaseAccountOfferType: 'Standard',
        consistencyPolicy: { defaultConsistencyLevel: 'Session' },
        locations: regions(args, tier).map((locationName, failoverPriority) => ({
          locationName,
          failoverPriority,
          isZoneRedundant: true,
        })),
        capabilities: tier.serverless ? [{ name: 'EnableServerless' }] : [],
        capacity: tier.totalThroughputLimit ? { totalThroughputLimit: tier.totalThroughputLimit } : undefined,
        backupPolicy: { type: 'Continuous', continuousModeProperties: { tier: tier.continuousBackup } },
        disableLocalAuth: true,
        disableKeyBasedMetadataWriteAccess: true,
        minimalTlsVersion: 'Tls12',
        publicNetworkAccess: networkAccess(args),
        ipRules: args.publicNetworkAccess ? [{ ipAddressOrRange: AZURE_DATACENTRES }] : [],
        networkAclBypass: 'None',
        isVirtualNetworkFilterEnabled: false,
        enableAutomaticFailover: true,
        enableMultipleWriteLocations: false,
        enableBurstCapacity: !tier.serverless,
        enableAnalyticalStorage: false,
      },
      { parent: this },
    );
  }

  private addContainer(name: string, key: ContainerKey, parts: ContainerParts): void {
    const { account, database, args, tier } = parts;
    const container = CONTAINERS[key];
    const maxThroughput = tier.maximumThroughput?.[key];
    new SqlResourceSqlContainer(
      `${name}-${container.name}`,
      {
        containerName: container.name,
        databaseName: database.name,
        accountName: account.name,
        resourceGroupName: args.resourceGroupName,
        options: maxThroughput === undefined ? {} : { autoscaleSettings: { maxThroughput } },
        resource: {
          id: container.name,
          partitionKey: { kind: 'Hash', version: 2, paths: [container.partitionKey] },
          defaultTtl: container.defaultTtl,
          indexingPolicy: {
            indexingMode: 'consistent',
            automatic: true,
            includedPaths: [{ path: '/*' }],
            excludedPaths: [...NOT_INDEXED[key], '/"_etag"/?'].map((path) => ({ path })),
          },
        },
      },
      { parent: this },
    );
  }
}

interface ContainerParts {
  account: DatabaseAccount;
  database: SqlResourceSqlDatabase;
  args: ProfileStoreArgs;
  tier: Tier['cosmos'];
}

function regions({ location, secondaryLocation, tier: tierName }: ProfileStoreArgs, tier: Tier['cosmos']): string[] {
  if (tier.regions === 1) return [location];
  if (secondaryLocation === undefined || secondaryLocation === location) {
    throw new UserError(
      `secondaryLocation is ${JSON.stringify(secondaryLocation)}: tier ${tierName} keeps its profiles in two regions. ` +
        `Set it to another Azure region than ${location}.`,
    );
  }
  return [location, secondaryLocation];
}
