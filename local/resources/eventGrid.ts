import { assignedIdentities } from './appSettings.ts';
import { declaredEndpoints } from './eventGridInputs.ts';
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
      const id = armId(inputs, PROVIDER, 'topics', name);
      const { identity } = cloud;
      const holder = { name, identities: assignedIdentities(inputs) };
      const ports = await cloud.startService(SERVICE, {
        entry: new URL('../eventgrid/main.ts', import.meta.url),
        ports: { http: DEFAULT_PORT },
        options: { timeScale: cloud.options.timeScale },
        env: identity && { ...process.env, ...identity.environmentOf(holder) },
      });
      const origin = identity ? `https://localhost:${ports.http}` : `http://127.0.0.1:${ports.http}`;
      return {
        id,
        outputs: {
          name,
          endpoint: `${origin}/${name}/api/events`,
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
      declaredEndpoints(inputs);
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
  const { destination, identity, deadLetter, deadLetterIdentity } = declaredEndpoints(inputs);
  await deployment.cloud.control(SERVICE, 'putSubscription', {
    topic: topic.outputs.name,
    name,
    destination: localDestination(destination, identity, deployment),
    filter: inputs.filter,
    retryPolicy: inputs.retryPolicy,
    deadLetter: deadLetter && localDeadLetter(deadLetter, deadLetterIdentity, deployment),
    deliverySchema: inputs.eventDeliverySchema,
    deliveryAttributeMappings: destination.deliveryAttributeMappings,
    expirationTimeUtc: inputs.expirationTimeUtc,
  });
}

function localDestination(destination: Inputs, identity: string, deployment: Deployment): unknown {
  const batching = {
    maxEventsPerBatch: destination.maxEventsPerBatch,
    preferredBatchSizeInKilobytes: destination.preferredBatchSizeInKilobytes,
  };
  switch (destination.endpointType) {
    case 'EventHub': {
      const hub = find(deployment, text(destination, 'resourceId'));
      const namespace = find(deployment, hub.id.replace(/\/eventhubs\/[^/]+$/i, ''));
      const { localConnectionString: connectionString, localPort } = namespace.outputs;
      const access = deployment.cloud.identity
        ? { fullyQualifiedNamespace: `localhost:${localPort}`, identity }
        : { connectionString };
      return { type: 'EventHub', eventHub: hub.outputs.name, ...access };
    }
    case 'WebHook':
      return { type: 'WebHook', url: localUrl(text(destination, 'endpointUrl'), deployment), ...batching };
    case 'AzureFunction': {
      const [siteId, name] = text(destination, 'resourceId').split('/functions/');
      const url = `${String(find(deployment, siteId).outputs.localUrl)}/runtime/webhooks/EventGrid?functionName=${name}`;
      return { type: 'AzureFunction', url, ...batching };
    }
    default:
      throw new Error(`there is no delivery to ${String(destination.endpointType)}`);
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

function localDeadLetter(destination: Inputs, identity: string, { cloud, resources }: Deployment): unknown {
  const account = resources.get(text(destination, 'resourceId').toLowerCase());
  if (!account) throw new Error(`the dead-letter storage account ${String(destination.resourceId)} is not declared`);
  const name = String(account.outputs.name);
  const access = cloud.identity
    ? { blobEndpoint: cloud.blobs.endpoint(name), identity }
    : { connectionString: cloud.blobs.connectionString(name) };
  return { ...access, container: text(destination, 'blobContainerName') };
}
