import { Topic } from '@pulumi/azure-native/eventgrid/topic.js';
import { ConsumerGroup } from '@pulumi/azure-native/eventhub/consumerGroup.js';
import { EventHub } from '@pulumi/azure-native/eventhub/eventHub.js';
import { Namespace } from '@pulumi/azure-native/eventhub/namespace.js';
import { NamespaceNetworkRuleSet } from '@pulumi/azure-native/eventhub/namespaceNetworkRuleSet.js';
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from '@pulumi/pulumi';
import { CONSUMER_GROUPS, EVENT_TYPES, HUBS } from '../runtime/contracts/names.ts';
import { addDiagnostics } from './shared/diagnostics.ts';
import { addIdentity, type AppIdentity } from './shared/identity.ts';
import { physicalName } from './shared/naming.ts';
import { grantRole } from './shared/roles.ts';
import { componentType, networkAccess, type MonitoredStampArgs } from './shared/stamp.ts';
import { addRoute } from './shared/subscriptions.ts';
import { tierOf } from './shared/tiers.ts';

/** Arguments of `EventIngress`. */
export interface EventIngressArgs extends MonitoredStampArgs {
  /** Storage account whose container `grid-dead-letter` takes events that could not be delivered. */
  deadLetterAccountId: Input<string>;
  /** Id of that container, the scope of the topic's role. */
  deadLetterContainerId: Input<string>;
}

type HubKey = keyof typeof HUBS;

/**
 * Where events come in: an Event Hubs namespace with the hubs and consumer groups of the contract, an Event Grid topic for
 * CloudEvents, and the routes from the topic to the hubs `interactions` (what users do) and `announcements` (what workflows
 * act on). A hub keeps the events of a user in order.
 */
export class EventIngress extends ComponentResource {
  readonly namespaceName: Output<string>;
  /** `<namespace>.servicebus.windows.net`. */
  readonly fullyQualifiedNamespace: Output<string>;
  /** Ids of the hubs, the scopes of roles. */
  readonly interactionsHubId: Output<string>;
  readonly decisionsHubId: Output<string>;
  readonly outcomesHubId: Output<string>;
  readonly announcementsHubId: Output<string>;
  readonly topicId: Output<string>;
  readonly topicName: Output<string>;
  /** Where events are published: `https://<topic>.<region>-1.eventgrid.azure.net/api/events`. */
  readonly topicEndpoint: Output<string>;
  /** Identity that the topic delivers and writes dead letters with. */
  readonly topicIdentityId: Output<string>;

  constructor(name: string, args: EventIngressArgs, opts?: ComponentResourceOptions) {
    super(componentType('EventIngress'), name, args, opts);
    const namespace = this.addNamespace(name, args);
    const hubs = {
      interactions: this.addHub(name, 'interactions', namespace, args),
      decisions: this.addHub(name, 'decisions', namespace, args),
      outcomes: this.addHub(name, 'outcomes', namespace, args),
      announcements: this.addHub(name, 'announcements', namespace, args),
    };
    const identity = addIdentity(name, this, 'eventIdentity', args);
    const topic = this.addTopic(name, identity, args);
    const keepsDeadLetters = grantRole({
      name: `${name}-topic-keeps-dead-letters`,
      parent: this,
      principalId: identity.principalId,
      role: 'storageBlobDataContributor',
      scope: args.deadLetterContainerId,
    });
    const route = { topic, identity, keepsDeadLetters, deadLetterAccountId: args.deadLetterAccountId };
    this.addHubRoute(name, { ...route, hub: hubs.interactions, key: 'interactions', event: EVENT_TYPES.interaction });
    this.addHubRoute(name, {
      ...route,
      hub: hubs.announcements,
      key: 'announcements',
      event: EVENT_TYPES.recommendationIssued,
    });

    this.namespaceName = namespace.name;
    this.fullyQualifiedNamespace = namespace.serviceBusEndpoint.apply((endpoint) => new URL(endpoint).hostname);
    this.interactionsHubId = hubs.interactions.id;
    this.decisionsHubId = hubs.decisions.id;
    this.outcomesHubId = hubs.outcomes.id;
    this.announcementsHubId = hubs.announcements.id;
    this.topicId = topic.id;
    this.topicName = topic.name;
    this.topicEndpoint = topic.endpoint;
    this.topicIdentityId = identity.id;
    this.registerOutputs({
      namespaceName: this.namespaceName,
      fullyQualifiedNamespace: this.fullyQualifiedNamespace,
      interactionsHubId: this.interactionsHubId,
      decisionsHubId: this.decisionsHubId,
      outcomesHubId: this.outcomesHubId,
      announcementsHubId: this.announcementsHubId,
      topicId: this.topicId,
      topicName: this.topicName,
      topicEndpoint: this.topicEndpoint,
      topicIdentityId: this.topicIdentityId,
    });
  }

  private addNamespace(name: string, args: EventIngressArgs): Namespace {
    const { sku, capacity, maximumThroughputUnits } = tierOf(args.tier).eventHubs;
    const namespace = new Namespace(
      name,
      {
        namespaceName: physicalName('eventHubsNamespace', args),
        resourceGroupName: args.resourceGroupName,
        location: args.location,
        tags: args.tags,
        sku: { name: sku, tier: sku, capacity },
        isAutoInflateEnabled: maximumThroughputUnits !== undefined,
        maximumThroughputUnits: maximumThroughputUnits ?? 0,
        disableLocalAuth: true,
        minimumTlsVersion: '1.2',
        publicNetworkAccess: networkAccess(args),
        zoneRedundant: true,
      },
      { parent: this },
    );
    new NamespaceNetworkRuleSet(
      `${name}-network`,
      {
        namespaceName: namespace.name,
        resourceGroupName: args.resourceGroupName,
        defaultAction: args.publicNetworkAccess ? 'Allow' : 'Deny',
        publicNetworkAccess: networkAccess(args),
        // Event Grid delivers as a trusted service.
        trustedServiceAccessEnabled: true,
        ipRules: [],
        virtualNetworkRules: [],
      },
      { parent: this },
    );
    addDiagnostics(args.workspaceId, { name, parent: this, resourceUri: namespace.id });
    return namespace;
  }

  private addHub(name: string, key: HubKey, namespace: Namespace, args: EventIngressArgs): EventHub {
    const { partitions, retentionHours } = tierOf(args.tier).eventHubs;
    const { resourceGroupName } = args;
    const eventHubName = HUBS[key];
    const hub = new EventHub(
      `${name}-${eventHubName}`,
      {
        eventHubName,
        namespaceName: namespace.name,
        resourceGroupName,
        partitionCount: partitions,
        retentionDescription: { cleanupPolicy: 'Delete', retentionTimeInHours: retentionHours },
      },
      { parent: this },
    );
    for (const consumerGroupName of CONSUMER_GROUPS[key]) {
      new ConsumerGroup(
        `${name}-${eventHubName}-${consumerGroupName}`,
        { consumerGroupName, eventHubName: hub.name, namespaceName: namespace.name, resourceGroupName },
        { parent: this },
      );
    }
    return hub;
  }

  private addTopic(name: string, identity: AppIdentity, args: EventIngressArgs): Topic {
    const topic = new Topic(
      `${name}-topic`,
      {
        topicName: physicalName('eventGridTopic', args),
        resourceGroupName: args.resourceGroupName,
        location: args.location,
        tags: args.tags,
        inputSchema: 'CloudEventSchemaV1_0',
        identity: { type: 'UserAssigned', userAssignedIdentities: identity.id.apply((id) => ({ [id]: {} })) },
        disableLocalAuth: true,
        minimumTlsVersionAllowed: '1.2',
        dataResidencyBoundary: 'WithinRegion',
        publicNetworkAccess: networkAccess(args),
        inboundIpRules: [],
      },
      { parent: this },
    );
    addDiagnostics(args.workspaceId, { name: `${name}-topic`, parent: this, resourceUri: topic.id });
    return topic;
  }

  /** Delivers one type of event to a hub, with the topic's identity; events of a user go to one partition. */
  private addHubRoute(name: string, { topic, identity, hub, key, event, ...deadLetters }: HubRoute): void {
    const sends = grantRole({
      name: `${name}-topic-sends-${key}`,
      parent: this,
      principalId: identity.principalId,
      role: 'eventHubsDataSender',
      scope: hub.id,
    });
    addRoute({
      name: `${name}-${key}-to-hub`,
      parent: this,
      subscription: `${key}-to-hub`,
      topicId: topic.id,
      eventTypes: [event],
      destination: {
        endpointType: 'EventHub',
        resourceId: hub.id,
        deliveryAttributeMappings: [{ name: 'PartitionKey', type: 'Dynamic', sourceField: 'data.userId' }],
      },
      identityId: identity.id,
      deliverWithIdentity: true,
      deadLetterAccountId: deadLetters.deadLetterAccountId,
      dependsOn: [sends, deadLetters.keepsDeadLetters],
    });
  }
}

interface HubRoute {
  topic: Topic;
  identity: AppIdentity;
  hub: EventHub;
  key: HubKey;
  /** Type of the events. */
  event: string;
  deadLetterAccountId: Input<string>;
  /** The role that lets the identity write dead letters. */
  keepsDeadLetters: Resource;
}
