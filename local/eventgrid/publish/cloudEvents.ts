import type { IncomingHttpHeaders } from 'node:http';
import { isJsonObject, type Json, type JsonObject } from '../model.ts';
import { parseJson, parseText, requireText, requireTime, tokenOf } from './fields.ts';
import { PublishError } from './publishError.ts';

export const CLOUD_EVENT_TYPE = 'application/cloudevents+json';
export const CLOUD_EVENT_BATCH_TYPE = 'application/cloudevents-batch+json';

const CONTEXT = new Set(['id', 'source', 'type', 'specversion', 'subject', 'time', 'datacontenttype', 'dataschema']);

/**
 * Reads the CloudEvents 1.0 of a request, in the modes of the HTTP binding: structured, batch, or binary (attributes in
 * `ce-` headers). Throws a `PublishError` 400 that names the event and the fault.
 */
export function readCloudEvents(args: { headers: IncomingHttpHeaders; body: Buffer }): JsonObject[] {
  const contentType = args.headers['content-type'] ?? '';
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType === CLOUD_EVENT_BATCH_TYPE) {
    const batch = parseJson(args.body);
    if (!Array.isArray(batch)) throw wrongToken('StartArray', batch);
    return batch.map((event, index) => checkCloudEvent(event, index));
  }
  if (mediaType === CLOUD_EVENT_TYPE) return [checkCloudEvent(parseJson(args.body), 0)];
  if (args.headers['ce-specversion'] !== undefined) return [checkCloudEvent(fromBinaryMode(args), 0)];
  throw new PublishError(
    400,
    `This resource is configured for 'CloudEventV10' schema and requires '${CLOUD_EVENT_TYPE}; charset=utf-8' content-type header.`,
  );
}

const WRONG_SCHEMA =
  "This resource is configured to receive event in 'CloudEventV10' schema. The JSON received does not conform to the expected schema.";

function wrongToken(expected: string, actual: Json): PublishError {
  return new PublishError(
    400,
    `${WRONG_SCHEMA} Token Expected: ${expected}, Actual Token Received: ${tokenOf(actual)}.`,
  );
}

function checkCloudEvent(event: Json, index: number): JsonObject {
  if (!isJsonObject(event)) throw wrongToken('StartObject', event);
  for (const name of ['id', 'source', 'type', 'specversion']) {
    if (event[name] === undefined)
      throw new PublishError(400, `${WRONG_SCHEMA} Event ${index}: the attribute '${name}' is missing.`);
    requireText(event, name, index);
  }
  if (event.specversion !== '1.0')
    throw new PublishError(400, `Event ${index}: specversion is '${String(event.specversion)}', supported is '1.0'.`);
  for (const name of ['subject', 'datacontenttype', 'dataschema']) {
    if (event[name] !== undefined) requireText(event, name, index);
  }
  if (event.time !== undefined) requireTime(event, 'time', index);
  checkData(event, index);
  checkExtensions(event, index);
  return event;
}

function checkData(event: JsonObject, index: number): void {
  if (event.data_base64 === undefined) return;
  if (event.data !== undefined)
    throw new PublishError(400, `Event ${index} has both 'data' and 'data_base64'; only one of them is allowed.`);
  if (typeof event.data_base64 !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(event.data_base64))
    throw new PublishError(400, `Event ${index}: 'data_base64' is not base64.`);
}

function checkExtensions(event: JsonObject, index: number): void {
  for (const [name, value] of Object.entries(event)) {
    if (CONTEXT.has(name) || name === 'data' || name === 'data_base64') continue;
    if (!/^[a-z0-9]+$/.test(name))
      throw new PublishError(
        400,
        `This resource is configured for 'CloudEventV10' schema. Received unexpected property '${name}' in JSON which does not conform to the expected schema (event ${index}; extension attributes have lower-case letters and digits).`,
      );
    if (typeof value === 'object')
      throw new PublishError(
        400,
        `Event ${index}: the extension attribute '${name}' must be a string, number or boolean.`,
      );
  }
}

function fromBinaryMode(args: { headers: IncomingHttpHeaders; body: Buffer }): JsonObject {
  const event: JsonObject = {};
  for (const [name, value] of Object.entries(args.headers)) {
    if (name.startsWith('ce-') && typeof value === 'string') event[name.slice(3)] = percentDecoded(name, value);
  }
  const contentType = args.headers['content-type'];
  if (contentType !== undefined) event.datacontenttype = contentType;
  if (args.body.length === 0) return event;
  const mediaType = (contentType ?? 'application/json').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (mediaType === 'application/json' || mediaType.endsWith('+json')) event.data = parseJson(args.body);
  else if (mediaType.startsWith('text/')) event.data = parseText(args.body);
  else event.data_base64 = args.body.toString('base64');
  return event;
}

function percentDecoded(header: string, value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new PublishError(400, `The header '${header}' is not percent-encoded text.`);
  }
}
