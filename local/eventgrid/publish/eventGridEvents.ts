import { isJsonObject, type Json, type JsonObject } from '../model.ts';
import { parseJson, requireText, requireTime, tokenOf } from './fields.ts';
import { PublishError } from './publishError.ts';

const PROPERTIES = new Set([
  'id',
  'subject',
  'eventType',
  'eventTime',
  'data',
  'dataVersion',
  'topic',
  'metadataVersion',
]);

/**
 * Reads the events of a request in the Event Grid schema: always a JSON array. `topic` and `metadataVersion` are the
 * service's own and, when sent, must be what it would write. Throws a `PublishError` 400 that names event and fault.
 */
export function readEventGridEvents(args: { body: Buffer; resourceId: string }): JsonObject[] {
  const events = parseJson(args.body);
  if (!Array.isArray(events))
    throw new PublishError(
      400,
      `Unexpected token when reading JSON. Expected: StartArray, actual: ${tokenOf(events)}.`,
    );
  return events.map((event, index) => checkEvent(event, index, args.resourceId));
}

function checkEvent(event: Json, index: number, resourceId: string): JsonObject {
  if (!isJsonObject(event)) throw new PublishError(400, `Event ${index} is not a JSON object.`);
  const unexpected = Object.keys(event).find((name) => !PROPERTIES.has(name));
  if (unexpected !== undefined)
    throw new PublishError(
      400,
      `This resource is configured for 'EventGridEvent' schema. Received unexpected property '${unexpected}' in JSON which does not conform to the expected schema.`,
    );
  for (const name of ['id', 'subject', 'eventType']) requireText(event, name, index);
  requireTime(event, 'eventTime', index);
  if (event.dataVersion !== undefined && typeof event.dataVersion !== 'string')
    throw new PublishError(400, `Event ${index}: the property 'dataVersion' must be a string.`);
  if (event.metadataVersion !== undefined && event.metadataVersion !== '1')
    throw new PublishError(400, `Event ${index}: the property 'metadataVersion' must be '1' or absent.`);
  if (event.topic !== undefined && event.topic !== '' && event.topic !== resourceId)
    throw new PublishError(400, `Event ${index}: the property 'topic' must be '${resourceId}' or absent.`);
  return { dataVersion: '', ...event, topic: resourceId, metadataVersion: '1' };
}
