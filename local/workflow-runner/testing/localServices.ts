import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CosmosClient, type Container } from '@azure/cosmos';
import { CosmosService } from '../../cosmos/service.ts';
import { startService, TEST_KEY, type TestService } from '../../eventgrid/testing/startService.ts';

export interface ContainerToPut {
  database: string;
  name: string;
  partitionKey: string;
}

/** Cosmos DB and Event Grid of the local cloud in this process, on free ports, with their data in a temporary folder. */
export interface LocalServices {
  folder: string;
  cosmosConnectionString: string;
  container: Container;
  grid: TestService;
  stop(): Promise<void>;
}

/** Starts both, with one container. Event Grid runs in real time. */
export async function startLocalServices({ database, name, partitionKey }: ContainerToPut): Promise<LocalServices> {
  const folder = mkdtempSync(join(tmpdir(), 'workflow-services-'));
  const cosmos = await CosmosService.start({ dataDir: folder, key: TEST_KEY, port: 0 });
  const put = (method: string, params: unknown) => cosmos.methods[method]!(params as never);
  await put('putDatabase', { id: database });
  await put('putContainer', { database, id: name, partitionKey: { paths: [partitionKey] } });
  const grid = await startService({ timeScale: 1 });
  return {
    folder,
    cosmosConnectionString: `AccountEndpoint=${cosmos.endpoint};AccountKey=${TEST_KEY};`,
    container: new CosmosClient({ endpoint: cosmos.endpoint, key: TEST_KEY }).database(database).container(name),
    grid,
    stop: async () => {
      await Promise.all([grid.end(), cosmos.stop()]);
      rmSync(folder, { recursive: true });
    },
  };
}
