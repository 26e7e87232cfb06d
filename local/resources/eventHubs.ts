import type { LocalCloud } from '../cloud/localCloud.ts';
import { armId, part, text, type ResourceHandler } from './handler.ts';

const SERVICE = 'eventhubs';
const PROVIDER = 'Microsoft.EventHub';
const KEY_NAME = 'RootManageSharedAccessKey';

/** Azure's host name of a namespace, which the program writes into app settings. */
export function namespaceHost(name: string): string {
  return `${name}.servicebus.windows.net`;
}

/** Connection string of the local broker for any official client. */
export function eventHubsConnectionString(cloud: LocalCloud, port: number): string {
  const key = cloud.state.key(SERVICE);
  return `Endpoint=sb://127.0.0.1:${port};SharedAccessKeyName=${KEY_NAME};SharedAccessKey=${key};UseDevelopmentEmulator=true`;
}

export const eventHubsHandlers: ResourceHandler[] = [
  {
    type: 'azure-native:eventhub:Namespace',
    async declare(inputs, { cloud }) {
      const name = text(inputs, 'namespaceName');
      const ports = await cloud.startService(SERVICE, {
        entry: new URL('../eventhubs/main.ts', import.meta.url),
        ports: { amqp: 5672 },
        options: { keyName: KEY_NAME, key: cloud.state.key(SERVICE) },
      });
      return {
        id: armId(inputs, PROVIDER, 'namespaces', name),
        outputs: {
          name,
          serviceBusEndpoint: `https://${namespaceHost(name)}:443/`,
          localConnectionString: eventHubsConnectionString(cloud, ports.amqp),
          localPort: ports.amqp,
        },
      };
    },
  },
  {
    type: 'azure-native:eventhub:NamespaceNetworkRuleSet',
    declare: (inputs) => ({
      id: armId(inputs, PROVIDER, 'namespaces', text(inputs, 'namespaceName'), 'networkRuleSets', 'default'),
      outputs: { name: 'default' },
    }),
  },
  {
    type: 'azure-native:eventhub:EventHub',
    stage: 'service',
    declare(inputs) {
      const name = text(inputs, 'eventHubName');
      const partitionCount = Number(inputs.partitionCount ?? 4);
      const partitionIds = Array.from({ length: partitionCount }, (_, index) => String(index));
      return {
        id: armId(inputs, PROVIDER, 'namespaces', text(inputs, 'namespaceName'), 'eventhubs', name),
        outputs: { name, partitionCount, partitionIds },
      };
    },
    async apply({ inputs, outputs }, { cloud }) {
      await cloud.control(SERVICE, 'putHub', {
        name: outputs.name,
        partitionCount: outputs.partitionCount,
        retentionHours: part(inputs, 'retentionDescription').retentionTimeInHours ?? 24,
      });
    },
  },
  {
    type: 'azure-native:eventhub:ConsumerGroup',
    stage: 'service',
    declare(inputs) {
      const name = text(inputs, 'consumerGroupName');
      const hub = text(inputs, 'eventHubName');
      return {
        id: armId(
          inputs,
          PROVIDER,
          'namespaces',
          text(inputs, 'namespaceName'),
          'eventhubs',
          hub,
          'consumergroups',
          name,
        ),
        outputs: { name },
      };
    },
    async apply({ inputs, outputs }, { cloud }) {
      await cloud.control(SERVICE, 'putConsumerGroup', { hub: inputs.eventHubName, name: outputs.name });
    },
  },
];
