import { openOnFirstCall, type Provider } from './provider.ts';

/**
 * Built-in Event Grid publisher. It knows the Event Grid schema only (`id`, `subject`, `eventType`, `data`,
 * `dataVersion`, `eventTime`, as in Microsoft's workflow SDK): a topic that takes CloudEvents refuses what it sends, and
 * is to be published to with an Http action.
 */
export const eventGridProvider: Provider = {
  id: '/serviceProviders/eventGridPublisher',
  endpointParameter: 'topicEndpoint',
  operations: { publishEvents: { required: ['events'], optional: [] } },
  triggers: {},
  connectionFault({ values, byIdentity, standIn }) {
    if (typeof values.topicEndpoint !== 'string' || values.topicEndpoint === '')
      return 'parameterValues.topicEndpoint is missing';
    if (byIdentity || standIn.topicKey !== undefined || typeof values.accessKey === 'string') return undefined;
    return 'parameterValues.accessKey is missing; or set parameterSetName to ManagedServiceIdentity';
  },
  open: (connection) =>
    openOnFirstCall(async () => (await import('./eventGridConnection.ts')).openEventGridConnection(connection)),
};
