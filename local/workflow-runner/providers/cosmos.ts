import { openOnFirstCall, type Provider } from './provider.ts';

const COMMON = ['databaseId', 'containerId'] as const;

/** Built-in connector of Azure Cosmos DB for NoSQL; parameters and outputs as in Microsoft's workflow SDK. */
export const cosmosProvider: Provider = {
  id: '/serviceProviders/AzureCosmosDB',
  endpointParameter: 'accountEndpoint',
  operations: {
    ReadDocument: { required: [...COMMON, 'itemId', 'partitionKey'], optional: ['sessionToken'] },
    CreateOrUpdateDocument: {
      required: [...COMMON, 'item'],
      optional: ['partitionKey', 'isUpsert', 'etag', 'sessionToken'],
    },
    PatchItem: { required: [...COMMON, 'itemId', 'partitionKey', 'patchOperations'], optional: ['sessionToken'] },
    QueryDocuments: {
      required: [...COMMON, 'queryText'],
      optional: ['partitionKey', 'continuationToken', 'maxItemCount', 'sessionToken'],
    },
    DeleteDocument: { required: [...COMMON, 'itemId', 'partitionKey'], optional: ['sessionToken'] },
  },
  triggers: {},
  connectionFault({ values, byIdentity, standIn }) {
    if (standIn.connectionString !== undefined) return undefined;
    if (byIdentity && typeof values.accountEndpoint === 'string' && values.accountEndpoint !== '') return undefined;
    if (!byIdentity && typeof values.connectionString === 'string' && values.connectionString !== '') return undefined;
    return byIdentity ? 'parameterValues.accountEndpoint is missing' : 'parameterValues.connectionString is missing';
  },
  open: (connection) =>
    openOnFirstCall(async () => (await import('./cosmosConnection.ts')).openCosmosConnection(connection)),
};
