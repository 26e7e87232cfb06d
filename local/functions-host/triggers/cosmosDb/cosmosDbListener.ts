import { CosmosClient, type Container, type FeedRange } from '@azure/cosmos';
import { HostError } from '../../hostError.ts';
import type { FunctionRunner } from '../../invocation/functionRunner.ts';
import { invokeWithRetry } from '../../invocation/retry.ts';
import { errorDetails } from '../../log.ts';
import { readConnection } from '../../settings/connection.ts';
import type { CreateListener, ListenerContext, TriggerListener } from '../listener.ts';
import { openChangeFeed } from './changeFeed.ts';
import { LeaseStore } from './leaseStore.ts';
import { RangeFollower } from './rangeFollower.ts';
import { cosmosTriggerOptions, type CosmosTriggerOptions } from './triggerOptions.ts';

/** Listener of a Cosmos DB trigger (change feed, latest versions). */
export const cosmosDbListener: CreateListener = async (runner, context) => {
  const options = cosmosTriggerOptions(runner.trigger, runner.name);
  const monitored = await client(options.connection, context);
  const leases =
    options.leases.connection === options.connection ? monitored : await client(options.leases.connection, context);
  return new CosmosDbListener(runner, context, options, { monitored, leases });
};

class CosmosDbListener implements TriggerListener {
  readonly #runner: FunctionRunner;
  readonly #context: ListenerContext;
  readonly #options: CosmosTriggerOptions;
  readonly #clients: { monitored: CosmosClient; leases: CosmosClient };
  #followers: RangeFollower[] = [];

  constructor(
    runner: FunctionRunner,
    context: ListenerContext,
    options: CosmosTriggerOptions,
    clients: { monitored: CosmosClient; leases: CosmosClient },
  ) {
    this.#runner = runner;
    this.#context = context;
    this.#options = options;
    this.#clients = clients;
  }

  async start(): Promise<void> {
    const { database, container, leaseExpirationMs } = this.#options;
    const leases = new LeaseStore({
      container: await this.#leaseContainer(),
      owner: this.#context.instanceId,
      expirationMs: leaseExpirationMs,
    });
    const monitored = this.#clients.monitored.database(database).container(container);
    const ranges = await this.#existing(`container "${container}"`, () => monitored.getFeedRanges());
    this.#followers = ranges.map((range, index) => this.#follower(monitored, range, index, leases));
    for (const follower of this.#followers) follower.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#followers.map((follower) => follower.stop()));
    for (const each of new Set(Object.values(this.#clients))) each.dispose();
  }

  async describe(): Promise<Record<string, unknown>> {
    const { database, container } = this.#options;
    return { database, container, leases: this.#followers.map(({ owned, position }) => ({ owned, position })) };
  }

  #follower(monitored: Container, range: FeedRange, index: number, leases: LeaseStore): RangeFollower {
    const { database, container, leases: where, maxItems, start } = this.#options;
    const { clock, log } = this.#context;
    return new RangeFollower({
      leaseId: `${where.prefix}${database}_${container}..${index}`,
      leases,
      open: (position) => openChangeFeed(monitored, range, { position, start, maxItemCount: maxItems }),
      dispatch: (documents, stopped) => {
        const input = { data: { json: JSON.stringify(documents) } };
        return invokeWithRetry({ runner: this.#runner, input, clock, log, stopped });
      },
      pollDelayMs: this.#options.feedPollDelayMs,
      acquireMs: this.#options.leaseAcquireMs,
      renewMs: this.#options.leaseRenewMs,
      onError: (error) =>
        log(
          'error',
          `Host.Triggers.CosmosDB.${this.#runner.name}`,
          'Following the change feed failed',
          errorDetails(error),
        ),
    });
  }

  async #leaseContainer(): Promise<Container> {
    const { database, container, createIfNotExists } = this.#options.leases;
    const leases = this.#clients.leases.database(database);
    if (createIfNotExists) {
      return (await leases.containers.createIfNotExists({ id: container, partitionKey: '/id' })).container;
    }
    await this.#existing(`lease container "${container}"`, () => leases.container(container).read());
    return leases.container(container);
  }

  async #existing<T>(what: string, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if ((error as { code?: unknown }).code !== 404) throw error;
      throw new HostError(
        `Function "${this.#runner.name}": the ${what} of its Cosmos DB trigger does not exist. Create it, or set ` +
          `createLeaseContainerIfNotExists when it is the one of the leases.`,
      );
    }
  }
}

async function client(name: string, context: ListenerContext): Promise<CosmosClient> {
  const connection = await readConnection(context.settings, name, ['accountEndpoint']);
  const { userAgentSuffix } = context.hostJson.cosmosDB;
  if ('connectionString' in connection) {
    return new CosmosClient({ connectionString: connection.connectionString, userAgentSuffix });
  }
  const { properties, credential } = connection;
  return new CosmosClient({ endpoint: properties.accountEndpoint!, aadCredentials: credential, userAgentSuffix });
}
