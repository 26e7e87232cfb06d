import type { Container } from '@azure/cosmos';
import { EventHubProducerClient } from '@azure/event-hubs';
import type { BlobServiceClient } from '@azure/storage-blob';
import { startService, type TestService } from '../../eventgrid/testing/startService.ts';
import { startLocalServices as startStores } from '../../functions-host/testing/localServices.ts';

export interface ContainerToPut {
  database: string;
  name: string;
  partitionKey: string;
}

/** The services of the local cloud that workflows use, on free ports, with their data in a temporary folder. */
export interface LocalServices {
  folder: string;
  /** App settings that lead to Cosmos DB, Event Hubs and Blob storage. */
  settings: Record<'EventHubs' | 'Cosmos' | 'Registry' | 'AzureWebJobsStorage', string>;
  container: Container;
  producer: EventHubProducerClient;
  blobs: BlobServiceClient;
  grid: TestService;
  stop(): Promise<void>;
}

/** Starts them with one container and one hub of two partitions. Event Grid runs in real time. */
export async function startLocalServices(args: {
  container: ContainerToPut;
  hub: { name: string; consumerGroup: string };
  /** Further consumer groups of the hub. */
  moreGroups?: string[];
}): Promise<LocalServices> {
  const { database: id, name, partitionKey } = args.container;
  const [stores, grid] = await Promise.all([startStores(args.hub), startService({ timeScale: 1 })]);
  const { folder, settings, cosmos, blobs, broker } = stores;
  for (const group of args.moreGroups ?? []) await broker.putConsumerGroup({ hub: args.hub.name, name: group });
  const { database } = await cosmos.databases.create({ id });
  const { container } = await database.containers.create({ id: name, partitionKey: { paths: [partitionKey] } });
  const producer = new EventHubProducerClient(settings.EventHubs, args.hub.name);
  return {
    folder,
    settings,
    container,
    producer,
    blobs,
    grid,
    stop: async () => {
      await Promise.all([producer.close(), grid.end()]);
      await stores.stop();
    },
  };
}
