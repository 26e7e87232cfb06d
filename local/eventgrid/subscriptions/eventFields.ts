import { isJsonObject, type GridEvent, type Json, type JsonObject } from '../model.ts';

/** Names that Event Grid's documentation uses for CloudEvents attributes in filters and mappings. */
const CLOUD_EVENT_ALIASES: Record<string, string> = { eventid: 'id', eventtype: 'type', eventtime: 'time' };

/**
 * Value of a field path in an event: an envelope attribute in any case (`Subject`, `eventType`), or a path into the
 * event's data (`data.order.total`; the names under `data` are exact). Undefined where the event has no such field.
 */
export function eventField(event: GridEvent, path: string): Json | undefined {
  const [head = '', ...rest] = path.split('.');
  let value = attribute(event, head);
  for (const name of rest) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** True for a path to an attribute of the envelope, false for one to the event's data. */
export function isContextAttribute(path: string): boolean {
  return path.split('.', 1)[0]!.toLowerCase() !== 'data';
}

function attribute(event: GridEvent, name: string): Json | undefined {
  const lower = name.toLowerCase();
  const wanted = event.schema === 'CloudEventSchemaV1_0' ? (CLOUD_EVENT_ALIASES[lower] ?? lower) : lower;
  return event.body[attributeName(event.body, wanted)];
}

function attributeName(body: JsonObject, lower: string): string {
  if (Object.hasOwn(body, lower)) return lower;
  return Object.keys(body).find((name) => name.toLowerCase() === lower) ?? lower;
}
