import type { IncomingHttpHeaders } from 'node:http';
import { EVENT_LIMITS } from '../../contracts/events.ts';
import { invalidRequest } from '../http/requestValidation.ts';
import { Problem } from '../http/problem.ts';

/** Content types of CloudEvents in structured mode (CloudEvents HTTP protocol binding). */
export const CLOUD_EVENT = 'application/cloudevents+json';
export const CLOUD_EVENT_BATCH = 'application/cloudevents-batch+json';

/**
 * Finds the events in a request: structured, a batch, or in binary mode with the attributes in `ce-` headers and the
 * data as body. `application/json` may hold one event or a list. The events are not validated yet.
 * @throws {Problem} when the body does not fit its content type or holds too many events.
 */
export function readEvents(headers: IncomingHttpHeaders, body: unknown): unknown[] {
  const contentType = headers['content-type'] ?? '';
  if (headers['ce-specversion'] !== undefined) return [fromBinaryMode(headers, body)];
  if (contentType.startsWith(CLOUD_EVENT_BATCH) && !Array.isArray(body)) {
    throw new Problem('invalid-request', `A body of type ${CLOUD_EVENT_BATCH} is a list of events.`);
  }
  if (contentType.startsWith(CLOUD_EVENT) && Array.isArray(body)) {
    throw new Problem('invalid-request', `A body of type ${CLOUD_EVENT} is one event; a list is ${CLOUD_EVENT_BATCH}.`);
  }
  if (!Array.isArray(body)) return [body];
  if (body.length > EVENT_LIMITS.batch) {
    throw new Problem(
      'payload-too-large',
      `The batch has ${body.length} events; at most ${EVENT_LIMITS.batch} are taken.`,
    );
  }
  return body;
}

/** Attributes are percent-encoded in headers; the content type of the body is that of the data. */
function fromBinaryMode(headers: IncomingHttpHeaders, data: unknown): Record<string, unknown> {
  const event: Record<string, unknown> = { datacontenttype: headers['content-type'], data };
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith('ce-') || typeof value !== 'string') continue;
    try {
      Object.defineProperty(event, name.slice(3), {
        value: decodeURIComponent(value),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    } catch (error) {
      if (!(error instanceof URIError)) throw error;
      throw invalidRequest([{ path: `/headers/${name}`, reason: 'must be percent-encoded UTF-8' }]);
    }
  }
  return event;
}
