/**
 * App settings that the infrastructure computes and the runtime reads.
 *
 * A connection `X` follows the convention of Azure Functions: either `X` holds a connection string, or
 * `X__<property>` names the service and a managed identity signs in (`X__clientId` selects a user-assigned one).
 * On Azure only the second form is ever set.
 */
export const CONNECTIONS = {
  /** Event Hubs namespace: `EventHubs__fullyQualifiedNamespace` or a connection string. */
  eventHubs: { name: 'EventHubs', property: 'fullyQualifiedNamespace' },
  /** Cosmos account: `Cosmos__accountEndpoint` or `AccountEndpoint=…;AccountKey=…;`. */
  cosmos: { name: 'Cosmos', property: 'accountEndpoint' },
  /** Storage account of models, learner state and dead letters: `Registry__blobServiceUri` or a connection string. */
  registry: { name: 'Registry', property: 'blobServiceUri' },
  /** Storage account of the Functions host: `AzureWebJobsStorage__accountName` or a connection string. */
  hostStorage: { name: 'AzureWebJobsStorage', property: 'accountName' },
  /** Event Grid topic: `EventGrid__topicEndpointUri`, with `EventGrid__topicKey` where keys are allowed. */
  eventGrid: { name: 'EventGrid', property: 'topicEndpointUri' },
} as const;

/** Plain settings: name, and what it holds. */
export const SETTINGS = {
  /** Cosmos database; default `attune`. */
  database: 'COSMOS_DATABASE',
  /** Tenant that this stamp serves. */
  tenant: 'ATTUNE_TENANT',
  /** JSON of `RecommenderSettings`; defaults where absent. */
  recommender: 'RECOMMENDER_SETTINGS',
  /** Comma-separated channels whose recommendations are announced on Event Grid. */
  outboundChannels: 'OUTBOUND_CHANNELS',
  /** Comma-separated SHA-256 digests (hex) of accepted API keys. Empty on Azure. */
  apiKeyDigests: 'API_KEY_SHA256',
  /** `true` lets a caller on the loopback interface in without a credential. Never set on Azure. */
  allowLoopback: 'API_ALLOW_LOOPBACK',
  /** OpenID issuer whose tokens the API accepts, and the audience they must carry. */
  tokenIssuer: 'API_TOKEN_ISSUER',
  tokenAudience: 'API_TOKEN_AUDIENCE',
  /** Address that the API listens on; default `0.0.0.0`, which App Service needs. Its port is in `PORT`. */
  host: 'API_HOST',
  /**
   * Resource id of the app's user-assigned identity, for the workflows: Logic Apps selects an identity by it, where
   * connections of Functions do so by the client id.
   */
  identityResourceId: 'IDENTITY_RESOURCE_ID',
  /** Webhook that the workflow `on-recommendation-issued` calls; empty: no call. */
  marketingWebhook: 'MARKETING_WEBHOOK_URL',
} as const;
