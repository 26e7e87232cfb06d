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
  const options = cosmosTriggerOptions(runner.trigger);
  return new CosmosDbListener(runner, context, options, await openClients(options, context));
};

interface Clients {
  monitored: CosmosClient;
  leases: CosmosClient;
}

async function openClients(options: CosmosTriggerOptions, context: ListenerContext): Promise<Clients> {
  const { connection, database, container, leases } = options;
  const sharedAccount = leases.connection === connection;
  try {
    if (sharedAccount && leases.database === database && leases.container === container) {
      throw new HostError('The monitored container cannot be the same as the container storing the leases.');
    }
    const monitored = await openClient(connection, context);
    return { monitored, leases: sharedAccount ? monitored : await openClient(leases.connection, context) };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw new HostError(
      `Cannot create container information for ${container} in database ${database} with lease ${leases.container} in ` +
        `database ${leases.database} : ${error.message}`,
    );
  }
}

class CosmosDbListener implements TriggerListener {
  readonly #runner: FunctionRunner;
  readonly #context: ListenerContext;
  readonly #options: CosmosTriggerOptions;
  readonly #clients: Clients;
  #followers: RangeFollower[] = [];

  constructor(runner: FunctionRunner, context: ListenerContext, options: CosmosTriggerOptions, clients: Clients) {
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
    const ranges = await this.#existing(() => monitored.getFeedRanges());
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
    await this.#existing(() => leases.container(container).read());
    return leases.container(container);
  }

  async #existing<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if ((error as { code?: unknown }).code !== 404) throw error;
      const { container, database, leases } = this.#options;
      throw new HostError(
        `Either the source container '${container}' (in database '${database}') or the lease container ` +
          `'${leases.container}' (in database '${leases.database}') does not exist. Both containers must exist before ` +
          "the listener starts. To automatically create the lease container, set 'CreateLeaseContainerIfNotExists' to " +
          "'true'.",
      );
    }
  }
}

async function openClient(name: string, context: ListenerContext): Promise<CosmosClient> {
  const connection = await readConnection(
    context.settings,
    name,
    ['accountEndpoint'],
    (shown) =>
      `Cosmos DB connection configuration '${shown}' does not exist. Make sure that it is a defined App Setting.`,
  );
  const { userAgentSuffix } = context.hostJson.cosmosDB;
  if ('connectionString' in connection) {
    const { connectionString } = connection;
    if (!/(?:^|;)\s*AccountEndpoint\s*=\s*https?:/i.test(connectionString)) {
      throw new HostError(
        `The connection string of "${name}" is in an invalid format, please use AccountEndpoint=XXXXXX;AccountKey=XXXXXX;.`,
      );
    }
    return new CosmosClient({ connectionString, userAgentSuffix });
  }
  const { properties, credential } = connection;
  return new CosmosClient({ endpoint: properties.accountEndpoint!, aadCredentials: credential, userAgentSuffix });
}
