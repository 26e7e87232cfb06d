import type { FastifyInstance, RouteOptions } from 'fastify';
import { openApiDocument } from './openApiDocument.ts';

/** `GET /openapi.json` and the pointer at `GET /`. The description is made of the routes' own schemas. */
export function describeApi(app: FastifyInstance, routes: readonly RouteOptions[]): void {
  let document: string | undefined;
  app.get(
    '/openapi.json',
    {
      schema: {
        operationId: 'describe',
        tags: ['operations'],
        summary: 'This description',
        response: { 200: { content: { 'application/json': { schema: { type: 'object' } } } } },
      },
    },
    (_request, reply) => {
      document ??= JSON.stringify(openApiDocument(routes));
      return reply.header('content-type', 'application/json; charset=utf-8').serializer(String).send(document);
    },
  );

  const pointer = { name: 'Attune', description: '/openapi.json', health: '/health/ready' };
  app.get('/', { schema: { operationId: 'start', tags: ['operations'], summary: 'Where to go' } }, () =>
    Promise.resolve(pointer),
  );
}
