import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { answerJson } from '../http/answerJson.ts';
import { Problem } from '../http/problem.ts';
import { identifier, object } from '../schemas/common.ts';
import { listQuerySchema, recommendationsSchema } from '../schemas/recommendations.ts';
import type { Services } from '../services/services.ts';

interface ListQuery {
  limit: number;
  category?: string[];
}

/** The calls that list items without regard to a person. */
export function listRoutes(app: FastifyInstance, { recommendations }: Services): void {
  app.get<{ Params: { itemId: string }; Querystring: ListQuery }>(
    '/v1/items/:itemId/similar',
    {
      schema: {
        operationId: 'similarItems',
        tags: ['recommendations'],
        summary: 'Items that go with an item',
        params: object({ itemId: identifier }, ['itemId']),
        querystring: listQuerySchema,
        response: { 200: recommendationsSchema },
      },
    },
    async ({ params: { itemId }, query: { limit, category } }, reply) => {
      const answer = await recommendations.similar(itemId, { limit, filters: { categories: category } });
      if (!answer) throw new Problem('not-found', `Neither catalogue nor model know the item "${itemId}".`);
      return answerJson(reply, randomUUID(), answer);
    },
  );

  app.get<{ Querystring: ListQuery }>(
    '/v1/trending',
    {
      schema: {
        operationId: 'trendingItems',
        tags: ['recommendations'],
        summary: 'What is popular at the moment',
        description: 'Counts of interactions that lose half their weight with every half-life, relative to the first.',
        querystring: listQuerySchema,
        response: { 200: recommendationsSchema },
      },
    },
    async ({ query: { limit, category } }, reply) => {
      return answerJson(reply, randomUUID(), recommendations.trending({ limit, filters: { categories: category } }));
    },
  );
}
