import { describe, expect, it } from 'vitest';
import type { LocalCloud } from '../cloud/localCloud.ts';
import { appEnvironment, packageFolder, packageFolderIn } from './appSettings.ts';
import type { Declared, Deployment } from './handler.ts';
import { applyResources, declareResource } from './index.ts';

/** A cloud that starts nothing: what handlers answer does not depend on running processes. */
function deployment(): Deployment {
  const cloud = {
    options: { projectDir: '/project', dataDir: '/data' },
    state: { key: (name: string) => `key of ${name}` },
    port: async (_name: string, preferred: number) => preferred,
    startService: async (_name: string, { ports }: { ports: Record<string, number> }) => ports,
    hasService: () => false,
    localAddress: (address: string) => address,
    blobs: {
      declareAccount: async (account: string) => `http://127.0.0.1:10000/${account}`,
      accountOf: (endpoint: string) => endpoint.split('/')[3],
      connectionString: (account: string) => `blob connection of ${account}`,
    },
  };
  return { cloud: cloud as unknown as LocalCloud, resources: new Map() };
}

const group = { resourceGroupName: 'rg' };

async function declare(to: Deployment, type: string, inputs: Record<string, unknown>): Promise<Declared> {
  const { id } = await declareResource(
    { type: `azure-native:${type}`, name: 'it', inputs: { ...group, ...inputs } },
    to,
  );
  return to.resources.get(id.toLowerCase()) as Declared;
}

describe('declareResource', () => {
  it('answers with the id that ARM would give', async () => {
    const { id } = await declare(deployment(), 'eventhub:ConsumerGroup', {
      namespaceName: 'ns',
      eventHubName: 'interactions',
      consumerGroupName: 'ingest',
    });
    expect(id).toBe(
      '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.EventHub' +
        '/namespaces/ns/eventhubs/interactions/consumergroups/ingest',
    );
  });

  it('names a type that it does not know, and what to do', async () => {
    await expect(declare(deployment(), 'redisenterprise:Database', {})).rejects.toThrow(
      'The local target does not know the resource type azure-native:redisenterprise:Database (resource "it"). ' +
        'Add a handler for it in local/resources/, or leave the resource out for the stack "local".',
    );
  });

  it('names a property that is missing, with type and resource', async () => {
    await expect(declare(deployment(), 'eventhub:EventHub', { namespaceName: 'ns' })).rejects.toThrow(
      'azure-native:eventhub:EventHub "it": property "eventHubName" must be a text that is not empty; it is undefined.',
    );
  });

  it('gives identities the same ids at every start', async () => {
    const inputs = { resourceName: 'id-api' };
    const first = await declare(deployment(), 'managedidentity:UserAssignedIdentity', inputs);
    const second = await declare(deployment(), 'managedidentity:UserAssignedIdentity', inputs);
    expect(first.outputs.principalId).toBe(second.outputs.principalId);
    expect(first.outputs.principalId).not.toBe(first.outputs.clientId);
  });
});

describe('appEnvironment', () => {
  async function declaredStores() {
    const to = deployment();
    await declare(to, 'eventhub:Namespace', { namespaceName: 'ns' });
    await declare(to, 'cosmosdb:DatabaseAccount', { accountName: 'account' });
    await declare(to, 'eventgrid:Topic', { topicName: 'topic' });
    await declare(to, 'storage:StorageAccount', { accountName: 'registry' });
    return to;
  }

  it('turns identity-based connections into connection strings of the declared resources', async () => {
    const environment = appEnvironment(
      {
        EventHubs__fullyQualifiedNamespace: 'ns.servicebus.windows.net',
        EventHubs__clientId: 'id',
        EventHubs__credential: 'managedidentity',
        Cosmos__accountEndpoint: 'http://127.0.0.1:8081/',
        Cosmos__clientId: 'id',
        Registry__blobServiceUri: 'http://127.0.0.1:10000/registry/',
        AzureWebJobsStorage__accountName: 'host',
        EventGrid__topicEndpointUri: 'http://127.0.0.1:6073/topic/api/events',
        EventGrid__clientId: 'id',
        OUTBOUND_CHANNELS: 'email',
      },
      await declaredStores(),
    );
    expect(environment).toMatchObject({
      EventHubs:
        'Endpoint=sb://127.0.0.1:5672;SharedAccessKeyName=RootManageSharedAccessKey;' +
        'SharedAccessKey=key of eventhubs;UseDevelopmentEmulator=true',
      Cosmos: 'AccountEndpoint=http://127.0.0.1:8081/;AccountKey=key of cosmos;',
      Registry: 'blob connection of registry',
      AzureWebJobsStorage: 'blob connection of host',
      EventGrid__topicEndpointUri: 'http://127.0.0.1:6073/topic/api/events',
      EventGrid__topicKey: 'key of eventgrid',
      OUTBOUND_CHANNELS: 'email',
    });
    const identityForms = Object.keys(environment).filter((name) =>
      /__(clientId|credential|accountEndpoint)$/.test(name),
    );
    expect(identityForms).toEqual([]);
  });

  it('gives a Logic App its host storage as a connection string too', async () => {
    const environment = appEnvironment(
      {
        AzureWebJobsStorage__blobServiceUri: 'http://127.0.0.1:10000/host/',
        AzureWebJobsStorage__queueServiceUri: 'http://127.0.0.1:10001/host/',
        AzureWebJobsStorage__credential: 'managedIdentity',
        AzureWebJobsStorage__managedIdentityResourceId: 'id',
      },
      await declaredStores(),
    );
    const names = Object.keys(environment).filter((name) => name.startsWith('AzureWebJobsStorage'));
    expect(names).toEqual(['AzureWebJobsStorage']);
    expect(environment.AzureWebJobsStorage).toBe('blob connection of host');
  });

  it('refuses a connection to something that the program does not declare, naming the setting', async () => {
    const to = await declaredStores();
    expect(() => appEnvironment({ EventHubs__fullyQualifiedNamespace: 'other.servicebus.windows.net' }, to)).toThrow(
      'app setting EventHubs__fullyQualifiedNamespace = "other.servicebus.windows.net": ' +
        'the program declares no azure-native:eventhub:Namespace of that address',
    );
  });

  it('hands over nothing of the environment that the machine does not need', async () => {
    process.env.SOME_SECRET_OF_THE_USER = 'x';
    expect(appEnvironment({}, await declaredStores())).not.toHaveProperty('SOME_SECRET_OF_THE_USER');
    delete process.env.SOME_SECRET_OF_THE_USER;
  });
});

describe('a Logic App', () => {
  it('comes up without the workflows that are refused, and tells which', async () => {
    const to = deployment();
    const events: string[] = [];
    Object.assign(to.cloud, {
      options: { ...to.cloud.options, onEvent: (event: string) => events.push(event) },
      startServiceAt: async () => undefined,
      control: async () => ({
        workflows: [{ name: 'good' }, { name: 'bad', error: 'bad/workflow.json: is not JSON' }],
      }),
    });
    const { outputs } = await declare(to, 'storage:Blob', {
      accountName: 'packages',
      containerName: 'packages-workflows',
      blobName: 'workflows-1.zip',
      source: { path: 'dist/workflows' },
    });
    await declare(to, 'web:WebApp', {
      name: 'logic-attune',
      kind: 'functionapp,workflowapp',
      siteConfig: { appSettings: [{ name: 'WEBSITE_RUN_FROM_PACKAGE', value: outputs.url }] },
    });
    await applyResources(to, () => undefined);
    expect(events).toEqual(['The workflow bad is refused and does not run: bad/workflow.json: is not JSON']);
  });
});

describe('packages', () => {
  it('finds the folder that a package would be packed from, by blob and by container', async () => {
    const to = deployment();
    const { outputs } = await declare(to, 'storage:Blob', {
      accountName: 'packages',
      containerName: 'packages-api',
      blobName: 'api-1.zip',
      source: { path: 'dist/api' },
    });
    expect(packageFolder(String(outputs.url), to)).toBe('/project/dist/api');
    expect(packageFolderIn('https://packages.blob.core.windows.net/packages-api', to)).toBe('/project/dist/api');
    expect(() => packageFolder('https://elsewhere/x.zip', to)).toThrow('https://elsewhere/x.zip is no declared');
    expect(() => packageFolderIn('https://packages.blob.core.windows.net/packages', to)).toThrow('no declared');
  });
});
