import type { FastifyInstance } from 'fastify';
import { BLOB_CONTAINERS, CONTAINERS, HUBS } from '../contracts/names.ts';
import type { ItemDocument, ProfileDocument, SignalDocument } from '../contracts/documents.ts';
import { blobContainer } from '../clients/blobContainer.ts';
import { SettingError, type Environment } from '../clients/connection.ts';
import { cosmosDatabase } from '../clients/cosmosDatabase.ts';
import { eventGridPublisher } from '../clients/eventGridPublisher.ts';
import { eventHubProducer } from '../clients/eventHubProducer.ts';
import { buildApp } from './app.ts';
import { blobRegistry, readPopularitySnapshots } from './azure/blobRegistry.ts';
import { cosmosChangeFeed } from './azure/cosmosChangeFeed.ts';
import { itemWriter, profileReader } from './azure/cosmosDocuments.ts';
import { describeError, logToStandardError as log } from './log.ts';
import { readSettings, type ApiSettings } from './settings.ts';
import { startServices, type Ports } from './startServices.ts';

/** What is still to be sent may take this long when the app is stopped; App Service gives an app 30 s by default. */
const SHUTDOWN_MS = 15_000;

/** The Azure clients behind the services. Nothing is requested yet. */
function azurePorts(env: Environment): Ports {
  const database = cosmosDatabase(env);
  const profiles = database.container(CONTAINERS.profiles.name);
  const items = database.container(CONTAINERS.items.name);
  const signals = database.container(CONTAINERS.signals.name);
  const learner = blobContainer(env, BLOB_CONTAINERS.learner);
  return {
    readProfile: profileReader(profiles),
    profileFeed: () => cosmosChangeFeed<ProfileDocument>(profiles, 'now'),
    writeItem: itemWriter(items),
    itemFeed: () => cosmosChangeFeed<ItemDocument>(items, 'beginning'),
    readPopularitySnapshots: () => readPopularitySnapshots(learner),
    signalFeed: () => cosmosChangeFeed<SignalDocument>(signals, 'beginning'),
    registry: blobRegistry(blobContainer(env, BLOB_CONTAINERS.models)),
    interactions: eventHubProducer(env, HUBS.interactions),
    decisions: eventHubProducer(env, HUBS.decisions),
    publisher: eventGridPublisher(env),
  };
}

async function run(env: Environment): Promise<void> {
  const settings = readSettings(env);
  const { services, close } = startServices(settings, azurePorts(env), { log, processMetrics: true });
  const app = buildApp(services);
  const url = await listen(app, settings);
  log('info', 'listening', { url, tenant: settings.tenant });

  const stop = async (signal: string) => {
    log('info', 'stopping', { signal });
    setTimeout(() => {
      log('error', 'stopped before everything was sent', { afterMs: SHUTDOWN_MS });
      process.exit(1);
    }, SHUTDOWN_MS).unref();
    await app.close();
    await close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void stop(signal));
  }
}

async function listen(app: FastifyInstance, { host, port }: ApiSettings): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    const { syscall, code } = error as NodeJS.ErrnoException;
    if (syscall !== 'listen') throw error;
    throw new SettingError(
      `The API cannot listen on ${host}:${port} (${code}): end what uses the port, or set PORT to a free one.`,
    );
  }
}

try {
  await run(process.env);
} catch (error) {
  const stack = error instanceof SettingError ? {} : { stack: (error as Error).stack };
  log('error', 'the API cannot start', { error: describeError(error), ...stack });
  process.exit(1);
}
