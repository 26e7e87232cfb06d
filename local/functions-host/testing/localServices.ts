import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CosmosClient } from '@azure/cosmos';
import { BlobServiceClient } from '@azure/storage-blob';
import { azuriteProcess, blobConnectionString } from '../../cloud/azurite.ts';
import { freePort } from '../../cloud/ports.ts';
import { CosmosService } from '../../cosmos/service.ts';
import { EventHubsBroker } from '../../eventhubs/broker.ts';

const ACCOUNT = 'testaccount';
const KEY = Buffer.alloc(32, 7).toString('base64');
const CONNECTION_KEYS = 'SharedAccessKeyName=k;SharedAccessKey=s;UseDevelopmentEmulator=true';

/** The stores that triggers listen to, with the app settings that lead to them. */
export interface LocalServices {
  /** Scratch folder, removed at the end. */
  folder: string;
  settings: Record<'EventHubs' | 'Cosmos' | 'Registry' | 'AzureWebJobsStorage', string>;
  cosmos: CosmosClient;
  blobs: BlobServiceClient;
  broker: EventHubsBroker;
  stop(): Promise<void>;
}

/** Starts Event Hubs, Cosmos DB and Blob for a test, each on a free port; with a hub of two partitions if it is named. */
export async function startLocalServices(hub?: { name: string; consumerGroup: string }): Promise<LocalServices> {
  const folder = mkdtempSync(join(tmpdir(), 'functions-host-'));
  const blobPort = await freePort();
  const azurite = azuriteProcess({
    port: blobPort,
    dataDir: join(folder, 'blobs'),
    logDir: folder,
    accounts: { [ACCOUNT]: KEY },
  });
  const [broker, cosmosService] = await Promise.all([
    EventHubsBroker.start({ dataDir: join(folder, 'hubs'), port: 0 }),
    CosmosService.start({ dataDir: join(folder, 'cosmos'), port: 0 }),
    azurite.start(),
  ]);
  if (hub) {
    await broker.putHub({ name: hub.name, partitionCount: 2, retentionHours: 24 });
    await broker.putConsumerGroup({ hub: hub.name, name: hub.consumerGroup });
  }
  const storage = blobConnectionString(ACCOUNT, KEY, blobPort);
  const cosmos = `AccountEndpoint=${cosmosService.endpoint};AccountKey=${KEY};`;
  const client = new CosmosClient(cosmos);
  return {
    folder,
    settings: {
      EventHubs: `Endpoint=sb://127.0.0.1:${broker.port};${CONNECTION_KEYS}`,
      Cosmos: cosmos,
      Registry: storage,
      AzureWebJobsStorage: storage,
    },
    cosmos: client,
    blobs: BlobServiceClient.fromConnectionString(storage),
    broker,
    async stop() {
      client.dispose();
      await broker.stop();
      await cosmosService.stop();
      await azurite.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
