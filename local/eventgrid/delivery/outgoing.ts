import {
  isJsonObject,
  type DeliveryAttributeMapping,
  type EventSchema,
  type GridEvent,
  type JsonObject,
} from '../model.ts';
import { eventField } from '../subscriptions/eventFields.ts';

/** An event in the schema that the subscriber asked for, with what accompanies it. */
export interface OutgoingEvent {
  schema: EventSchema;
  body: JsonObject;
  /** Headers or properties of the subscription's delivery attribute mappings. */
  attributes: Record<string, string>;
  /** Attempts made before this one: 0 for the first. */
  deliveryCount: number;
}

/** Makes an accepted event ready to be sent. A CloudEvent is only ever sent as a CloudEvent. */
export function toOutgoing(args: {
  event: GridEvent;
  schema: EventSchema;
  mappings: DeliveryAttributeMapping[];
  deliveryCount: number;
}): OutgoingEvent {
  const { event, schema } = args;
  return {
    schema,
    body: bodyIn(schema, event),
    attributes: deliveryAttributes(event, args.mappings),
    deliveryCount: args.deliveryCount,
  };
}

/** The version of the envelope: of the metadata in the Event Grid schema, of the specification with CloudEvents. */
export function versionHeaders({ schema, body }: OutgoingEvent): Record<string, string> {
  if (schema === 'CloudEventSchemaV1_0') return { 'aeg-metadata-version': String(body.specversion) };
  return { 'aeg-metadata-version': '1', 'aeg-data-version': String(body.dataVersion ?? '') };
}

/** The event in the schema that the subscriber asked for. */
export function bodyIn(schema: EventSchema, event: GridEvent): JsonObject {
  return event.schema === schema ? event.body : toCloudEvent(event.body);
}

/** Event Grid's mapping of its own schema to CloudEvents: the topic becomes the source, the data version the schema. */
function toCloudEvent(event: JsonObject): JsonObject {
  const version = event.dataVersion;
  return {
    specversion: '1.0',
    id: event.id ?? null,
    source: event.topic ?? null,
    type: event.eventType ?? null,
    subject: event.subject ?? null,
    time: event.eventTime ?? null,
    ...(typeof version === 'string' && version !== '' && { dataschema: `#${version}` }),
    ...(event.data !== undefined && { data: event.data }),
  };
}

/** Fixed texts, and texts taken from the event; a source field that is absent or not a scalar gives no attribute. */
function deliveryAttributes(event: GridEvent, mappings: DeliveryAttributeMapping[]): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const mapping of mappings) {
    const value = mapping.type === 'Static' ? mapping.value : eventField(event, mapping.sourceField);
    if (value === undefined || value === null || Array.isArray(value) || isJsonObject(value)) continue;
    attributes[mapping.name] = String(value);
  }
  return attributes;
}
