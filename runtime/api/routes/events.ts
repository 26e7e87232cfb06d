import type { FastifyInstance } from 'fastify';
import { EVENT_LIMITS, interactionEventSchema, interactionSchema } from '../../contracts/events.ts';
import { checkEvents } from '../events/checkEvents.ts';
import { CLOUD_EVENT, CLOUD_EVENT_BATCH, readEvents } from '../events/readEvents.ts';
import { acceptJson } from '../http/bodyParser.ts';
import { acceptanceSchema } from '../schemas/events.ts';
import type { Services } from '../services/services.ts';

const batchSchema = { type: 'array', maxItems: EVENT_LIMITS.batch, items: interactionEventSchema };

const CONTENT_TYPES = {
  [CLOUD_EVENT]: interactionEventSchema,
  [CLOUD_EVENT_BATCH]: batchSchema,
  'application/json': { anyOf: [interactionEventSchema, batchSchema, interactionSchema] },
};

/** `POST /v1/events`: takes interactions, answered once the hub has them. */
export function eventRoutes(app: FastifyInstance, { events, metrics }: Services): void {
  acceptJson(app, Object.keys(CONTENT_TYPES));
  app.post(
    '/v1/events',
    {
      bodyLimit: EVENT_LIMITS.bodyBytes,
      config: { accepts: Object.keys(CONTENT_TYPES), bodies: CONTENT_TYPES },
      schema: {
        operationId: 'sendEvents',
        tags: ['events'],
        summary: 'Send interactions',
        description:
          'One CloudEvent or a batch, in structured or binary mode (`ce-` headers, the interaction as body). All are ' +
          'taken or none. An event that is sent again with the same source and id has no second effect.',
        response: { 202: acceptanceSchema },
      },
    },
    async (request, reply) => {
      const received = readEvents(request.headers, request.body);
      let outgoing;
      try {
        outgoing = checkEvents(received, new Date().toISOString());
      } catch (error) {
        metrics.eventsRejected.inc(received.length);
        throw error;
      }
      const { accepted, duplicates } = await events.send(outgoing);
      metrics.eventsAccepted.inc(accepted);
      reply.code(202);
      if (duplicates === 0) return { accepted };
      metrics.eventsDuplicate.inc(duplicates);
      return { accepted, duplicates };
    },
  );
}
