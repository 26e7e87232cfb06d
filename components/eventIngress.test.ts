import { describe, expect, it } from 'vitest';
import { EventIngress, type EventIngressArgs } from './eventIngress.ts';
import { DEFAULTS, MAX, WAF_ALIGNED } from './testing/fixtures.ts';
import { childrenOf, evaluate, grantsOf, only, valueOf } from './testing/mocks.ts';

const REGISTRY_ID = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/streg';
const DEAD_LETTERS = {
  deadLetterAccountId: REGISTRY_ID,
  deadLetterContainerId: `${REGISTRY_ID}/blobServices/default/containers/grid-dead-letter`,
};

function ingress(args: Omit<EventIngressArgs, keyof typeof DEAD_LETTERS>) {
  return evaluate(() => new EventIngress('in', { ...args, ...DEAD_LETTERS }));
}

const fixtures = {
  defaults: await ingress(DEFAULTS),
  max: await ingress(MAX),
  wafAligned: await ingress(WAF_ALIGNED),
};

const CHILDREN = [
  'authorization:RoleAssignment in-topic-keeps-dead-letters',
  'authorization:RoleAssignment in-topic-sends-announcements',
  'authorization:RoleAssignment in-topic-sends-interactions',
  'eventgrid:EventSubscription in-announcements-to-hub',
  'eventgrid:EventSubscription in-interactions-to-hub',
  'eventgrid:Topic in-topic',
  'eventhub:ConsumerGroup in-announcements-workflows',
  'eventhub:ConsumerGroup in-decisions-join',
  'eventhub:ConsumerGroup in-interactions-ingest',
  'eventhub:ConsumerGroup in-outcomes-join',
  'eventhub:EventHub in-announcements',
  'eventhub:EventHub in-decisions',
  'eventhub:EventHub in-interactions',
  'eventhub:EventHub in-outcomes',
  'eventhub:Namespace in',
  'eventhub:NamespaceNetworkRuleSet in-network',
  'managedidentity:UserAssignedIdentity in-identity',
];

describe('EventIngress', () => {
  it('has exactly these children', () => {
    const { resources } = fixtures.defaults;
    expect(childrenOf(resources, 'in')).toEqual(CHILDREN);
  });

  it('sends logs and metrics of the namespace and the topic where there is a workspace', () => {
    const { resources } = fixtures.wafAligned;
    expect(childrenOf(resources, 'in')).toEqual(
      [
        ...CHILDREN,
        'monitor:DiagnosticSetting in-diagnostics',
        'monitor:DiagnosticSetting in-topic-diagnostics',
      ].sort(),
    );
    expect(only(resources, 'monitor:DiagnosticSetting', 'in-topic-diagnostics').inputs).toEqual({
      name: 'to-workspace',
      resourceUri: only(resources, 'eventgrid:Topic').id,
      workspaceId: WAF_ALIGNED.workspaceId,
      logAnalyticsDestinationType: 'Dedicated',
      logs: [{ categoryGroup: 'allLogs', enabled: true }],
      metrics: [{ category: 'AllMetrics', enabled: true }],
    });
  });

  it.each([
    ['defaults', 'Disabled', 'Deny'],
    ['max', 'Enabled', 'Allow'],
    ['wafAligned', 'Disabled', 'Deny'],
  ] as const)('takes Entra callers alone over TLS 1.2 (%s)', (fixture, access, action) => {
    const { resources } = fixtures[fixture];
    expect(only(resources, 'eventhub:Namespace').inputs).toMatchObject({
      disableLocalAuth: true,
      minimumTlsVersion: '1.2',
      publicNetworkAccess: access,
      zoneRedundant: true,
    });
    expect(only(resources, 'eventhub:NamespaceNetworkRuleSet').inputs).toMatchObject({
      defaultAction: action,
      publicNetworkAccess: access,
      trustedServiceAccessEnabled: true,
    });
    expect(only(resources, 'eventgrid:Topic').inputs).toMatchObject({
      inputSchema: 'CloudEventSchemaV1_0',
      disableLocalAuth: true,
      minimumTlsVersionAllowed: '1.2',
      dataResidencyBoundary: 'WithinRegion',
      publicNetworkAccess: access,
      identity: { type: 'UserAssigned' },
    });
  });

  it('is as large as its tier', () => {
    const small = fixtures.defaults.resources;
    expect(only(small, 'eventhub:Namespace').inputs).toMatchObject({
      sku: { name: 'Standard', tier: 'Standard', capacity: 1 },
      isAutoInflateEnabled: false,
    });
    expect(only(small, 'eventhub:EventHub', 'in-interactions').inputs).toMatchObject({
      eventHubName: 'interactions',
      partitionCount: 4,
      retentionDescription: { cleanupPolicy: 'Delete', retentionTimeInHours: 24 },
    });
    const standard = fixtures.wafAligned.resources;
    expect(only(standard, 'eventhub:Namespace').inputs).toMatchObject({
      sku: { name: 'Standard', capacity: 2 },
      isAutoInflateEnabled: true,
      maximumThroughputUnits: 20,
    });
    expect(only(standard, 'eventhub:EventHub', 'in-decisions').inputs).toMatchObject({
      partitionCount: 16,
      retentionDescription: { retentionTimeInHours: 168 },
    });
    const premium = fixtures.max.resources;
    expect(only(premium, 'eventhub:Namespace').inputs).toMatchObject({ sku: { name: 'Premium' } });
    expect(only(premium, 'eventhub:EventHub', 'in-outcomes').inputs).toMatchObject({ partitionCount: 32 });
  });

  it.each([
    ['interactions', 'attune.interaction.v1'],
    ['announcements', 'attune.recommendation.issued.v1'],
  ])('routes %s to their hub with the identity, keyed by user, and keeps what cannot be delivered', (hub, type) => {
    const { resources } = fixtures.defaults;
    const identity = {
      type: 'UserAssigned',
      userAssignedIdentity: only(resources, 'managedidentity:UserAssignedIdentity').id,
    };
    expect(only(resources, 'eventgrid:EventSubscription', `in-${hub}-to-hub`).inputs).toEqual({
      scope: only(resources, 'eventgrid:Topic').id,
      eventSubscriptionName: `${hub}-to-hub`,
      eventDeliverySchema: 'CloudEventSchemaV1_0',
      filter: { includedEventTypes: [type], isSubjectCaseSensitive: false },
      retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 },
      deliveryWithResourceIdentity: {
        identity,
        destination: {
          endpointType: 'EventHub',
          resourceId: only(resources, 'eventhub:EventHub', `in-${hub}`).id,
          deliveryAttributeMappings: [{ name: 'PartitionKey', type: 'Dynamic', sourceField: 'data.userId' }],
        },
      },
      deadLetterWithResourceIdentity: {
        identity,
        deadLetterDestination: {
          endpointType: 'StorageBlob',
          resourceId: REGISTRY_ID,
          blobContainerName: 'grid-dead-letter',
        },
      },
    });
  });

  it('gives its identity the two hubs and the dead letters, and nothing else', () => {
    const { resources } = fixtures.defaults;
    expect(grantsOf(resources)).toEqual([
      `eventHubsDataSender ${only(resources, 'eventhub:EventHub', 'in-announcements').id}`,
      `eventHubsDataSender ${only(resources, 'eventhub:EventHub', 'in-interactions').id}`,
      `storageBlobDataContributor ${DEAD_LETTERS.deadLetterContainerId}`,
    ]);
  });

  it('says where the namespace and the topic are', async () => {
    const { result } = fixtures.defaults;
    await expect(valueOf(result.fullyQualifiedNamespace)).resolves.toBe(
      'evhns-attune-acme-dev-westeurope.servicebus.windows.net',
    );
    await expect(valueOf(result.topicEndpoint)).resolves.toBe(
      'https://evgt-attune-acme-dev-westeurope.westeurope-1.eventgrid.azure.net/api/events',
    );
  });
});
