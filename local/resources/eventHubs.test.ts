import { describe, expect, it } from 'vitest';
import type { LocalCloud, ServiceDefinition } from '../cloud/localCloud.ts';
import type { Deployment, Inputs } from './handler.ts';
import { applyResources, declareResource } from './index.ts';

const ACCOUNT_ID =
  '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/archive';

const CAPTURE = {
  enabled: true,
  intervalInSeconds: 60,
  destination: {
    name: 'EventHubArchive.AzureBlockBlob',
    archiveNameFormat: '{Namespace}/{EventHub}/{PartitionId}/{Year}/{Month}/{Day}/{Hour}/{Minute}/{Second}',
    blobContainer: 'captured',
    storageAccountResourceId: ACCOUNT_ID,
  },
};

/** A cloud that starts nothing and remembers what it was asked for. */
function deployment({ throttling = false } = {}) {
  const calls: { method: string; params: Inputs }[] = [];
  const services: ServiceDefinition[] = [];
  const cloud = {
    options: { projectDir: '/project', dataDir: '/data', throttling },
    state: { key: (name: string) => `key of ${name}` },
    async startService(_name: string, definition: ServiceDefinition) {
      services.push(definition);
      return definition.ports;
    },
    control: async (_service: string, method: string, params: Inputs) => void calls.push({ method, params }),
    blobs: {
      declareAccount: async (account: string) => `http://127.0.0.1:10000/${account}`,
      connectionString: (account: string) => `blob connection of ${account}`,
      createContainer: async () => undefined,
    },
  };
  const to: Deployment = { cloud: cloud as unknown as LocalCloud, resources: new Map() };
  const declare = (type: string, inputs: Inputs) =>
    declareResource({ type: `azure-native:${type}`, name: 'it', inputs: { resourceGroupName: 'rg', ...inputs } }, to);
  const hub = (inputs: Inputs) =>
    declare('eventhub:EventHub', { namespaceName: 'ns', eventHubName: 'clicks', ...inputs });
  const apply = async () => {
    await applyResources(to, () => undefined);
    return calls.find(({ method }) => method === 'putHub')?.params;
  };
  return { declare, hub, apply, services };
}

describe('a declared hub', () => {
  it.each([
    [{}, 24],
    [{ messageRetentionInDays: 7 }, 168],
    [{ retentionDescription: { cleanupPolicy: 'Delete', retentionTimeInHours: 36 } }, 36],
  ])('with %j keeps its events %i hours', async (inputs, retentionHours) => {
    const { hub, apply } = deployment();
    await hub({ partitionCount: 2, ...inputs });
    expect(await apply()).toEqual({ name: 'clicks', partitionCount: 2, retentionHours, capture: undefined });
  });

  it('is captured into the container of the account that it names', async () => {
    const { hub, declare, apply } = deployment();
    await hub({ captureDescription: CAPTURE });
    await declare('storage:StorageAccount', { accountName: 'archive' });
    await declare('storage:BlobContainer', { accountName: 'archive', containerName: 'captured' });
    expect((await apply())?.capture).toEqual({
      namespace: 'ns',
      encoding: 'Avro',
      intervalSeconds: 60,
      sizeLimitBytes: 314_572_800,
      skipEmptyArchives: false,
      archiveNameFormat: CAPTURE.destination.archiveNameFormat,
      container: 'captured',
      connectionString: 'blob connection of archive',
    });
  });

  it('that is captured to a container nobody declares is refused by the name of the container', async () => {
    const { hub, declare, apply } = deployment();
    await hub({ captureDescription: CAPTURE });
    await declare('storage:StorageAccount', { accountName: 'archive' });
    await expect(apply()).rejects.toThrow(
      `declares no resource ${ACCOUNT_ID}/blobServices/default/containers/captured`,
    );
  });

  it.each([
    [{ retentionDescription: { cleanupPolicy: 'Compact' } }, '"retentionDescription.cleanupPolicy" is "Compact"'],
    [{ retentionDescription: { retentionTimeInHours: 0 } }, '"retentionDescription.retentionTimeInHours" is 0'],
    [{ status: 'SendDisabled' }, '"status" is "SendDisabled": the local target knows Active'],
    [{ messageTimestampDescription: {} }, '"messageTimestampDescription" has no effect on the local target'],
    [{ captureDescription: { ...CAPTURE, intervalInSeconds: 30 } }, 'whole number from 60 to 900'],
    [{ captureDescription: { ...CAPTURE, sizeLimitInBytes: 1 } }, 'whole number from 10485760 to 524288000'],
    [{ captureDescription: { ...CAPTURE, encoding: 'Parquet' } }, '"captureDescription.encoding" is "Parquet"'],
    [
      { captureDescription: { ...CAPTURE, destination: { name: 'EventHubArchive.AzureDataLake' } } },
      '"captureDescription.destination.name" is "EventHubArchive.AzureDataLake"',
    ],
    [
      { captureDescription: { ...CAPTURE, destination: { ...CAPTURE.destination, dataLakeFolderPath: 'x' } } },
      '"captureDescription.destination.dataLakeFolderPath" has no effect',
    ],
  ])('with %j is refused by name', async (inputs, text) => {
    await expect(deployment().hub(inputs)).rejects.toThrow(text);
  });
});

describe('a declared namespace', () => {
  const namespace = { namespaceName: 'ns', sku: { name: 'Standard', capacity: 2 } };
  const inflating = { ...namespace, isAutoInflateEnabled: true, maximumThroughputUnits: 20 };

  it('says where its ports are', async () => {
    const { outputs } = await deployment().declare('eventhub:Namespace', namespace);
    expect(outputs).toMatchObject({ localPort: 5672, localHttpPort: 5300 });
  });

  it.each([
    [false, inflating, undefined],
    [true, namespace, { units: 2 }],
    [true, inflating, { units: 2, maximumUnits: 20 }],
    [true, { ...namespace, sku: { name: 'Premium', capacity: 1 } }, undefined],
  ])(
    'throttles only when that is switched on (%s), by its throughput units',
    async (throttling, inputs, throughput) => {
      const { declare, services } = deployment({ throttling });
      await declare('eventhub:Namespace', inputs);
      expect(services[0].options.throughput).toEqual(throughput);
    },
  );

  it.each([
    [{ clusterArmId: '/x' }, '"clusterArmId" has no effect on the local target'],
    [{ sku: { name: 'Dedicated' } }, '"sku.name" is "Dedicated"'],
    [{ sku: { name: 'Standard', capacity: 0 } }, '"sku.capacity" is 0'],
    [{ ...inflating, maximumThroughputUnits: 1 }, '"maximumThroughputUnits" is 1: it must be a whole number from 2'],
  ])('with %j is refused by name', async (inputs, text) => {
    await expect(deployment().declare('eventhub:Namespace', { ...namespace, ...inputs })).rejects.toThrow(text);
  });
});
