/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

/** Schemas that a topic takes and that a subscription delivers, named as in ARM. */
export const EVENT_SCHEMAS = ['CloudEventSchemaV1_0', 'EventGridSchema'] as const;
export type EventSchema = (typeof EVENT_SCHEMAS)[number];

/** A custom topic. */
export interface TopicDefinition {
  name: string;
  inputSchema: EventSchema;
  /** Base64, as on Azure: it is sent as it is (`aeg-sas-key`) or signs a token (`aeg-sas-token`). */
  key: string;
  /** ARM id, the `topic` of delivered events; default `/topics/<name>`. */
  resourceId?: string;
}

export interface AdvancedFilter {
  operatorType: string;
  /** Envelope attribute (any case) or `data.…`, dots go down into objects. */
  key: string;
  /** For the comparisons with one value. */
  value?: Json;
  /** For the operators on sets; ranges are `[from, to]` pairs, both ends included. */
  values?: Json[];
}

export interface EventFilter {
  includedEventTypes?: string[] | null;
  subjectBeginsWith?: string;
  subjectEndsWith?: string;
  isSubjectCaseSensitive?: boolean;
  enableAdvancedFilteringOnArrays?: boolean;
  advancedFilters?: AdvancedFilter[];
}

export interface RetryPolicy {
  /** 1 to 30, default 30. */
  maxDeliveryAttempts?: number;
  /** 1 to 1440, default 1440. */
  eventTimeToLiveInMinutes?: number;
}

/** A header of the delivery (Event Hubs: a property, or the partition key when it is named `PartitionKey`). */
export type DeliveryAttributeMapping =
  | { name: string; type: 'Static'; value: string; isSecret?: boolean }
  | { name: string; type: 'Dynamic'; sourceField: string };

interface HttpDestination {
  url: string;
  /** 1 to 5000, default 1. */
  maxEventsPerBatch?: number;
  /** 1 to 1024, default 64. */
  preferredBatchSizeInKilobytes?: number;
}

/** A namespace with a key, or (profile `faithful`) by its host as a managed identity of the topic, named by its ARM id. */
export type EventHubsAccess = { connectionString: string } | { fullyQualifiedNamespace: string; identity: string };

/** The same for a storage account. */
export type BlobAccess = { connectionString: string } | { blobEndpoint: string; identity: string };

/** Where a subscription delivers to. */
export type Destination =
  | ({ type: 'EventHub'; eventHub: string } & EventHubsAccess)
  | ({ type: 'WebHook' } & HttpDestination)
  /** A function's webhook: needs no handshake, since on Azure the function is named by its resource id. */
  | ({ type: 'AzureFunction' } & HttpDestination);

export interface SubscriptionDefinition {
  topic: string;
  name: string;
  destination: Destination;
  filter?: EventFilter;
  retryPolicy?: RetryPolicy;
  /** Where undeliverable events go; without it they are dropped and counted. */
  deadLetter?: { container: string } & BlobAccess;
  /** Default: the topic's input schema. */
  deliverySchema?: EventSchema;
  deliveryAttributeMappings?: DeliveryAttributeMapping[];
  /** ISO 8601; from then on the subscription receives nothing that is published. Default: never. */
  expirationTimeUtc?: string;
}

/** An event that a topic accepted, in the topic's input schema. */
export interface GridEvent {
  schema: EventSchema;
  body: JsonObject;
}

/** The event's type, whatever its schema. */
export function eventType(event: GridEvent): string {
  return String(event.body[event.schema === 'EventGridSchema' ? 'eventType' : 'type']);
}

/** The event's subject; a CloudEvent may have none. */
export function eventSubject(event: GridEvent): string {
  const subject = event.body.subject;
  return typeof subject === 'string' ? subject : '';
}

/** True for a JSON object, false for an array or a scalar. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
