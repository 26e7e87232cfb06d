import type { FastifyInstance } from 'fastify';
import type { Services } from '../services/services.ts';
import type { Schema } from '../schemas/common.ts';

const tags = ['operations'];

const stateSchema: Schema = {
  title: 'Readiness',
  type: 'object',
  required: ['status', 'checks'],
  properties: {
    status: { type: 'string', enum: ['ready', 'starting'] },
    checks: { type: 'object', additionalProperties: { type: 'string' } },
  },
};

/** Probes; open to everybody. */
export function healthRoutes(app: FastifyInstance, { readiness }: Services): void {
  app.get(
    '/health/live',
    {
      schema: {
        operationId: 'live',
        tags,
        summary: 'Whether the process answers',
        response: { 200: { title: 'Alive', type: 'object', properties: { status: { type: 'string' } } } },
      },
    },
    () => Promise.resolve({ status: 'alive' }),
  );

  app.get(
    '/health/ready',
    {
      schema: {
        operationId: 'ready',
        tags,
        summary: 'Whether requests should be sent here',
        description:
          'Ready once catalogue and model have been looked for. A part that is away does not make it unready.',
        response: { 200: stateSchema, 503: stateSchema },
      },
    },
    async (_, reply) => {
      const { ready, checks } = readiness();
      return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'starting', checks });
    },
  );
}

/** `GET /metrics` in the Prometheus text format. */
export function metricsRoute(app: FastifyInstance, { metrics: { registry } }: Services): void {
  app.get(
    '/metrics',
    {
      schema: {
        operationId: 'metrics',
        tags,
        summary: 'Metrics in the Prometheus text format',
        response: { 200: { content: { 'text/plain': { schema: { type: 'string' } } } } },
      },
    },
    async (_, reply) => reply.header('content-type', registry.contentType).send(await registry.metrics()),
  );
}
