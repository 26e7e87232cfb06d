import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CosmosClient, type Database } from '@azure/cosmos';
import { BlobServiceClient } from '@azure/storage-blob';
import { azuriteProcess, blobConnectionString } from '../local/cloud/azurite.ts';
import { freePort } from '../local/cloud/ports.ts';
import { ManagedProcess } from '../local/process/managedProcess.ts';
import { ServiceProcess } from '../local/process/serviceProcess.ts';
import { STABLE_CHANNEL, type ModelChannel } from '../runtime/contracts/model.ts';
import { BLOB_CONTAINERS, CONTAINERS, CONSUMER_GROUPS, DATABASE, HUBS } from '../runtime/contracts/names.ts';
import type { ModelArtefacts } from '../runtime/scoring/artefacts.ts';

export interface ApiStackOptions {
  /** Topic that the API publishes to; by default one that nobody listens at. */
  topicEndpoint?: string;
  /** More app settings. */
  settings?: Record<string, string>;
}

/** The API as a process over the local services, each a process of its own. Callers from this machine need no credential. */
export interface ApiStack {
  url: string;
  api: ManagedProcess;
  broker: ServiceProcess;
  cosmos: ServiceProcess;
  /** For tests and benchmarks to put data into the stores. */
  database: Database;
  eventHubs: string;
  publishModel(artefacts: ModelArtefacts): Promise<void>;
  /** Starts the API; the services around it run already. */
  startApi(): Promise<void>;
  stop(): Promise<void>;
}

const ACCOUNT = 'bench';
const KEY = Buffer.from('key of the benchmark').toString('base64');
const PARTITIONS = 4;
const NO_TOPIC = 'http://127.0.0.1:9/api/events';
const READY_POLL_MS = 25;

const entryOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Starts broker, Cosmos DB and Blob with everything that the API expects of them. */
export async function startApiStack({
  topicEndpoint = NO_TOPIC,
  settings = {},
}: ApiStackOptions = {}): Promise<ApiStack> {
  const directory = mkdtempSync(join(tmpdir(), 'attune-api-stack-'));
  const logDir = join(directory, 'logs');
  const service = (name: string, options: Record<string, unknown>, port: string) =>
    new ServiceProcess({
      name,
      entry: entryOf(`../local/${name}/main.ts`),
      dataDir: join(directory, name),
      logDir,
      options,
      ports: { [port]: 0 },
    });
  const broker = service('eventhubs', {}, 'amqp');
  const cosmos = service('cosmos', { key: KEY, accountName: ACCOUNT }, 'http');
  const blobPort = await freePort();
  const azurite = azuriteProcess({
    port: blobPort,
    dataDir: join(directory, 'azurite'),
    logDir,
    accounts: { [ACCOUNT]: KEY },
  });
  await Promise.all([broker.start(), cosmos.start(), azurite.start()]);

  const storage = blobConnectionString(ACCOUNT, KEY, blobPort);
  const blobs = BlobServiceClient.fromConnectionString(storage);
  const database = new CosmosClient({ endpoint: `http://127.0.0.1:${cosmos.ports.http}/`, key: KEY }).database(
    DATABASE,
  );
  await Promise.all([declareHubs(broker), declareContainers(cosmos), declareBlobContainers(blobs)]);

  const eventHubs = `Endpoint=sb://127.0.0.1:${broker.ports.amqp};SharedAccessKeyName=k;SharedAccessKey=s;UseDevelopmentEmulator=true`;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const api = new ManagedProcess({
    name: 'api',
    command: process.execPath,
    args: [entryOf('../runtime/api/main.ts')],
    env: {
      PATH: process.env.PATH,
      API_HOST: '127.0.0.1',
      PORT: String(port),
      API_ALLOW_LOOPBACK: 'true',
      EventHubs: eventHubs,
      Cosmos: `AccountEndpoint=http://127.0.0.1:${cosmos.ports.http}/;AccountKey=${KEY};`,
      Registry: storage,
      EventGrid__topicEndpointUri: topicEndpoint,
      EventGrid__topicKey: KEY,
      ...settings,
    },
    logFile: join(logDir, 'api.log'),
    ready: () => untilReady(`${url}/health/ready`),
  });

  return {
    url,
    api,
    broker,
    cosmos,
    database,
    eventHubs,
    publishModel: (artefacts) => publish(blobs, artefacts),
    startApi: () => api.start(),
    async stop() {
      await api.stop();
      database.client.dispose();
      await Promise.all([broker.stop(), cosmos.stop(), azurite.stop()]);
      rmSync(directory, { recursive: true });
    },
  };
}

async function declareHubs(broker: ServiceProcess): Promise<void> {
  for (const [key, name] of Object.entries(HUBS)) {
    await broker.call('putHub', { name, partitionCount: PARTITIONS, retentionHours: 1 });
    for (const group of CONSUMER_GROUPS[key as keyof typeof CONSUMER_GROUPS]) {
      await broker.call('putConsumerGroup', { hub: name, name: group });
    }
  }
}

async function declareContainers(cosmos: ServiceProcess): Promise<void> {
  await cosmos.call('putDatabase', { id: DATABASE });
  for (const { name, partitionKey, defaultTtl } of Object.values(CONTAINERS)) {
    const declaration = { database: DATABASE, id: name, partitionKey: { paths: [partitionKey] }, defaultTtl };
    await cosmos.call('putContainer', declaration);
  }
}

async function declareBlobContainers(blobs: BlobServiceClient): Promise<void> {
  for (const name of [BLOB_CONTAINERS.models, BLOB_CONTAINERS.learner]) await blobs.createContainer(name);
}

async function publish(blobs: BlobServiceClient, { manifest, graph, vocabulary, popularity }: ModelArtefacts) {
  const models = blobs.getContainerClient(BLOB_CONTAINERS.models);
  const upload = (path: string, body: Uint8Array) => models.getBlockBlobClient(path).uploadData(body);
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const path = `recommender/${manifest.version}/manifest.json`;
  await upload(manifest.graph.path, graph);
  await upload(manifest.vocabulary.path, vocabulary);
  await upload(manifest.popularity.path, popularity);
  await upload(path, json(manifest));
  const channel: ModelChannel = { version: manifest.version, manifest: path, publishedAt: manifest.createdAt };
  await upload(STABLE_CHANNEL, json(channel));
}

async function untilReady(url: string): Promise<void> {
  for (;;) {
    const status = await fetch(url).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return;
    await sleep(READY_POLL_MS);
  }
}
