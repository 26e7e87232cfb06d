import {
  armId,
  find,
  part,
  text,
  type Declared,
  type Deployment,
  type Inputs,
  type ResourceHandler,
} from './handler.ts';

const SERVICE = 'eventgrid';
const PROVIDER = 'Microsoft.EventGrid';
const DEFAULT_PORT = 6073;

export const eventGridHandlers: ResourceHandler[] = [
  {
    type: 'azure-native:eventgrid:Topic',
    stage: 'service',
    async declare(inputs, { cloud }) {
      const name = text(inputs, 'topicName');
      if (cloud.hasService(SERVICE)) throw new Error('the local target serves one Event Grid topic per stack');
      const ports = await cloud.startService(SERVICE, {
        entry: new URL('../eventgrid/main.ts', import.meta.url),
        ports: { http: DEFAULT_PORT },
        options: {},
      });
      return {
        id: armId(inputs, PROVIDER, 'topics', name),
        outputs: {
          name,
          endpoint: `http://127.0.0.1:${ports.http}/${name}/api/events`,
          localKey: cloud.state.key(SERVICE),
          identity: { ...part(inputs, 'identity'), principalId: `${name}-principal` },
        },
      };
    },
    async apply({ id, inputs, outputs }, { cloud }) {
      await cloud.control(SERVICE, 'putTopic', {
        name: outputs.name,
        inputSchema: inputs.inputSchema ?? 'EventGridSchema',
        key: outputs.localKey,
        resourceId: id,
      });
    },
  },
  {
    type: 'azure-native:eventgrid:EventSubscription',
    stage: 'route',
    declare(inputs) {
      const name = text(inputs, 'eventSubscriptionName');
      return {
        id: `${text(inputs, 'scope')}/providers/${PROVIDER}/eventSubscriptions/${name}`,
        outputs: { name },
      };
    },
    async apply({ inputs, outputs }, deployment) {
      const topic = find(deployment, text(inputs, 'scope'));
      await putSubscription(topic, String(outputs.name), inputs, deployment);
    },
  },
];

async function putSubscription(topic: Declared, name: string, inputs: Inputs, deployment: Deployment): Promise<void> {
  const withIdentity = part(inputs, 'deliveryWithResourceIdentity');
  const destination = part(withIdentity.destination ? withIdentity : inputs, 'destination');
  const deadLetterHolder = inputs.deadLetterWithResourceIdentity
    ? part(inputs, 'deadLetterWithResourceIdentity')
    : inputs;
  await deployment.cloud.control(SERVICE, 'putSubscription', {
    topic: topic.outputs.name,
    name,
    destination: localDestination(destination, deployment),
    filter: inputs.filter,
    retryPolicy: inputs.retryPolicy,
    deadLetter: localDeadLetter(part(deadLetterHolder, 'deadLetterDestination'), deployment),
    deliverySchema: inputs.eventDeliverySchema,
    deliveryAttributeMappings: destination.deliveryAttributeMappings,
  });
}

function localDestination(destination: Inputs, deployment: Deployment): unknown {
  const batching = {
    maxEventsPerBatch: destination.maxEventsPerBatch,
    preferredBatchSizeInKilobytes: destination.preferredBatchSizeInKilobytes,
  };
  switch (destination.endpointType) {
    case 'EventHub': {
      const hub = find(deployment, text(destination, 'resourceId'));
      const namespace = find(deployment, hub.id.replace(/\/eventhubs\/[^/]+$/i, ''));
      const connectionString = namespace.outputs.localConnectionString;
      return { type: 'EventHub', connectionString, eventHub: hub.outputs.name };
    }
    case 'WebHook':
      return { type: 'WebHook', url: localUrl(text(destination, 'endpointUrl'), deployment), ...batching };
    case 'AzureFunction': {
      const [siteId, name] = text(destination, 'resourceId').split('/functions/');
      const url = `${String(find(deployment, siteId).outputs.localUrl)}/runtime/webhooks/EventGrid?functionName=${name}`;
      return { type: 'AzureFunction', url, ...batching };
    }
    default:
      throw new Error(
        `the local target does not deliver to the destination ${JSON.stringify(destination.endpointType)}`,
      );
  }
}

/** A webhook of a declared site is served here; any other address stays what it is. */
function localUrl(url: string, { resources }: Deployment): string {
  const { host, pathname, search } = new URL(url);
  for (const { outputs } of resources.values()) {
    if (outputs.defaultHostName === host) return `${String(outputs.localUrl)}${pathname}${search}`;
  }
  return url;
}

function localDeadLetter(destination: Inputs, { cloud, resources }: Deployment): unknown {
  if (destination.endpointType === undefined) return undefined;
  const account = resources.get(text(destination, 'resourceId').toLowerCase());
  if (!account) throw new Error(`the dead-letter storage account ${String(destination.resourceId)} is not declared`);
  return {
    connectionString: cloud.blobs.connectionString(String(account.outputs.name)),
    container: text(destination, 'blobContainerName'),
  };
}
