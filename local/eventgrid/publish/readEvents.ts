import type { IncomingHttpHeaders } from 'node:http';
import type { GridEvent, TopicDefinition } from '../model.ts';
import { readCloudEvents } from './cloudEvents.ts';
import { readEventGridEvents } from './eventGridEvents.ts';
import { PublishError } from './publishError.ts';

/** Azure's limit for one event, and for all events of one request together. */
export const MAX_PUBLISH_BYTES = 1024 * 1024;

/** "When receiving events in a batch, the maximum allowed number of events is 5,000 per batch." */
const MAX_EVENTS = 5000;

/** ARM id of a topic; events in the Event Grid schema carry it as `topic`. */
export function topicResourceId(topic: TopicDefinition): string {
  return topic.resourceId ?? `/topics/${topic.name}`;
}

/** Reads and validates the events of a publish request; throws a `PublishError` and then takes none of them. */
export function readEvents(args: { topic: TopicDefinition; headers: IncomingHttpHeaders; body: Buffer }): GridEvent[] {
  const schema = args.topic.inputSchema;
  if (args.body.length > MAX_PUBLISH_BYTES)
    throw new PublishError(413, `The maximum size (${MAX_PUBLISH_BYTES} bytes) has been exceeded.`);
  const bodies =
    schema === 'CloudEventSchemaV1_0'
      ? readCloudEvents(args)
      : readEventGridEvents({ body: args.body, resourceId: topicResourceId(args.topic) });
  if (bodies.length > MAX_EVENTS)
    throw new PublishError(413, `The request has ${bodies.length} events; at most ${MAX_EVENTS} are allowed.`);
  return bodies.map((body) => ({ schema, body }));
}
