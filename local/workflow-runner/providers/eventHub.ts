import { openOnFirstCall, type Provider } from './provider.ts';

const EVENT_HUB = 'eventHubName';

/**
 * Built-in connector of Azure Event Hubs; operations, parameters and shape of the events as in Microsoft's reference and
 * workflow SDK.
 */
export const eventHubProvider: Provider = {
  id: '/serviceProviders/eventHub',
  endpointParameter: 'fullyQualifiedNamespace',
  operations: {
    sendEvent: { required: [EVENT_HUB, 'eventData'], optional: ['partitionKey'] },
    sendEvents: { required: [EVENT_HUB, 'eventDatas'], optional: ['partitionKey'] },
  },
  triggers: {
    receiveEvents: {
      required: [EVENT_HUB],
      optional: ['consumerGroup'],
      listen: async (context) => (await import('./eventHubTrigger.ts')).listenToHub(context),
    },
  },
  connectionFault({ values, byIdentity, standIn }) {
    if (standIn.connectionString !== undefined) return undefined;
    const needed = byIdentity ? 'fullyQualifiedNamespace' : 'connectionString';
    const value = values[needed];
    return typeof value === 'string' && value !== '' ? undefined : `parameterValues.${needed} is missing`;
  },
  open: (connection) =>
    openOnFirstCall(async () => (await import('./eventHubConnection.ts')).openEventHubConnection(connection)),
};
