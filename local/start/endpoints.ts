import type { LocalEndpoints } from '../../runtime/contracts/endpoints.ts';
import { BLOB_CONTAINERS, CONTAINERS, DATABASE, HUBS } from '../../runtime/contracts/names.ts';
import type { Declared, Deployment } from '../resources/handler.ts';

/** What a client needs to join the running stack, from the resources as they were made real. */
export function localEndpoints({ cloud, resources }: Deployment): LocalEndpoints {
  const all = [...resources.values()];
  const one = (type: string, matches: (resource: Declared) => boolean = () => true): Declared => {
    const found = all.find((resource) => resource.type === `azure-native:${type}` && matches(resource));
    if (!found) throw new Error(`The program declares no ${type} that npm start could offer to clients.`);
    return found;
  };
  const site = (kind: string) =>
    String(one('web:WebApp', ({ outputs }) => outputs.localKind === kind).outputs.localUrl);
  const namespace = one('eventhub:Namespace').outputs;
  const account = one('cosmosdb:DatabaseAccount').outputs;
  const topic = one('eventgrid:Topic').outputs;
  const registry = String(
    one('storage:BlobContainer', ({ outputs }) => outputs.name === BLOB_CONTAINERS.models).inputs.accountName,
  );
  const blob = one('storage:StorageAccount', ({ outputs }) => outputs.name === registry).outputs.primaryEndpoints as {
    blob: string;
  };
  return {
    profile: 'fast',
    api: { url: site('api'), key: cloud.state.key('api') },
    eventHubs: {
      host: '127.0.0.1',
      port: Number(namespace.localPort),
      httpPort: Number(namespace.localHttpPort),
      connectionString: String(namespace.localConnectionString),
      hubs: HUBS,
    },
    cosmos: {
      endpoint: String(account.documentEndpoint),
      key: String(account.localKey),
      database: DATABASE,
      containers: Object.fromEntries(Object.entries(CONTAINERS).map(([key, { name }]) => [key, name])),
    },
    eventGrid: { endpoint: String(topic.endpoint), key: String(topic.localKey) },
    storage: { connectionString: cloud.blobs.connectionString(registry), blobEndpoint: blob.blob },
    functions: { url: site('functions') },
    workflows: { url: site('workflows') },
  };
}
