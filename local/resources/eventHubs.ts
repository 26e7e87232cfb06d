import type { LocalCloud } from '../cloud/localCloud.ts';
import { declaredCapture, declaredThroughput, requireHub, retentionHours } from './eventHubsInputs.ts';
import { armId, find, text, type Declared, type Deployment, type ResourceHandler } from './handler.ts';

const SERVICE = 'eventhubs';
const PROVIDER = 'Microsoft.EventHub';
/** Ports that clients expect, without TLS and with it. */
const AMQP_PORT = 5672;
const AMQPS_PORT = 5671;
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
      const id = armId(inputs, PROVIDER, 'namespaces', name);
      const throughput = declaredThroughput(inputs);
      const access = cloud.identity ? { namespaceId: id } : { keyName: KEY_NAME, key: cloud.state.key(SERVICE) };
      const ports = await cloud.startService(SERVICE, {
        entry: new URL('../eventhubs/main.ts', import.meta.url),
        ports: { amqp: cloud.identity ? AMQPS_PORT : AMQP_PORT, http: 5300 },
        options: { ...access, ...(cloud.options.throttling && { throughput }) },
      });
      return {
        id,
        outputs: {
          name,
          serviceBusEndpoint: `https://${namespaceHost(name)}:443/`,
          localConnectionString: eventHubsConnectionString(cloud, ports.amqp),
          localPort: ports.amqp,
          localHttpPort: ports.http,
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
      requireHub(inputs);
      const partitionCount = Number(inputs.partitionCount ?? 4);
      const partitionIds = Array.from({ length: partitionCount }, (_, index) => String(index));
      return {
        id: armId(inputs, PROVIDER, 'namespaces', text(inputs, 'namespaceName'), 'eventhubs', name),
        outputs: { name, partitionCount, partitionIds },
      };
    },
    async apply(hub, deployment) {
      const { inputs, outputs } = hub;
      await deployment.cloud.control(SERVICE, 'putHub', {
        name: outputs.name,
        partitionCount: outputs.partitionCount,
        retentionHours: retentionHours(inputs),
        capture: localCapture(hub, deployment),
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

/** The capture of a hub as the broker takes it: into a declared container of a declared account. */
function localCapture({ inputs }: Declared, deployment: Deployment): Record<string, unknown> | undefined {
  const declared = declaredCapture(inputs);
  if (!declared) return undefined;
  const { storageAccountId, ...settings } = declared;
  const account = find(deployment, storageAccountId);
  find(deployment, `${account.id}/blobServices/default/containers/${settings.container}`);
  return {
    ...settings,
    namespace: text(inputs, 'namespaceName'),
    connectionString: deployment.cloud.blobs.connectionString(String(account.outputs.name)),
  };
}
