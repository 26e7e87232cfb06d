import type { LocalEndpoints } from '../../runtime/contracts/endpoints.ts';
import { BLOB_CONTAINERS, CONTAINERS, DATABASE, HUBS } from '../../runtime/contracts/names.ts';
import type { TokenSource } from '../cloud/localIdentity.ts';
import type { Declared, Deployment } from '../resources/handler.ts';
import { API_AUDIENCE } from '../resources/sites.ts';

/**
 * What a client needs to join the running stack, from the resources as they were made real: keys in profile `fast`, the
 * operator's identity in profile `faithful`.
 */
export function localEndpoints({ cloud, resources }: Deployment, operator?: TokenSource): LocalEndpoints {
  const all = [...resources.values()];
  const one = (type: string, matches: (resource: Declared) => boolean = () => true): Declared => {
    const found = all.find((resource) => resource.type === `azure-native:${type}` && matches(resource));
    if (!found) throw new Error(`The program declares no ${type} that npm start could offer to clients.`);
    return found;
  };
  const site = (kind: string) =>
    String(one('web:WebApp', ({ outputs }) => outputs.localKind === kind).outputs.localUrl);
  const withKey = <Key extends object>(key: Key) => (cloud.identity ? {} : key);
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
    profile: cloud.identity ? 'faithful' : 'fast',
    api: {
      url: site('api'),
      ...withKey({ key: cloud.state.key('api') }),
      ...(cloud.identity && { audience: API_AUDIENCE }),
    },
    eventHubs: {
      host: cloud.identity ? 'localhost' : '127.0.0.1',
      port: Number(namespace.localPort),
      httpPort: Number(namespace.localHttpPort),
      ...withKey({ connectionString: String(namespace.localConnectionString) }),
      hubs: HUBS,
    },
    cosmos: {
      endpoint: String(account.documentEndpoint),
      ...withKey({ key: String(account.localKey) }),
      database: DATABASE,
      containers: Object.fromEntries(Object.entries(CONTAINERS).map(([key, { name }]) => [key, name])),
    },
    eventGrid: { endpoint: String(topic.endpoint), ...withKey({ key: String(topic.localKey) }) },
    storage: { ...withKey({ connectionString: cloud.blobs.connectionString(registry) }), blobEndpoint: blob.blob },
    functions: { url: site('functions') },
    workflows: { url: site('workflows') },
    ...(cloud.identity && { identity: operator, ca: cloud.identity.files.ca }),
  };
}
