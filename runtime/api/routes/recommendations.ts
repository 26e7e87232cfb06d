import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { sessionSubject, userSubject } from '../../contracts/documents.ts';
import { answerJson } from '../http/answerJson.ts';
import { identifier, object } from '../schemas/common.ts';
import {
  recommendationRequestSchema,
  recommendationsQuerySchema,
  recommendationsSchema,
} from '../schemas/recommendations.ts';
import type { Wish } from '../services/recommendations.ts';
import type { Filters } from '../services/rules.ts';
import type { Services } from '../services/services.ts';

interface RecommendationsQuery {
  limit: number;
  channel?: string;
  category?: string[];
  exclude?: string[];
  includeSeen: boolean;
}

interface RecommendationRequest {
  userId?: string;
  sessionId?: string;
  history?: { itemId: string; action: string }[];
  limit: number;
  context?: { channel?: string; location?: string };
  filters?: Filters;
  boosts?: Record<string, number>;
}

/** For whom and where an answer is, as it is logged and announced. */
interface Audience {
  tenant: string;
  userId?: string;
  channel?: string;
  location?: string;
}

/** The calls that recommend items to a person. */
export function recommendationRoutes(app: FastifyInstance, services: Services): void {
  app.get<{ Params: { userId: string }; Querystring: RecommendationsQuery }>(
    '/v1/users/:userId/recommendations',
    {
      schema: {
        operationId: 'recommendForUser',
        tags: ['recommendations'],
        summary: 'Recommend items to a user',
        params: object({ userId: identifier }, ['userId']),
        querystring: recommendationsQuerySchema,
        response: { 200: recommendationsSchema },
      },
    },
    ({ principal, params: { userId }, query: { limit, channel, category, exclude, includeSeen } }, reply) => {
      const filters: Filters = { categories: category, exclude: exclude?.flatMap(splitIds), includeSeen };
      return answer(
        services,
        { subject: userSubject(userId), limit, filters },
        { tenant: principal.tenant, userId, channel },
        reply,
      );
    },
  );

  app.post<{ Body: RecommendationRequest }>(
    '/v1/recommendations',
    {
      schema: {
        operationId: 'recommend',
        tags: ['recommendations'],
        summary: 'Recommend items to a user, a session or for a history',
        body: recommendationRequestSchema,
        response: { 200: recommendationsSchema },
      },
    },
    ({ principal, body: { userId, sessionId, history, limit, context, filters = {}, boosts } }, reply) => {
      const wish: Wish = {
        subject: userId !== undefined ? userSubject(userId) : sessionId && sessionSubject(sessionId),
        history: history?.map(({ itemId, action }) => ({ item: itemId, action })),
        limit,
        filters,
        boosts: boosts && new Map(Object.entries(boosts)),
      };
      return answer(services, wish, { tenant: principal.tenant, userId, ...context }, reply);
    },
  );
}

function splitIds(text: string): string[] {
  return text.includes(',') ? text.split(',').filter((id) => id !== '') : [text];
}

async function answer(services: Services, wish: Wish, audience: Audience, reply: FastifyReply) {
  const { recommendations, decisions, announcements, metrics } = services;
  const answered = await recommendations.recommend(wish);
  const { modelVersion, degraded, list } = answered;
  const requestId = randomUUID();
  const { tenant, userId, channel, location } = audience;
  const time = Date.now();
  for (const reason of degraded) metrics.degraded(reason);
  decisions.add({
    tenant,
    time,
    list,
    about: { requestId, subject: wish.subject, channel, location, modelVersion, degraded },
  });
  if (userId !== undefined && announcements.isOutbound(channel)) {
    const issuedAt = new Date(time).toISOString();
    const items = [...list.items];
    announcements.recommendationIssued(tenant, { requestId, userId, channel, modelVersion, items, issuedAt });
  }
  return answerJson(reply, requestId, answered);
}
