import { describe, expect, it } from 'vitest';
import type { LocalCloud } from '../cloud/localCloud.ts';
import type { Deployment, Inputs } from './handler.ts';
import { applyResources, declareResource } from './index.ts';

const RESOURCES = '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers';
const TOPIC_ID = `${RESOURCES}/Microsoft.EventGrid/topics/orders`;
const HUB_ID = `${RESOURCES}/Microsoft.EventHub/namespaces/ns/eventhubs/clicks`;
const ACCOUNT_ID = `${RESOURCES}/Microsoft.Storage/storageAccounts/archive`;
const IDENTITY = { type: 'UserAssigned', userAssignedIdentity: `${RESOURCES}/Microsoft.ManagedIdentity/x` };

const WEBHOOK = { endpointType: 'WebHook', endpointUrl: 'https://example.com/hook?key=1' };
const BLOBS = { endpointType: 'StorageBlob', resourceId: ACCOUNT_ID, blobContainerName: 'dead' };

/** A cloud that starts nothing and remembers the subscriptions it was asked for. */
async function deployment() {
  const subscriptions: Inputs[] = [];
  const cloud = {
    options: { projectDir: '/project', dataDir: '/data' },
    state: { key: (name: string) => `key of ${name}` },
    hasService: () => false,
    startService: async (_name: string, { ports }: { ports: Record<string, number> }) => ports,
    control: async (_service: string, method: string, params: Inputs) => {
      if (method === 'putSubscription') subscriptions.push(params);
    },
    blobs: {
      declareAccount: async (account: string) => `http://127.0.0.1:10000/${account}`,
      connectionString: (account: string) => `blob connection of ${account}`,
      createContainer: async () => undefined,
    },
  };
  const to: Deployment = { cloud: cloud as unknown as LocalCloud, resources: new Map() };
  const declare = (type: string, inputs: Inputs) =>
    declareResource({ type: `azure-native:${type}`, name: 'it', inputs: { resourceGroupName: 'rg', ...inputs } }, to);
  await declare('eventgrid:Topic', { topicName: 'orders' });
  await declare('eventhub:Namespace', { namespaceName: 'ns' });
  await declare('eventhub:EventHub', { namespaceName: 'ns', eventHubName: 'clicks' });
  await declare('storage:StorageAccount', { accountName: 'archive' });
  const subscription = (inputs: Inputs) => {
    const registration = { type: 'azure-native:eventgrid:EventSubscription', name: 'it' };
    const basics = { scope: TOPIC_ID, eventSubscriptionName: 'to-somewhere' };
    return declareResource({ ...registration, inputs: { ...basics, ...inputs } }, to);
  };
  const apply = async () => {
    await applyResources(to, () => undefined);
    return subscriptions[0];
  };
  return { subscription, apply };
}

describe('a declared event subscription', () => {
  it('is put with everything that it says', async () => {
    const { subscription, apply } = await deployment();
    const { id } = await subscription({
      eventDeliverySchema: 'CloudEventSchemaV1_0',
      expirationTimeUtc: '2099-01-31T12:00:00Z',
      labels: ['a'],
      filter: { includedEventTypes: ['order.placed'], enableAdvancedFilteringOnArrays: true },
      retryPolicy: { maxDeliveryAttempts: 5, eventTimeToLiveInMinutes: 60 },
      destination: {
        ...{ ...WEBHOOK, maxEventsPerBatch: 10, preferredBatchSizeInKilobytes: 64 },
        deliveryAttributeMappings: [{ name: 'x', type: 'Static', value: 'y' }],
      },
      deadLetterDestination: BLOBS,
    });
    expect(id).toBe(`${TOPIC_ID}/providers/Microsoft.EventGrid/eventSubscriptions/to-somewhere`);
    expect(await apply()).toEqual({
      topic: 'orders',
      name: 'to-somewhere',
      destination: {
        ...{ type: 'WebHook', url: 'https://example.com/hook?key=1' },
        ...{ maxEventsPerBatch: 10, preferredBatchSizeInKilobytes: 64 },
      },
      filter: { includedEventTypes: ['order.placed'], enableAdvancedFilteringOnArrays: true },
      retryPolicy: { maxDeliveryAttempts: 5, eventTimeToLiveInMinutes: 60 },
      deadLetter: { connectionString: 'blob connection of archive', container: 'dead' },
      deliverySchema: 'CloudEventSchemaV1_0',
      deliveryAttributeMappings: [{ name: 'x', type: 'Static', value: 'y' }],
      expirationTimeUtc: '2099-01-31T12:00:00Z',
    });
  });

  it('is put with what is declared for the identity of the topic', async () => {
    const { subscription, apply } = await deployment();
    await subscription({
      deliveryWithResourceIdentity: {
        identity: IDENTITY,
        destination: { endpointType: 'EventHub', resourceId: HUB_ID },
      },
      deadLetterWithResourceIdentity: { identity: IDENTITY, deadLetterDestination: BLOBS },
    });
    expect(await apply()).toMatchObject({
      destination: { type: 'EventHub', eventHub: 'clicks', connectionString: expect.any(String) as string },
      deadLetter: { connectionString: 'blob connection of archive', container: 'dead' },
    });
  });

  it.each<[Inputs, RegExp]>([
    [{ destination: WEBHOOK, deliverySchema: 'x' }, /property "deliverySchema" has no effect/],
    [{ destination: WEBHOOK, filter: { subject: 'x' } }, /property "filter.subject" has no effect/],
    [{ destination: WEBHOOK, retryPolicy: { attempts: 3 } }, /property "retryPolicy.attempts" has no effect/],
    [
      { destination: { ...WEBHOOK, azureActiveDirectoryTenantId: 't' } },
      /property "destination.azureActiveDirectoryTenantId" has no effect/,
    ],
    [
      { destination: { endpointType: 'StorageQueue' } },
      /"destination.endpointType" is "StorageQueue": the local target delivers to EventHub, WebHook, AzureFunction/,
    ],
    [{}, /"destination.endpointType" is undefined/],
    [
      { destination: WEBHOOK, deadLetterDestination: { ...BLOBS, endpointType: 'Queue' } },
      /"deadLetterDestination.endpointType" is "Queue": it must be StorageBlob/,
    ],
  ])('is refused when it is declared, by name: %#', async (inputs, message) => {
    const { subscription } = await deployment();
    await expect(subscription(inputs)).rejects.toThrow(message);
  });
});
